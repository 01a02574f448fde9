// Answers hold every kind of resource: tests narrow by what they expect.
/* oxlint-disable typescript/no-explicit-any */
import { setTimeout as delay } from 'node:timers/promises';

const pollIntervalMs = 200;
/** A kept connection may be taken at the moment the console closes it, which is an error instead of an answer. */
const ownConnection = { connection: 'close' };

/** Calls a running console's API as its page does. */
export class ConsoleClient {
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  async api(method: string, route: string, body?: unknown): Promise<{ status: number; body: any }> {
    const response = await fetch(`${this.#url}/api${route}`, {
      method,
      headers: { ...ownConnection, ...(body !== undefined && { 'content-type': 'application/json' }) },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    return { status: response.status, body: response.status === 204 ? null : await response.json() };
  }

  /** An answer that is text, such as a log. */
  async text(route: string): Promise<string> {
    return (await fetch(`${this.#url}/api${route}`, { headers: ownConnection })).text();
  }

  /** An answer that goes on, line by line, once it has begun; to return from it ends it. */
  async lines(route: string): Promise<AsyncGenerator<string>> {
    const { body } = await fetch(`${this.#url}/api${route}`, { headers: ownConnection });
    return linesOf(body!);
  }

  /** Waits until the task is at rest in that state; `404`: until it is gone. */
  async untilState(namespace: string, name: string, state: string, timeoutMs = 60_000): Promise<void> {
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      await delay(pollIntervalMs);
      const { status, body } = await this.api('GET', `/tasks/${namespace}/${name}`);
      const now = restingState(status, body);
      if (now === state) return;
      if (Date.now() > deadline) throw new Error(`Task ${namespace}/${name} is ${now}, not ${state}: ${why(body)}`);
    }
  }
}

function restingState(status: number, body: any): string {
  if (status !== 200) return String(status);
  return body.operation ? `${body.state} (${body.operation.verb})` : body.state;
}

/** What a task's page says of its state, and of the steps that are not done; or the error that came instead. */
function why(body: any): string {
  const { error, reason, steps = [] } = body ?? {};
  const open = steps.filter((step: any) => step.state !== 'done');
  return JSON.stringify(error ?? { reason, steps: open });
}

async function* linesOf(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of body) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop()!;
    yield* lines.filter((line) => line !== '');
  }
}
