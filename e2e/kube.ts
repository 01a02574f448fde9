import { readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import https from 'node:https';
import { createInterface } from 'node:readline';
import { parse } from 'yaml';

// Kubernetes answers with every kind there is: tests narrow by what they expect.
/* oxlint-disable typescript/no-explicit-any */

/** Talks to the API server as one context of a kubeconfig, as kubectl would: independent of the console's own client. */
export interface Kube {
  get(path: string): Promise<any>;
  send(method: string, path: string, body?: unknown, contentType?: string): Promise<any>;
  /** What goes on, such as a log that is followed, line by line, once it has begun; to return from it ends it. */
  lines(path: string): Promise<AsyncGenerator<string>>;
}

interface Kubeconfig {
  'current-context': string;
  contexts: { name: string; context: { cluster: string; user: string } }[];
  clusters: { name: string; cluster: { server: string; 'certificate-authority-data'?: string } }[];
  users: { name: string; user: { token?: string } }[];
}

/** Opens a kubeconfig's context (default: the current one); requests reject on any answer that is not 2xx. */
export function openKube(kubeconfigFile: string, contextName?: string): Kube {
  const config: Kubeconfig = parse(readFileSync(kubeconfigFile, 'utf8'));
  const context = config.contexts.find(({ name }) => name === (contextName ?? config['current-context']))!.context;
  const { cluster } = config.clusters.find(({ name }) => name === context.cluster)!;
  const { user } = config.users.find(({ name }) => name === context.user)!;
  const ca = cluster['certificate-authority-data'];

  const authorization = user.token ? { authorization: `Bearer ${user.token}` } : {};
  const authority = ca && Buffer.from(ca, 'base64');

  const open = (path: string) =>
    new Promise<IncomingMessage>((resolve, reject) => {
      const url = new URL(path, cluster.server);
      https.get(url, { ca: authority, headers: authorization, agent: false }, resolve).once('error', reject);
    });

  const send: Kube['send'] = (method, path, body, contentType = 'application/json') =>
    new Promise((resolve, reject) => {
      const payload = body === undefined ? undefined : JSON.stringify(body);
      const request = https.request(
        new URL(path, cluster.server),
        {
          method,
          ca: authority,
          headers: {
            ...authorization,
            // Node sends no length of its own with DELETE.
            ...(payload === undefined
              ? {}
              : { 'content-type': contentType, 'content-length': Buffer.byteLength(payload) }),
          },
        },
        (response) => {
          let text = '';
          response.setEncoding('utf8');
          response.on('data', (chunk) => (text += chunk));
          response.on('end', () => {
            const status = response.statusCode ?? 0;
            if (status >= 200 && status < 300)
              resolve(
                /json/.test(response.headers['content-type'] ?? '') && !path.includes('watch=')
                  ? JSON.parse(text)
                  : text,
              );
            else reject(new Error(`${method} ${path}: ${status} ${text}`));
          });
        },
      );
      request.on('error', reject);
      request.end(payload);
    });
  const lines: Kube['lines'] = async (path) => {
    const response = await open(path);
    const { statusCode } = response;
    if (statusCode === 200) return linesOf(response);
    response.destroy();
    throw new Error(`GET ${path}: ${statusCode}`);
  };
  return { get: (path) => send('GET', path), send, lines };
}

async function* linesOf(response: IncomingMessage): AsyncGenerator<string> {
  try {
    yield* createInterface({ input: response });
  } finally {
    response.destroy();
  }
}
