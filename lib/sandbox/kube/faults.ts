/** Faults planted on requests, so that a test can see a client through a crash, a bad network or a busy server. */
import type { ServerResponse } from 'node:http';
import type { Clock } from '../core/clock.ts';
import { ApiError } from './status.ts';

export interface Fault {
  /** HTTP method, or undefined for any write; reads and watches are hit by `GET` alone. */
  method?: string | undefined;
  path: RegExp;
  /**
   * `error500`: refused without effect. `error429`: refused for a second, as a server does that has too much to do. `timeoutAfterEffect`: done, but the answer never comes (the
   * connection is cut). `delay`: done after `delayMs`.
   */
  kind: (typeof faultKinds)[number];
  delayMs: number;
  /** How many matching requests are let through first. */
  skip: number;
  /** How many matching requests it hits. */
  times: number;
}

export const faultKinds = ['error500', 'error429', 'timeoutAfterEffect', 'delay'] as const;

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

  /** Answers a request under the first fault that matches it. */
  async around(method: string, pathname: string, response: ServerResponse, answer: () => void): Promise<void> {
    const fault = this.#next(method, pathname);
    if (fault?.kind === 'error500') throw new ApiError(500, 'InternalError', 'Internal error occurred: planted fault');
    if (fault?.kind === 'error429') {
      throw new ApiError(429, 'TooManyRequests', 'planted fault: too many requests', { retryAfterSeconds: 1 });
    }
    if (fault?.kind === 'delay') await new Promise<void>((resolve) => this.#clock.after(fault.delayMs, resolve));
    if (fault?.kind === 'timeoutAfterEffect') {
      // The request runs; whatever it sends, the client sees a connection that broke.
      response.end = (() => response.destroy()) as typeof response.end;
      response.writeHead = (() => response) as typeof response.writeHead;
    }
    answer();
  }

  #next(method: string, pathname: string): Fault | undefined {
    const fault = this.#faults.find(
      (candidate) =>
        (candidate.method === method || (candidate.method === undefined && method !== 'GET')) &&
        candidate.path.test(pathname),
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
