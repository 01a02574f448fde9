/**
 * Time in the sandbox. Everything that waits or stamps a time takes a Clock, so that tests
 * drive hours of rollout and traffic without sleeping.
 */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number;
  /** Runs `callback` once, `delayMs` after now; the returned function cancels it. */
  after(delayMs: number, callback: () => void): () => void;
}

/** The machine's own time. Timers do not keep the process alive. */
export const realClock: Clock = {
  now: () => Date.now(),
  after(delayMs, callback) {
    const timer = setTimeout(callback, delayMs);
    timer.unref();
    return () => clearTimeout(timer);
  },
};

interface Timer {
  due: number;
  sequence: number;
  callback: () => void;
}

/** A clock that stands still until `advance` moves it; timers fire in order of their due time. */
export class DrivenClock implements Clock {
  #now: number;
  #sequence = 0;
  #timers: Timer[] = [];

  constructor(startMs: number) {
    this.#now = startMs;
  }

  now(): number {
    return this.#now;
  }

  after(delayMs: number, callback: () => void): () => void {
    const timer: Timer = { due: this.#now + Math.max(0, delayMs), sequence: this.#sequence++, callback };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  /** Moves time forward by `ms`, firing every timer that falls due on the way, new ones included. */
  advance(ms: number): void {
    const end = this.#now + ms;
    for (;;) {
      const next = this.#timers
        .filter((timer) => timer.due <= end)
        .toSorted((a, b) => a.due - b.due || a.sequence - b.sequence)[0];
      if (!next) break;
      this.#timers = this.#timers.filter((timer) => timer !== next);
      this.#now = Math.max(this.#now, next.due);
      next.callback();
    }
    this.#now = end;
  }
}
