import { setTimeout as delay } from 'node:timers/promises';
import { log } from '@/lib/server/log';
import * as z from 'zod/mini';
import { fillGrid, toNumber, type Grid } from './grid';
import { countPrometheusQuery } from './own-metrics';
import { isPrometheusError, PrometheusError } from './prometheus-error';
import type { PrometheusTransport } from './prometheus-transport';

const Labels = z.record(z.string(), z.string());
const Sample = z.tuple([z.number(), z.string()]);
const InstantAnswer = z.object({
  resultType: z.literal('vector'),
  result: z.array(z.object({ metric: Labels, value: Sample })),
});
const RangeAnswer = z.object({
  resultType: z.literal('matrix'),
  result: z.array(z.object({ metric: Labels, values: z.array(Sample) })),
});
const ConfigAnswer = z.object({ yaml: z.string() });
const Envelope = z.object({ status: z.string(), data: z.optional(z.unknown()), error: z.optional(z.string()) });

/** One series at one moment; null where the value is not a finite number. */
export interface InstantValue {
  labels: Record<string, string>;
  value: number | null;
}

/** One series on a grid; null where there is no sample: a gap. */
export interface RangeValues {
  labels: Record<string, string>;
  points: [number, number | null][];
}

export interface PrometheusHealth {
  reachable: boolean;
  /** ISO time of the last change of `reachable`; null before the first answer. */
  since: string | null;
}

export const defaultScrapeIntervalSeconds = 15;
const scrapeIntervalTtlMs = 300_000;
const probeTtlMs = 5_000;
/** How long who asks for the health waits for it, in milliseconds: less than a page gives the console. */
const probePatienceMs = 2_000;
/** How long a Prometheus that answered nothing in time is left alone but for one question, in milliseconds. */
const silenceMs = 30_000;
const cacheLimit = 1_000;

/**
 * Prometheus' HTTP API. Equal queries in flight are sent once; an answer is kept as long as the grid that it was
 * asked for is the current one. Every method rejects with a PrometheusError. While Prometheus answers nothing in time,
 * only a probe waits for it: everything else is told so at once, so that neither pages nor queries pile up behind it.
 */
export class Prometheus {
  readonly #transport: PrometheusTransport;
  readonly #now: () => number;
  readonly #listeners = new Set<(health: PrometheusHealth) => void>();
  readonly #cache = new Map<string, { until: number; answer: Promise<unknown> }>();
  #health: PrometheusHealth = { reachable: false, since: null };
  /** When something was answered last, and until when nothing but a probe is asked. */
  #answeredAt = 0;
  #silentUntil = 0;
  #scrapeInterval: { until: number; seconds: number } | null = null;

  constructor(transport: PrometheusTransport, now: () => number = Date.now) {
    this.#transport = transport;
    this.#now = now;
  }

  /** Milliseconds since the Unix epoch, by this adapter's clock. */
  now(): number {
    return this.#now();
  }

