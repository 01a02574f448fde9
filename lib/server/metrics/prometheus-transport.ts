import { readFile } from 'node:fs/promises';
import http from 'node:http';
import https from 'node:https';
import type { PrometheusSettings } from '@/lib/server/env';
import { isPrometheusError, PrometheusError } from './prometheus-error';

/** One request to Prometheus' HTTP API: the JSON text of the answer, whatever its status. */
export type PrometheusTransport = (
  path: string,
  form?: Readonly<Record<string, string>>,
) => Promise<{ status: number; body: string }>;

const answerLimitBytes = 32 * 1024 * 1024;

/**
 * Node's own http client rather than fetch: it can trust a CA of the user's. Queries go by POST, since a regular
 * expression over many workloads can outgrow a URL; at most `connections` run at a time, the rest wait.
 */
export function createTransport(
  settings: PrometheusSettings,
  { timeoutMs = 10_000, connections = 10 }: { timeoutMs?: number; connections?: number } = {},
): PrometheusTransport {
  const secure = settings.url.startsWith('https:');
  const agent = new (secure ? https : http).Agent({ keepAlive: true, maxSockets: connections });
  return async (path, form) => {
    const body = form && new URLSearchParams(form).toString();
    const options: https.RequestOptions = {
      agent,
      method: body === undefined ? 'GET' : 'POST',
      headers: {
        accept: 'application/json',
        ...settings.headers,
        ...(settings.tokenFile && { authorization: `Bearer ${await readSecret(settings.tokenFile)}` }),
        ...(body !== undefined && {
          'content-type': 'application/x-www-form-urlencoded',
          'content-length': Buffer.byteLength(body),
        }),
      },
      ...(settings.caFile && { ca: await readSecret(settings.caFile) }),
      signal: AbortSignal.timeout(timeoutMs),
    };
    return send(secure, `${settings.url}${path}`, options, body);
  };
}

type HttpAnswer = { status: number; body: string };

function send(secure: boolean, url: string, options: https.RequestOptions, body: string | undefined) {
  return new Promise<HttpAnswer>((resolve, reject) => {
    const fail = (error: Error) => reject(toPrometheusError(error));
    const request = (secure ? https : http).request(url, options, (response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      response.on('data', (chunk: Buffer) => {
        size += chunk.byteLength;
        if (size > answerLimitBytes) response.destroy(new PrometheusError('bad_answer', 'answer is too large'));
        else chunks.push(chunk);
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() }));
      response.on('error', fail);
    });
    request.on('error', (error: NodeJS.ErrnoException) => {
      // A kept connection that the other side closed meanwhile says nothing about now; a query may be sent twice.
      const stale = request.reusedSocket && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
      if (stale) resolve(send(secure, url, options, body));
      else fail(error);
    });
    request.end(body);
  });
}

function toPrometheusError(error: Error): PrometheusError {
  if (isPrometheusError(error)) return error;
  if (error.name === 'AbortError' || error.name === 'TimeoutError') return new PrometheusError('timeout', '', error);
  // The address may hold credentials; the code of the failure says enough.
  return new PrometheusError('unreachable', (error as NodeJS.ErrnoException).code ?? 'connection failed', error);
}

/** Read for every request: tokens are rotated in place. */
async function readSecret(file: string): Promise<string> {
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch (error) {
    throw new PrometheusError('unreachable', 'a configured file cannot be read', error);
  }
}
