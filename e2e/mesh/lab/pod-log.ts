import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

const keptLines = 1000;

interface Line {
  time: Date;
  text: string;
}

/** The last lines of a container, and those that come. */
export class PodLog {
  #lines: Line[] = [];
  readonly #followers = new Set<(line: Line) => void>();

  /** Takes every line of a stream; `onLine` sees them too. */
  take(stream: Readable, onLine: (text: string) => void = () => undefined): void {
    createInterface({ input: stream }).on('line', (text) => {
      this.write(text);
      onLine(text);
    });
  }

  write(text: string): void {
    const line = { time: new Date(), text };
    this.#lines.push(line);
    // Cut seldom: it copies what stays.
    if (this.#lines.length > 2 * keptLines) this.#lines = this.#lines.slice(-keptLines);
    for (const follower of this.#followers) follower(line);
  }

  /** Writes to a response what a kubelet would, by the query of a log request. */
  answer(query: URLSearchParams, write: (text: string) => void): { stop(): void } | null {
    const withTime = query.get('timestamps') === 'true';
    const show = ({ time, text }: Line) => write(`${withTime ? `${time.toISOString()} ` : ''}${text}\n`);
    const since = Date.now() - 1000 * Number(query.get('sinceSeconds') ?? Infinity);
    const tail = query.has('tailLines') ? Number(query.get('tailLines')) : keptLines;
    const wanted = this.#lines.filter(({ time }) => time.getTime() >= since);
    for (const line of tail === 0 ? [] : wanted.slice(-tail)) show(line);
    if (query.get('follow') !== 'true') return null;
    this.#followers.add(show);
    return { stop: () => this.#followers.delete(show) };
  }
}
