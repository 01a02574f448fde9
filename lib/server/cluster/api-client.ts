import { HttpMethod, IsomorphicFetchHttpLibrary, RequestContext, type KubeConfig } from '@kubernetes/client-node';
import { setTimeout as sleep } from 'node:timers/promises';
import { ClusterError, isClusterError, type ClusterErrorCode, type StatusCause } from './cluster-error';

const readTimeoutMs = 15_000;
/** Admission webhooks may take up to 30 s. */
const writeTimeoutMs = 35_000;

/** A server that is busy for longer than this is told of instead of waited for. */
const retryAfterMaxMs = 5_000;
const attemptsMax = 5;

/**
 * Connections are shared this long: a client certificate that was renewed meanwhile is used no later. Requests that run
 * on older ones go on; idle connections close by themselves.
 */
const poolMs = 60_000;

type Dispatcher = NonNullable<ReturnType<RequestContext['getDispatcher']>>;

export interface ApiRequest {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  path: string;
  query?: Record<string, string | undefined>;
  body?: object;
}

interface ApiAnswer {
  body: unknown;
  warnings: string[];
}

/**
 * HTTP to the API server with the credentials of a kubeconfig's current context. Every failure is a
 * ClusterError; `onReachable` and `onUnreachable` hear about each answer and each missing one.
 */
export class ApiClient {
  readonly #config: KubeConfig;
  readonly #server: string;
  readonly #http = new IsomorphicFetchHttpLibrary();
  #pool: { dispatcher: Dispatcher; since: number } | null = null;
  readonly #onReachable: () => void;
  readonly #onUnreachable: (problem: string) => void;

  constructor(config: KubeConfig, onReachable: () => void, onUnreachable: (problem: string) => void) {
    this.#config = config;
    this.#server = config.getCurrentCluster()?.server.replace(/\/+$/, '') ?? '';
    this.#onReachable = onReachable;
    this.#onUnreachable = onUnreachable;
  }

  /** One JSON request and answer. */
  async json(request: ApiRequest): Promise<ApiAnswer> {
    const timeoutMs = request.method === 'GET' ? readTimeoutMs : writeTimeoutMs;
    const signal = AbortSignal.timeout(timeoutMs);
    const response = await this.#send(request, signal);
    try {
      const text = await response.body.text();
      return { body: text === '' ? null : JSON.parse(text), warnings: parseWarnings(response.headers['warning']) };
    } catch (error) {
      throw this.#noAnswer(error, signal);
    }
  }

  /** The body of an answer as it arrives (watch, log); ends when `signal` aborts. */
  async stream(request: ApiRequest, signal: AbortSignal): Promise<ReadableStream<Uint8Array>> {
    const connect = new AbortController();
    const timer = setTimeout(() => connect.abort(new DOMException('no answer', 'TimeoutError')), readTimeoutMs);
    try {
      const response = await this.#send(request, AbortSignal.any([signal, connect.signal]));
      return response.body.stream() ?? new ReadableStream({ start: (controller) => controller.close() });
    } finally {
      clearTimeout(timer);
    }
  }

