import { Agent, request as httpRequest } from 'node:http';

/** A request that is sent again and again. */
export interface LoadedRequest {
  method: string;
  port: number;
  path: string;
  headers?: Record<string, string>;
}

/** What became of the requests so far. */
export interface LoadResult {
  sent: number;
  /** Requests without an answer, or with a status other than 200, each with what happened. */
  failures: string[];
  /** Answers by the Deployment that gave them. */
  answeredBy: Record<string, number>;
}

interface Options {
  /** Address on which the client's sidecar takes requests. */
  egress: string;
  host: string;
  requests: readonly LoadedRequest[];
  perSecond: number;
}

const stepMs = 20;
const keptFailures = 20;

/** Sends requests in turn at a constant rate through a client's sidecar, whether answers come or not. */
export class ConstantLoad {
  readonly result: LoadResult = { sent: 0, failures: [], answeredBy: {} };
  readonly #options: Options;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 64 });
  readonly #timer: NodeJS.Timeout;
  readonly #startedMs = performance.now();
  #open = 0;

  constructor(options: Options) {
    this.#options = options;
    this.#timer = setInterval(() => this.#sendDue(), stepMs);
  }

  /** Sends no more, and waits for the answers that are still to come. */
  async stop(): Promise<LoadResult> {
    clearInterval(this.#timer);
    while (this.#open > 0) await new Promise((resolve) => setTimeout(resolve, stepMs));
    this.#agent.destroy();
    return this.result;
  }

  #sendDue(): void {
    const due = ((performance.now() - this.#startedMs) / 1000) * this.#options.perSecond;
    while (this.result.sent < due) this.#send();
  }

  #send(): void {
    const { egress, host, requests } = this.#options;
    const request = requests[this.result.sent % requests.length]!;
    this.result.sent += 1;
    this.#open += 1;
    void this.#judge(request, `${host}:${request.port}`, egress);
  }

  async #judge(request: LoadedRequest, authority: string, egress: string): Promise<void> {
    const { method, path } = request;
    try {
      const { status, answeredBy } = await sendThrough(egress, authority, request, this.#agent);
      this.result.answeredBy[answeredBy] = (this.result.answeredBy[answeredBy] ?? 0) + 1;
      if (status !== 200) this.#failed(`${status} for ${method} ${path}`);
    } catch (error) {
      this.#failed(`${String(error)} for ${method} ${path}`);
    } finally {
      this.#open -= 1;
    }
  }

  #failed(what: string): void {
    if (this.result.failures.length < keptFailures) this.result.failures.push(`${new Date().toISOString()} ${what}`);
  }
}

/** One request through a client's sidecar; `authority`: what the client would call. Rejects without an answer. */
export function sendThrough(
  egress: string,
  authority: string,
  { method, port, path, headers }: LoadedRequest,
  agent?: Agent,
): Promise<{ status: number; answeredBy: string }> {
  return new Promise((resolve, reject) => {
    const options = {
      host: egress,
      port,
      method,
      path,
      headers: { ...headers, host: authority },
      ...(agent && { agent }),
    };
    const sent = httpRequest(options, (response) => {
      response.resume();
      response.once('error', reject);
      response.once('end', () =>
        resolve({ status: response.statusCode ?? 0, answeredBy: String(response.headers['x-answered-by']) }),
      );
    });
    sent.once('error', reject);
    sent.end(method === 'POST' ? 'x'.repeat(64) : undefined);
  });
}
