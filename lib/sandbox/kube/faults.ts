/** Faults planted on writes, so that a test can see a client through a crash or a bad network. */
import type { ServerResponse } from 'node:http';
import type { Clock } from '../core/clock.ts';
import { ApiError } from './status.ts';

export interface Fault {
  /** HTTP method, or undefined for any write. */
  method?: string | undefined;
  path: RegExp;
  /**
   * `error500`: refused without effect. `timeoutAfterEffect`: done, but the answer never comes (the
   * connection is cut). `delay`: done after `delayMs`.
   */
  kind: 'error500' | 'timeoutAfterEffect' | 'delay';
  delayMs: number;
  /** How many matching writes are let through first. */
  skip: number;
  /** How many matching writes it hits. */
  times: number;
}

export class FaultPlan {
  readonly #clock: Clock;
  #faults: Fault[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get planted(): readonly Fault[] {
    return this.#faults;
  }

  plant(fault: Fault): void {
    this.#faults.push({ ...fault });
  }

  clear(): void {
    this.#faults = [];
  }

  /** Runs a write under the first fault that matches it. */
  async around(method: string, pathname: string, response: ServerResponse, write: () => void): Promise<void> {
    const fault = this.#next(method, pathname);
    if (fault?.kind === 'error500') throw new ApiError(500, 'InternalError', 'Internal error occurred: planted fault');
    if (fault?.kind === 'delay') await new Promise<void>((resolve) => this.#clock.after(fault.delayMs, resolve));
    if (fault?.kind === 'timeoutAfterEffect') {
      // The write runs; whatever it sends, the client sees a connection that broke.
      response.end = (() => response.destroy()) as typeof response.end;
      response.writeHead = (() => response) as typeof response.writeHead;
    }
    write();
  }

  #next(method: string, pathname: string): Fault | undefined {
    const fault = this.#faults.find(
      (candidate) => (candidate.method ?? method) === method && candidate.path.test(pathname),
    );
    if (!fault) return undefined;
    if (fault.skip > 0) {
      fault.skip -= 1;
      return undefined;
    }
    fault.times -= 1;
    if (fault.times <= 0) this.#faults = this.#faults.filter((other) => other !== fault);
    return fault;
  }
}
