/** A clock that first runs through the sandbox's past in no time, then goes on as another clock. */
import { DrivenClock, type Clock } from '../core/clock.ts';

interface Pending {
  dueMs: number;
  callback: () => void;
  cancel: () => void;
}

export class HandoverClock implements Clock {
  readonly #past: DrivenClock;
  readonly #pending = new Set<Pending>();
  #target: Clock | undefined;

  constructor(startMs: number) {
    this.#past = new DrivenClock(startMs);
  }

  now(): number {
    return (this.#target ?? this.#past).now();
  }

  after(delayMs: number, callback: () => void): () => void {
    const pending: Pending = { dueMs: this.now() + delayMs, callback, cancel: () => {} };
    this.#pending.add(pending);
    this.#arm(pending, this.#target ?? this.#past);
    return () => {
      this.#pending.delete(pending);
      pending.cancel();
    };
  }

  /** Runs the past up to the target's now, then leaves time to the target; timers still due go along. */
  handOver(target: Clock): void {
    this.#past.advance(target.now() - this.#past.now());
    this.#target = target;
    for (const pending of this.#pending) {
      pending.cancel();
      this.#arm(pending, target);
    }
  }

  #arm(pending: Pending, clock: Clock): void {
    pending.cancel = clock.after(Math.max(0, pending.dueMs - clock.now()), () => {
      this.#pending.delete(pending);
      pending.callback();
    });
  }
}
