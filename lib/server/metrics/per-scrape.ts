/** When a value was measured, in Unix seconds: a multiple of the scrape interval. */
export interface ScrapeTime {
  end: number;
  /** Interval of the scrapes, in seconds. */
  scrape: number;
}

interface Told<Question, Value> {
  end: number;
  question: Question;
  value: Value;
  /** The value of the next scrape is being asked for. */
  isRenewing: boolean;
}

export interface PerScrapeOptions<Question, Value> {
  isSame(a: Question, b: Question): boolean;
  /** Whether a value is as true one scrape later. */
  outlivesScrape(value: Value): boolean;
}

/**
 * What is asked of Prometheus once per scrape for each key. Who looks while the newest scrape is asked for is told what
 * the scrape before said, so that a list of many tasks does not wait for them all; older than that nothing is told.
 */
export class PerScrape<Key extends object, Question, Value> {
  readonly #told = new WeakMap<Key, Told<Question, Value>>();
  readonly #options: PerScrapeOptions<Question, Value>;

  constructor(options: PerScrapeOptions<Question, Value>) {
    this.#options = options;
  }

  /** `ask` answers as of `end`. Rejects as `ask` does, but when it was asked in the background: then at the next look. */
  get(key: Key, question: Question, { end, scrape }: ScrapeTime, ask: () => Promise<Value>): Promise<Value> | Value {
    const last = this.#told.get(key);
    if (!last || !this.#options.isSame(last.question, question)) return this.#ask(key, question, end, ask);
    if (last.end === end) return last.value;
    const isOutlived = last.end + scrape !== end || !this.#options.outlivesScrape(last.value);
    if (isOutlived) return this.#ask(key, question, end, ask);
    if (!last.isRenewing) {
      last.isRenewing = true;
      this.#ask(key, question, end, ask).catch(() => this.#told.get(key) === last && this.#told.delete(key));
    }
    return last.value;
  }

  async #ask(key: Key, question: Question, end: number, ask: () => Promise<Value>): Promise<Value> {
    const value = await ask();
    this.#told.set(key, { end, question, value, isRenewing: false });
    return value;
  }
}

/** The last multiple of a step up to a time in milliseconds, in Unix seconds. */
export function floorTo(stepSeconds: number, ms: number): number {
  return Math.floor(ms / 1000 / stepSeconds) * stepSeconds;
}