  /** Values of an instant vector at `timeSeconds`; asked again no earlier than `keepSeconds` later. */
  query(expression: string, timeSeconds: number, keepSeconds: number): Promise<InstantValue[]> {
    const form = { query: expression, time: String(timeSeconds) };
    return this.#cached(`${timeSeconds} ${expression}`, (timeSeconds + keepSeconds) * 1000, async () => {
      const { result } = parseData(InstantAnswer, await this.#request('/api/v1/query', form));
      return result.map(({ metric, value }) => ({ labels: metric, value: toNumber(value[1]) }));
    });
  }

  /** Values of an expression at every point of `grid`. */
  queryRange(expression: string, grid: Grid): Promise<RangeValues[]> {
    const { start, end, stepSeconds: step } = grid;
    const form = { query: expression, start: String(start), end: String(end), step: String(step) };
    return this.#cached(`${start} ${end} ${step} ${expression}`, (end + step) * 1000, async () => {
      const { result } = parseData(RangeAnswer, await this.#request('/api/v1/query_range', form));
      return result.map(({ metric, values }) => ({ labels: metric, points: fillGrid(grid, values) }));
    });
  }

  /** How often the mesh's proxies are scraped, as far as /status/config may be read; else Prometheus' usual 15 s. */
  scrapeIntervalSeconds(): Promise<number> {
    const until = this.#now() + scrapeIntervalTtlMs;
    return this.#cached('scrape interval', until, async () => {
      const seconds = await this.#readScrapeInterval();
      this.#scrapeInterval = { until, seconds };
      return seconds;
    });
  }

  /** The same without waiting, for who looks at many tasks; null: it has to be asked for. */
  knownScrapeIntervalSeconds(): number | null {
    const known = this.#scrapeInterval;
    return known && known.until > this.#now() ? known.seconds : null;
  }

  async #readScrapeInterval(): Promise<number> {
    try {
      return scrapeIntervalOf(parseData(ConfigAnswer, await this.#request('/api/v1/status/config')).yaml);
    } catch (error) {
      if (isPrometheusError(error) && ['refused', 'forbidden', 'bad_answer'].includes(error.problem))
        return defaultScrapeIntervalSeconds;
      throw error;
    }
  }

  /**
   * Asks whether Prometheus answers (at most every five seconds) and says since when it does or does not: as was known
   * before, while the answer takes its time.
   */
  async probe(): Promise<PrometheusHealth> {
    await this.#cached('probe', this.#now() + probeTtlMs, async () => {
      const answer = this.#send('/api/v1/query', { query: 'vector(1)' }).catch(() => null);
      const patience = new AbortController();
      await Promise.race([answer, delay(probePatienceMs, null, { signal: patience.signal }).catch(() => null)]);
      patience.abort();
    });
    return this.#health;
  }

  health(): PrometheusHealth {
    return this.#health;
  }

  /** Calls `listener` whenever Prometheus goes or comes back; returns the unsubscribe function. */
  subscribe(listener: (health: PrometheusHealth) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #cached<T>(key: string, until: number, ask: () => Promise<T>): Promise<T> {
    const kept = this.#cache.get(key);
    if (kept && kept.until > this.#now()) return kept.answer as Promise<T>;
    const answer = ask();
    this.#cache.set(key, { until, answer });
    // A failure is not kept: the next look asks again.
    answer.catch(() => {
      if (this.#cache.get(key)?.answer === answer) this.#cache.delete(key);
    });
    this.#dropOld();
    return answer;
  }

  /** An answer that nobody will be given again is let go at once: many of them are large. */
  #dropOld(): void {
    const now = this.#now();
    for (const [key, { until }] of this.#cache) if (until <= now) this.#cache.delete(key);
    for (const key of this.#cache.keys()) {
      if (this.#cache.size <= cacheLimit) return;
      this.#cache.delete(key);
    }
  }

  async #request(path: string, form?: Record<string, string>): Promise<unknown> {
    if (this.#now() < this.#silentUntil) {
      void this.probe();
      throw new PrometheusError('timeout');
    }
    return this.#send(path, form);
  }

  async #send(path: string, form?: Record<string, string>): Promise<unknown> {
    const sentAt = this.#now();
    try {
      const { status, body } = await this.#transport(path, form);
      const data = readEnvelope(status, body);
      this.#answered();
      this.#setReachable(true);
      countPrometheusQuery('ok');
      return data;
    } catch (error) {
      const failure = isPrometheusError(error) ? error : new PrometheusError('bad_answer', 'unexpected failure', error);
      // One query that is slow alone says nothing of the others.
      if (failure.problem !== 'timeout') this.#answered();
      else if (this.#answeredAt < sentAt) this.#silentUntil = this.#now() + silenceMs;
      // A refused query or a missing permission is an answer too.
      this.#setReachable(failure.problem === 'refused' || failure.problem === 'forbidden');
      countPrometheusQuery(failure.problem);
      log.debug({ problem: failure.problem, reason: failure.message, query: form?.query }, 'prometheus query failed');
      throw failure;
    }
  }

  #answered(): void {
    this.#answeredAt = this.#now();
    this.#silentUntil = 0;
  }

  #setReachable(reachable: boolean): void {
    if (this.#health.since !== null && this.#health.reachable === reachable) return;
    this.#health = { reachable, since: new Date(this.#now()).toISOString() };
    for (const listener of this.#listeners) listener(this.#health);
  }
}

function readEnvelope(status: number, body: string): unknown {
  const envelope = Envelope.safeParse(parseJson(body));
  if (status === 401 || status === 403) throw new PrometheusError('forbidden', `HTTP ${status}`);
  if (status === 429) throw new PrometheusError('overloaded', `HTTP ${status}`);
  if (envelope.success && envelope.data.status === 'success') return envelope.data.data;
  if (status >= 500) throw new PrometheusError('unreachable', envelope.data?.error ?? `HTTP ${status}`);
  if (envelope.success && envelope.data.status === 'error')
    throw new PrometheusError('refused', envelope.data.error ?? `HTTP ${status}`);
  throw new PrometheusError('bad_answer', `HTTP ${status}`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function parseData<Schema extends z.ZodMiniType>(schema: Schema, data: unknown): z.output<Schema> {
  const result = schema.safeParse(data);
  if (!result.success) throw new PrometheusError('bad_answer', 'unexpected shape');
  return result.data;
}

const durationUnits = { ms: 0.001, s: 1, m: 60, h: 3600 } as const;

/** The global scrape interval of Prometheus' configuration, e.g. `15s` or `1m30s`. */
function scrapeIntervalOf(yaml: string): number {
  const text = /^global:\n(?:[ \t].*\n)*?[ \t]+scrape_interval:[ \t]*["']?([0-9a-z]+)/m.exec(yaml)?.[1] ?? '';
  const parts = [...text.matchAll(/(\d+)(ms|s|m|h)/g)];
  const total = parts.reduce(
    (sum, [, amount, unit]) => sum + Number(amount) * durationUnits[unit as keyof typeof durationUnits],
    0,
  );
  return total > 0 ? total : defaultScrapeIntervalSeconds;
}
