/**
 * Samples in memory. All series that come from one scrape group (one target's page) share one
 * column of times, which halves the memory and keeps a scrape cheap.
 */
import type { Labels } from './labels.ts';
import type { Matcher } from './promql/matcher.ts';

/**
 * Marks the end of a series, as Prometheus' stale NaN does. A plain number because JavaScript may
 * change a NaN's bits; nothing the sandbox measures comes near it.
 */
export const stale = -Number.MAX_VALUE;

/** A growing column of float64. */
export class Column {
  data = new Float64Array(64);
  length = 0;

  push(value: number): void {
    if (this.length === this.data.length) {
      const bigger = new Float64Array(this.data.length * 2);
      bigger.set(this.data);
      this.data = bigger;
    }
    this.data[this.length++] = value;
  }

  /** Removes the first `count` values. */
  shift(count: number): void {
    this.data.copyWithin(0, count, this.length);
    this.length -= count;
  }
}

/** One series: value i was scraped at `times.data[offset + i]`. */
export class Series {
  readonly labels: Labels;
  readonly times: Column;
  readonly values = new Column();
  offset: number;
  /** Whether a value ever fell: counters without a reset are summed up faster. */
  falls = false;
  /** Whether a stale marker was ever stored. */
  hasStale = false;

  constructor(labels: Labels, times: Column) {
    this.labels = labels;
    this.times = times;
    this.offset = times.length;
  }

  /** Stores the value for the newest time of the column. */
  push(value: number): void {
    const { values } = this;
    if (value === stale) this.hasStale = true;
    else if (values.length > 0 && value < (values.data[values.length - 1] as number)) this.falls = true;
    values.push(value);
  }
}

/** What one scrape group hands over: each counter or gauge keeps its identity between scrapes. */
export interface Metric {
  readonly labels: Labels;
  value: number;
}

interface Group {
  times: Column;
  series: Map<Metric, Series>;
}

/** A time series database of scraped samples. */
export class Tsdb {
  readonly retentionMs: number;
  readonly #groups = new Map<string, Group>();
  readonly #byName = new Map<string, { series: Set<Series>; ordered: Series[] | undefined }>();
  #ended: { series: Series; atMs: number }[] = [];

  constructor(retentionMs = 25 * 3_600_000) {
    this.retentionMs = retentionMs;
  }

  /** Stores one scrape of a group: the metrics it has had since earlier scrapes, and the `added` ones. */
  scrape(groupId: string, timeMs: number, added: Iterable<Metric> = []): void {
    let group = this.#groups.get(groupId);
    if (!group) {
      group = { times: new Column(), series: new Map() };
      this.#groups.set(groupId, group);
    }
    for (const metric of added) {
      if (!group.series.has(metric)) group.series.set(metric, this.#create(metric.labels, group.times));
    }
    group.times.push(timeMs);
    for (const [metric, series] of group.series) series.push(metric.value);
    this.#trim(group, timeMs);
  }

  /** Ends a group: its target is gone, every series gets a stale marker. */
  end(groupId: string, timeMs: number): void {
    const group = this.#groups.get(groupId);
    if (!group) return;
    this.#groups.delete(groupId);
    group.times.push(timeMs);
    for (const series of group.series.values()) {
      series.push(stale);
      this.#ended.push({ series, atMs: timeMs });
    }
  }

  /** Adds a finished series of given samples (tests, and values computed elsewhere). */
  add(labels: Labels, samples: readonly (readonly [number, number])[]): void {
    const series = this.#create(labels, new Column());
    for (const [timeMs, value] of samples) {
      series.times.push(timeMs);
      series.push(value);
    }
  }

  /** The series that match, in the order of their labels. */
  select(matchers: readonly Matcher[]): Series[] {
    const name = matchers.find((matcher) => matcher.name === '__name__' && matcher.op === '=');
    const names = name ? [name.value] : [...this.#byName.keys()].toSorted();
    const rest = matchers.filter((matcher) => matcher !== name);
    const found = names.flatMap((key) =>
      this.#ordered(key).filter((series) => rest.every((matcher) => matcher.matches(series.labels.get(matcher.name)))),
    );
    // The name is not the first label of the order: what several names bring has to be sorted again.
    return names.length > 1 ? found.toSorted((a, b) => a.labels.compare(b.labels)) : found;
  }

  /** Every series there is. */
  all(): Series[] {
    return [...this.#byName.values()].flatMap(({ series }) => [...series]);
  }

  #create(labels: Labels, times: Column): Series {
    const series = new Series(labels, times);
    const name = labels.get('__name__');
    const known = this.#byName.get(name);
    if (known) {
      known.series.add(series);
      known.ordered = undefined;
    } else this.#byName.set(name, { series: new Set([series]), ordered: undefined });
    return series;
  }

  /** The series of one name in the order of their labels; sorted once, queries ask often. */
  #ordered(name: string): Series[] {
    const known = this.#byName.get(name);
    if (!known) return [];
    known.ordered ??= [...known.series].toSorted((a, b) => a.labels.compare(b.labels));
    return known.ordered;
  }

  #remove(series: Series): void {
    const name = series.labels.get('__name__');
    const known = this.#byName.get(name);
    if (!known) return;
    known.series.delete(series);
    known.ordered = undefined;
    if (known.series.size === 0) this.#byName.delete(name);
  }

  #trim(group: Group, nowMs: number): void {
    const oldestMs = nowMs - this.retentionMs;
    const { times } = group;
    // In steps of a tenth of the retention: moving the columns at every scrape would cost more than it frees.
    if ((times.data[0] as number) > oldestMs - this.retentionMs / 10) return;
    let drop = 0;
    while (drop < times.length && (times.data[drop] as number) < oldestMs) drop++;
    times.shift(drop);
    for (const series of group.series.values()) {
      const gone = Math.max(0, drop - series.offset);
      series.values.shift(Math.min(gone, series.values.length));
      series.offset = Math.max(0, series.offset - drop);
    }
    const expired = this.#ended.filter(({ atMs }) => atMs < oldestMs);
    if (!expired.length) return;
    for (const { series } of expired) this.#remove(series);
    this.#ended = this.#ended.filter(({ atMs }) => atMs >= oldestMs);
  }
}
