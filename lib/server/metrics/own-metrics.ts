import { processWide } from '@/lib/server/process-state';

/** The console's own counters, shown at /metrics in Prometheus' text format. */
interface OwnMetrics {
  requests: Map<string, number>;
  durations: Map<string, { buckets: number[]; sum: number; count: number }>;
  upstream: Map<string, number>;
}

const bounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

const state = () =>
  processWide<OwnMetrics>('own-metrics', () => ({ requests: new Map(), durations: new Map(), upstream: new Map() }));

/** Counts one answered API request; `route` is a pattern, never a path with names in it. */
export function countRequest(labels: { route: string; method: string; status: number }, seconds: number): void {
  const { requests, durations } = state();
  const { route, method } = labels;
  increase(requests, labelText({ route, method, status: String(labels.status) }));
  const key = labelText({ route, method });
  const duration = durations.get(key) ?? { buckets: bounds.map(() => 0), sum: 0, count: 0 };
  bounds.forEach((bound, index) => {
    if (seconds <= bound) duration.buckets[index] = (duration.buckets[index] ?? 0) + 1;
  });
  duration.sum += seconds;
  duration.count += 1;
  durations.set(key, duration);
}

/** Counts one request to Prometheus by its outcome: `ok`, or what went wrong. */
export function countPrometheusQuery(outcome: string): void {
  increase(state().upstream, labelText({ outcome }));
}

/** The text that GET /metrics answers; `gauges` are read at the moment of the scrape. */
export function ownMetricsText(gauges: { name: string; help: string; value: number }[]): string {
  const { requests, durations, upstream } = state();
  return [
    ...counter('mirror_console_http_requests_total', 'API requests answered.', requests),
    ...histogram('mirror_console_http_request_duration_seconds', 'Time until an API answer began.', durations),
    ...counter('mirror_console_prometheus_queries_total', 'Queries sent to Prometheus, by outcome.', upstream),
    ...gauges.flatMap(({ name, help, value }) => [...head(name, help, 'gauge'), `${name} ${value}`]),
    '',
  ].join('\n');
}

function increase(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

function head(name: string, help: string, type: string): string[] {
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`];
}

function counter(name: string, help: string, counts: ReadonlyMap<string, number>): string[] {
  return [...head(name, help, 'counter'), ...[...counts].map(([labels, value]) => `${name}{${labels}} ${value}`)];
}

function histogram(name: string, help: string, durations: OwnMetrics['durations']): string[] {
  const lines = [...durations].flatMap(([labels, { buckets, sum, count }]) => [
    ...buckets.map((value, index) => `${name}_bucket{${labels},le="${bounds[index]}"} ${value}`),
    `${name}_bucket{${labels},le="+Inf"} ${count}`,
    `${name}_sum{${labels}} ${sum}`,
    `${name}_count{${labels}} ${count}`,
  ]);
  return [...head(name, help, 'histogram'), ...lines];
}

function labelText(labels: Record<string, string>): string {
  return Object.entries(labels)
    .map(
      ([name, value]) =>
        `${name}="${value.replace(/[\\"\n]/g, (character) => (character === '\n' ? '\\n' : `\\${character}`))}"`,
    )
    .join(',');
}
