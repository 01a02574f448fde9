import { bucketBounds } from '../../../lib/sandbox/mesh/latency.ts';

type Labels = Record<string, string>;

interface Histogram {
  buckets: number[];
  sum: number;
  count: number;
}

interface Series {
  text: string;
  requests: number;
  histograms: Record<string, Histogram>;
}

const histogramNames = ['istio_request_duration_milliseconds', 'istio_request_bytes', 'istio_response_bytes'] as const;

/** One request. */
export interface Observation {
  durationMs: number;
  requestBytes: number;
  responseBytes: number;
}

/** Istio's standard metrics of one proxy, as istio.stats would export them. */
export class IstioMetrics {
  readonly #series = new Map<string, Series>();

  /** `key` stands for the labels: they are asked for once. */
  observe(key: string, labels: () => Labels, { durationMs, requestBytes, responseBytes }: Observation): void {
    let series = this.#series.get(key);
    if (!series) {
      const histograms = Object.fromEntries(histogramNames.map((name) => [name, emptyHistogram()]));
      this.#series.set(key, (series = { text: labelText(labels()), requests: 0, histograms }));
    }
    series.requests += 1;
    const values = [durationMs, requestBytes, responseBytes];
    for (const [index, name] of histogramNames.entries()) add(series.histograms[name]!, values[index]!);
  }

  /** In Prometheus' text format. */
  text(): string {
    const lines = ['# TYPE istio_requests_total counter'];
    const all = [...this.#series.values()];
    for (const { text, requests } of all) lines.push(`istio_requests_total{${text}} ${requests}`);
    for (const name of histogramNames) {
      lines.push(`# TYPE ${name} histogram`);
      for (const { text, histograms } of all) lines.push(...histogramLines(name, text, histograms[name]!));
    }
    return `${lines.join('\n')}\n`;
  }
}

function emptyHistogram(): Histogram {
  return { buckets: bucketBounds.map(() => 0), sum: 0, count: 0 };
}

function add(histogram: Histogram, value: number): void {
  const index = bucketBounds.findIndex((bound) => value <= bound);
  histogram.buckets[index] = (histogram.buckets[index] ?? 0) + 1;
  histogram.sum += value;
  histogram.count += 1;
}

function histogramLines(name: string, labels: string, { buckets, sum, count }: Histogram): string[] {
  let cumulative = 0;
  const bounds = bucketBounds.map((bound, index) => {
    cumulative += buckets[index]!;
    return `${name}_bucket{${labels},le="${bound === Infinity ? '+Inf' : bound}"} ${cumulative}`;
  });
  return [...bounds, `${name}_sum{${labels}} ${sum}`, `${name}_count{${labels}} ${count}`];
}

function labelText(labels: Labels): string {
  return Object.entries(labels)
    .map(
      ([name, value]) => `${name}="${value.replaceAll(/[\\"\n]/g, (char) => (char === '\n' ? '\\n' : `\\${char}`))}"`,
    )
    .join(',');
}
