/** The lines of each container: start-up, then at most some requests per second, the newest 1,000 kept. */
import type { LogLine, PodLogSource } from '../core/objects.ts';

interface Entry {
  timeMs: number;
  /** Written out only when somebody reads it. */
  render: () => string;
}

interface ContainerLog {
  entries: Entry[];
  pending: Entry[];
  /** The second that `written` counts in. */
  second: number;
  written: number;
  listeners: Set<(line: LogLine) => void>;
}

const keptLines = 1000;
const linesPerSecond = 20;

export class PodLogs implements PodLogSource {
  readonly #logs = new Map<string, ContainerLog>();

  lines(namespace: string, pod: string, container: string): readonly LogLine[] {
    return this.#log(namespace, pod, container).entries.slice(-keptLines).map(toLine);
  }

  follow(namespace: string, pod: string, container: string, listener: (line: LogLine) => void): () => void {
    const { listeners } = this.#log(namespace, pod, container);
    listeners.add(listener);
    return () => listeners.delete(listener);
  }

  /** Adds a line unless the container has written enough in that second. */
  write(namespace: string, pod: string, container: string, timeMs: number, render: () => string): void {
    const log = this.#log(namespace, pod, container);
    const second = Math.floor(timeMs / 1000);
    if (second > log.second) {
      log.second = second;
      log.written = 0;
    }
    if (log.written >= linesPerSecond) return;
    log.written++;
    log.pending.push({ timeMs, render });
  }

  /** Puts what was written since the last flush in order of time. */
  flush(): void {
    for (const log of this.#logs.values()) {
      if (log.pending.length === 0) continue;
      const fresh = log.pending.toSorted((a, b) => a.timeMs - b.timeMs);
      log.pending = [];
      log.entries.push(...fresh);
      if (log.entries.length > 2 * keptLines) log.entries = log.entries.slice(-keptLines);
      if (log.listeners.size)
        for (const line of fresh.map(toLine)) for (const listener of log.listeners) listener(line);
    }
  }

  /** Drops the lines of a pod that is gone. */
  forget(namespace: string, pod: string): void {
    for (const key of this.#logs.keys()) if (key.startsWith(`${namespace}/${pod}/`)) this.#logs.delete(key);
  }

  #log(namespace: string, pod: string, container: string): ContainerLog {
    const key = `${namespace}/${pod}/${container}`;
    let log = this.#logs.get(key);
    if (!log) {
      log = { entries: [], pending: [], second: 0, written: 0, listeners: new Set() };
      this.#logs.set(key, log);
    }
    return log;
  }
}

function toLine({ timeMs, render }: Entry): LogLine {
  return { timeMs, text: render() };
}
