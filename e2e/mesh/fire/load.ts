import { Agent, request as httpRequest } from 'node:http';
import { waitFor } from '../../cluster/control-plane.ts';

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
  /** Requests with the answer 200. */
  answered: number;
  /** Requests without an answer, with a status other than 200, or answered on another port, each with what happened. */
  failures: string[];
  /** Answers by the Deployment that gave them. */
  answeredBy: Record<string, number>;
}

export interface LoadOptions {
  /** Address on which the client's sidecar takes requests. */
  egress: string;
  host: string;
  requests: readonly LoadedRequest[];
  perSecond: number;
}

const stepMs = 20;
const keptFailures = 20;
/** A client that waits for longer has no answer. */
const answerBoundMs = 5000;

/** Sends requests in turn at a constant rate through a client's sidecar, whether answers come or not. */
export class ConstantLoad {
  readonly result: LoadResult = { sent: 0, answered: 0, failures: [], answeredBy: {} };
  readonly #options: LoadOptions;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 64 });
  readonly #timer: NodeJS.Timeout;
  readonly #startedMs = performance.now();
  #open = 0;

  constructor(options: LoadOptions) {
    this.#options = options;
    this.#timer = setInterval(() => this.#sendDue(), stepMs);
  }

  /** Waits until so many more requests are answered. */
  async untilAnswered(more: number): Promise<void> {
    const wanted = this.result.answered + more;
    await waitFor(`${more} more answers`, () => this.result.answered >= wanted);
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
    const what = `${request.method} ${request.path} of ${authority}`;
    try {
      const { status, answeredBy, answeredPort } = await sendThrough(egress, authority, request, this.#agent);
      if (status !== 200) this.#failed(`${status} for ${what}`);
      else this.result.answered += 1;
      this.result.answeredBy[answeredBy] = (this.result.answeredBy[answeredBy] ?? 0) + 1;
      if (status === 200 && answeredPort !== request.port) this.#failed(`answered on port ${answeredPort}: ${what}`);
    } catch (error) {
      this.#failed(`${String(error)} for ${what}`);
    } finally {
      this.#open -= 1;
    }
  }

  #failed(what: string): void {
    if (this.result.failures.length < keptFailures) this.result.failures.push(`${new Date().toISOString()} ${what}`);
  }
}

interface Answer {
  status: number;
  /** The Deployment. */
  answeredBy: string;
  /** The container's port. */
  answeredPort: number;
}

/** One request through a client's sidecar; `authority`: what the client would call. Rejects without an answer. */
export function sendThrough(
  egress: string,
  authority: string,
  { method, port, path, headers }: LoadedRequest,
  agent?: Agent,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const options = {
      host: egress,
      port,
      method,
      path,
      headers: { ...headers, host: authority },
      timeout: answerBoundMs,
      ...(agent && { agent }),
    };
    const sent = httpRequest(options, (response) => {
      response.resume();
      response.once('error', reject);
      response.once('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          answeredBy: String(response.headers['x-answered-by']),
          answeredPort: Number(response.headers['x-answered-port']),
        }),
      );
    });
    sent.once('error', reject);
    sent.once('timeout', () => sent.destroy(new Error(`no answer for ${answerBoundMs} ms`)));
    sent.end(method === 'POST' ? 'x'.repeat(64) : undefined);
  });
}
