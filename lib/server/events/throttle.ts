interface Slot {
  timer: NodeJS.Timeout;
  again: (() => void) | null;
}

/** Runs an action per key at once, and then at most once per gap: the last call within a gap runs at its end. */
export class Throttle {
  readonly #gapMs: number;
  readonly #slots = new Map<string, Slot>();

  constructor(gapMs: number) {
    this.#gapMs = gapMs;
  }

  run(key: string, action: () => void): void {
    const slot = this.#slots.get(key);
    if (slot) {
      slot.again = action;
      return;
    }
    this.#open(key);
    action();
  }

  clear(): void {
    for (const { timer } of this.#slots.values()) clearTimeout(timer);
    this.#slots.clear();
  }

  #open(key: string): void {
    const timer = setTimeout(() => {
      const again = this.#slots.get(key)?.again;
      this.#slots.delete(key);
      if (again) this.run(key, again);
    }, this.#gapMs);
    timer.unref();
    this.#slots.set(key, { timer, again: null });
  }
}
