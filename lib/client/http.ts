import type { ErrorBody, ErrorCode, ErrorDetail } from '@/lib/contract/error';

/** `network`: no answer came; `timeout`: it took too long. The rest are the API's own codes. */
export type RequestErrorCode = ErrorCode | 'network' | 'timeout';

/** Any request that did not end in 2xx. Its words: `useErrorText`. */
export class ApiRequestError extends Error {
  override readonly name = 'ApiRequestError';
  readonly code: RequestErrorCode;
  readonly status: number;
  readonly params: Record<string, string | number>;
  readonly details: readonly ErrorDetail[];

  constructor(
    code: RequestErrorCode,
    status: number,
    message: string,
    params: Record<string, string | number> = {},
    details: readonly ErrorDetail[] = [],
  ) {
    super(message);
    this.code = code;
    this.status = status;
    this.params = params;
    this.details = details;
  }
}

export type QueryValue = string | number | boolean | readonly string[] | null | undefined;

export interface RequestOptions {
  query?: Record<string, QueryValue>;
  body?: unknown;
  signal?: AbortSignal;
  timeoutMs?: number;
}

const defaultTimeoutMs = 30_000;

/** Address of an endpoint; path parts are encoded by the caller through `apiPath`. */
export function apiUrl(path: string, query: Record<string, QueryValue> = {}): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value === null || value === undefined || value === '') continue;
    for (const item of Array.isArray(value) ? value : [value]) params.append(name, String(item));
  }
  const text = params.toString();
  return text ? `${path}?${text}` : path;
}

/** Joins encoded path parts below /api. */
export function apiPath(...parts: string[]): string {
  return `/api/${parts.map(encodeURIComponent).join('/')}`;
}

/**
 * One JSON request to our own API, the only caller of fetch in the browser. Resolves with the body of a 2xx answer;
 * throws ApiRequestError otherwise, and the signal's reason when the caller aborts.
 */
export async function requestJson<Result>(
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
  path: string,
  { query, body, signal, timeoutMs = defaultTimeoutMs }: RequestOptions = {},
): Promise<Result> {
  const response = await send(method, apiUrl(path, query), body, signal, AbortSignal.timeout(timeoutMs));
  if (!response.ok) throw await toRequestError(response);
  try {
    return (await response.json()) as Result;
  } catch {
    signal?.throwIfAborted();
    throw new ApiRequestError('network', response.status, 'The answer was cut off.');
  }
}

/** A text stream (logs): resolves when the headers are there; the caller reads and cancels the body. */
export async function requestStream(
  path: string,
  { query, signal }: Pick<RequestOptions, 'query' | 'signal'> = {},
): Promise<ReadableStream<Uint8Array>> {
  const response = await send('GET', apiUrl(path, query), undefined, signal, undefined);
  if (!response.ok) throw await toRequestError(response);
  if (!response.body) throw new ApiRequestError('network', response.status, 'The answer has no body.');
  return response.body;
}

async function send(
  method: string,
  url: string,
  body: unknown,
  caller: AbortSignal | undefined,
  timeout: AbortSignal | undefined,
): Promise<Response> {
  const signals = [caller, timeout].filter((signal) => signal !== undefined);
  try {
    return await fetch(url, {
      method,
      // `message` of an error in the reader's language; codes are worded here (use-error-text).
      headers: {
        accept: 'application/json',
        'accept-language': document.documentElement.lang || 'en',
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      ...(signals.length > 0 && { signal: AbortSignal.any(signals) }),
      cache: 'no-store',
      credentials: 'same-origin',
    });
  } catch (error) {
    caller?.throwIfAborted();
    if (timeout?.aborted) throw new ApiRequestError('timeout', 0, 'No answer in time.');
    throw new ApiRequestError('network', 0, error instanceof Error ? error.message : 'No answer.');
  }
}

async function toRequestError(response: Response): Promise<ApiRequestError> {
  const fallback = `${response.status} ${response.statusText}`;
  try {
    const { error } = (await response.json()) as ErrorBody;
    return new ApiRequestError(error.code, response.status, error.message, error.params, error.details ?? []);
  } catch {
    // Not our server's words: a proxy in between, or a page.
    const code = response.status === 401 ? 'unauthorized' : response.status === 403 ? 'forbidden' : 'internal';
    return new ApiRequestError(code, response.status, fallback, { request: '-', reason: fallback });
  }
}
