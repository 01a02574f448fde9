/** The counters that one pod's proxy exports, as Istio names and labels them. */
import { Labels } from '../prometheus/labels.ts';
import type { Metric } from '../prometheus/tsdb.ts';
import { bucketBounds, type DurationCounts } from './latency.ts';

/** A batch of requests with the same labels. */
export interface Batch {
  count: number;
  durations: DurationCounts;
  requestBytes: number;
  responseBytes: number;
}

interface RequestMetrics {
  total: Metric;
  buckets: Metric[];
  durationSum: Metric;
  durationCount: Metric;
  requestBytesSum: Metric;
  requestBytesCount: Metric;
  responseBytesSum: Metric;
  responseBytesCount: Metric;
}

const boundTexts = bucketBounds.map((bound) => (bound === Infinity ? '+Inf' : String(bound)));

/** One scrape target's page: metrics appear with their first count and never leave. */
export class PodMetrics {
  readonly #target: Record<string, string>;
  readonly #requests = new Map<string, RequestMetrics>();
  readonly #plain = new Map<string, Metric>();
  readonly #histograms = new Map<
    string,
    { buckets: Metric[]; bounds: readonly number[]; sum: Metric; count: Metric }
  >();
  #added: Metric[] = [];

  /** `target`: the labels that Prometheus gives every series of this target. */
  constructor(target: Record<string, string>) {
    this.#target = target;
  }

  /** Metrics that are new since the last call. */
  takeAdded(): Metric[] {
    const added = this.#added;
    this.#added = [];
    return added;
  }

  /** Counts requests; `labels` is asked for only when the key is new. */
  observe(key: string, labels: () => Record<string, string>, batch: Batch): void {
    let metrics = this.#requests.get(key);
    if (!metrics) this.#requests.set(key, (metrics = this.#createRequests(labels())));
    metrics.total.value += batch.count;
    let cumulative = 0;
    for (let i = 0; i < metrics.buckets.length; i++) {
      cumulative += batch.durations.buckets[i] as number;
      (metrics.buckets[i] as Metric).value += cumulative;
    }
    metrics.durationSum.value += batch.durations.sumMs;
    metrics.durationCount.value += batch.count;
    metrics.requestBytesSum.value += batch.requestBytes * batch.count;
    metrics.requestBytesCount.value += batch.count;
    metrics.responseBytesSum.value += batch.responseBytes * batch.count;
    metrics.responseBytesCount.value += batch.count;
  }

  /** Adds to a counter of its own. */
  add(name: string, labels: Record<string, string>, amount: number): void {
    this.#plainMetric(name, labels).value += amount;
  }

  set(name: string, labels: Record<string, string>, value: number): void {
    this.#plainMetric(name, labels).value = value;
  }

  /** Counts one observation in a histogram without labels. */
  observeHistogram(name: string, bounds: readonly number[], value: number): void {
    let histogram = this.#histograms.get(name);
    if (!histogram) {
      const buckets = [...bounds, Infinity].map((bound) =>
        this.#create(`${name}_bucket`, { le: bound === Infinity ? '+Inf' : String(bound) }),
      );
      const all = [...bounds, Infinity];
      histogram = {
        buckets,
        bounds: all,
        sum: this.#create(`${name}_sum`, {}),
        count: this.#create(`${name}_count`, {}),
      };
      this.#histograms.set(name, histogram);
    }
    for (const [index, bound] of histogram.bounds.entries()) {
      if (value <= bound) (histogram.buckets[index] as Metric).value += 1;
    }
    histogram.sum.value += value;
    histogram.count.value += 1;
  }

  #plainMetric(name: string, labels: Record<string, string>): Metric {
    const key = `${name}\u0000${Object.values(labels).join('\u0000')}`;
    let metric = this.#plain.get(key);
    if (!metric) this.#plain.set(key, (metric = this.#create(name, labels)));
    return metric;
  }

  #createRequests(labels: Record<string, string>): RequestMetrics {
    const durations = 'istio_request_duration_milliseconds';
    return {
      total: this.#create('istio_requests_total', labels),
      buckets: boundTexts.map((le) => this.#create(`${durations}_bucket`, { ...labels, le })),
      durationSum: this.#create(`${durations}_sum`, labels),
      durationCount: this.#create(`${durations}_count`, labels),
      requestBytesSum: this.#create('istio_request_bytes_sum', labels),
      requestBytesCount: this.#create('istio_request_bytes_count', labels),
      responseBytesSum: this.#create('istio_response_bytes_sum', labels),
      responseBytesCount: this.#create('istio_response_bytes_count', labels),
    };
  }

  #create(name: string, labels: Record<string, string>): Metric {
    const metric = { labels: Labels.from({ ...this.#target, ...labels, __name__: name }), value: 0 };
    this.#added.push(metric);
    return metric;
  }
}