  /** As client-go does: what the server refused for having too much to do it has not begun, and names the time to wait. */
  async #send(request: ApiRequest, signal: AbortSignal) {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#sendOnce(request, signal);
      } catch (error) {
        const waitMs = isClusterError(error) && error.status === 429 ? (error.retryAfterSeconds ?? 0) * 1000 : 0;
        if (waitMs === 0 || waitMs > retryAfterMaxMs || attempt >= attemptsMax) throw error;
        await sleep(waitMs, undefined, { signal }).catch(() => {
          throw error;
        });
      }
    }
  }

  async #sendOnce(request: ApiRequest, signal: AbortSignal) {
    const url = new URL(this.#server + request.path);
    for (const [name, value] of Object.entries(request.query ?? {})) {
      if (value !== undefined) url.searchParams.set(name, value);
    }
    const context = new RequestContext(url.toString(), HttpMethod[request.method]);
    try {
      await this.#config.applySecurityAuthentication(context);
    } catch (error) {
      throw new ClusterError('unauthorized', messageOf(error), { cause: error });
    }
    const fresh = context.getDispatcher();
    if (fresh) context.setDispatcher(this.#pooled(fresh));
    context.setHeaderParam('Accept', 'application/json');
    context.setHeaderParam('User-Agent', 'mirror-console');
    if (request.body) {
      context.setHeaderParam('Content-Type', 'application/json');
      context.setBody(JSON.stringify(request.body));
    }
    context.setSignal(signal);
    let response;
    try {
      response = await this.#http.send(context).toPromise();
    } catch (error) {
      throw this.#noAnswer(error, signal);
    }
    this.#onReachable();
    if (response.httpStatusCode >= 200 && response.httpStatusCode < 300) return response;
    if (response.httpStatusCode === 401) this.#pool = null;
    throw refusal(response.httpStatusCode, await response.body.text().catch(() => ''), response.headers['retry-after']);
  }

  /** client-node makes a dispatcher per request, so that each would begin with a TCP and a TLS handshake of its own. */
  #pooled(fresh: Dispatcher): Dispatcher {
    const now = Date.now();
    if (!this.#pool || now - this.#pool.since > poolMs) this.#pool = { dispatcher: fresh, since: now };
    return this.#pool.dispatcher;
  }

  #noAnswer(error: unknown, signal: AbortSignal): ClusterError {
    const timedOut = signal.aborted && signal.reason instanceof DOMException && signal.reason.name === 'TimeoutError';
    if (signal.aborted && !timedOut) return new ClusterError('other', 'the request was cancelled', { cause: error });
    const problem = timedOut ? 'the API server did not answer in time' : messageOf(error);
    this.#onUnreachable(problem);
    return new ClusterError(timedOut ? 'timeout' : 'unreachable', problem, { cause: error });
  }
}

/** One segment of a URL path. Dots alone would climb out of the path: refused. */
export function pathSegment(name: string): string {
  if (name === '' || name === '.' || name === '..') throw new ClusterError('invalid', `invalid name "${name}"`);
  return encodeURIComponent(name);
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // undici says only "fetch failed"; what failed stands in the cause (an AggregateError when several addresses did).
  if (error.cause instanceof AggregateError && error.cause.errors[0] instanceof Error)
    return error.cause.errors[0].message;
  return error.cause instanceof Error ? error.cause.message : error.message;
}

function refusal(status: number, text: string, retryAfter: string | undefined): ClusterError {
  const body = parseStatus(text);
  const retryAfterSeconds = Number(retryAfter ?? body.retryAfterSeconds);
  return new ClusterError(codeOf(status, body.reason), body.message || `HTTP ${status}`, {
    status,
    causes: body.causes,
    ...(Number.isFinite(retryAfterSeconds) && retryAfterSeconds > 0 ? { retryAfterSeconds } : {}),
  });
}

/** The code of a refusal, from its HTTP status and the Status object's reason. */
export function codeOf(status: number, reason: string): ClusterErrorCode {
  switch (status) {
    case 400:
    case 422:
      return 'invalid';
    case 401:
      return 'unauthorized';
    case 403:
      return 'forbidden';
    case 404:
      return 'notFound';
    case 409:
      return reason === 'AlreadyExists' ? 'alreadyExists' : 'conflict';
    case 410:
      return 'gone';
    case 408:
    case 504:
      return 'timeout';
    default:
      return 'other';
  }
}

interface ParsedStatus {
  reason: string;
  message: string;
  causes: StatusCause[];
  retryAfterSeconds: unknown;
}

function parseStatus(text: string): ParsedStatus {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    // Not a Kubernetes answer, a proxy in between speaks: its first words are all there is to show.
    return { reason: '', message: text.slice(0, 300).trim(), causes: [], retryAfterSeconds: undefined };
  }
  const status = (body ?? {}) as { reason?: string; message?: string; details?: Record<string, unknown> };
  const causes = Array.isArray(status.details?.['causes']) ? (status.details['causes'] as Partial<StatusCause>[]) : [];
  return {
    reason: String(status.reason ?? ''),
    message: String(status.message ?? ''),
    causes: causes.map(({ field = '', reason = '', message = '' }) => ({ field, reason, message })),
    retryAfterSeconds: status.details?.['retryAfterSeconds'],
  };
}

/** Texts of a `Warning: 299 - "text", 299 - "text"` header. */
export function parseWarnings(header: string | undefined): string[] {
  const matches = (header ?? '').matchAll(/\d{3} \S+ "((?:[^"\\]|\\.)*)"/g);
  return Array.from(matches, (match) => (match[1] ?? '').replaceAll(/\\(.)/g, '$1'));
}
