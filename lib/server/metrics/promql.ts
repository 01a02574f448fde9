/**
 * Every PromQL that the console sends, built from names that can be nothing but Kubernetes names, plus the
 * configured label matcher. Both sides are measured by the reporter "destination": the sidecar of the workload that
 * receives the request. The sender's sidecar does not count the copies it sends (istio#11093).
 */

/** Workloads of one side: Deployments in one namespace. */
export interface WorkloadSet {
  namespace: string;
  workloads: readonly string[];
}

export interface QueryOptions {
  /** Width of rate() in seconds. */
  windowSeconds: number;
  /** The configured matcher, e.g. `cluster="x"`; null for none. */
  matcher: string | null;
}

/** Answered with a server error, or not at all (0: the stream ended without a response). */
const failedCodes = '5..|0';

/** Requests per second. */
export function requestRate(set: WorkloadSet, options: QueryOptions): string {
  return `sum(${rate('istio_requests_total', set, options)})`;
}

/** Requests since each sidecar started, by pod and by who sent them: it grows with each that comes. */
export function requestTotals(set: WorkloadSet, matcher: string | null): string {
  const matchers = [...workloadMatchers(set), ...(matcher ? [matcher] : [])];
  const by = 'instance, source_workload_namespace, source_workload';
  return `sum by (${by}) (istio_requests_total{${matchers.join(',')}})`;
}

/** Requests per second by HTTP status code. */
export function requestRateByCode(set: WorkloadSet, options: QueryOptions): string {
  return `sum by (response_code) (${rate('istio_requests_total', set, options)})`;
}

/** Share of requests that did not fail, in percent; no value while there are no requests. */
export function successPercent(set: WorkloadSet, options: QueryOptions): string {
  const failed = failures(set, options, (selector) => `sum(rate(${selector}))`);
  return `100 * (1 - (${failed}) / (${requestRate(set, options)} > 0))`;
}

/** Latency in milliseconds at `quantile` (0..1), by the receiving sidecar. */
export function latencyQuantile(quantile: number, set: WorkloadSet, options: QueryOptions): string {
  const buckets = rate('istio_request_duration_milliseconds_bucket', set, options);
  return `histogram_quantile(${quantile}, sum by (le) (${buckets}))`;
}

/** Requests within the window, by HTTP status code. */
export function requestCountByCode(set: WorkloadSet, options: QueryOptions): string {
  return `sum by (response_code) (${increase('istio_requests_total', set, options)})`;
}

/** A dot as such in a regular expression, inside a PromQL string. */
const escapedDot = String.raw`\\.`;

const perWorkload = 'destination_workload_namespace, destination_workload';

/** Requests per second of every workload of `sets`, in one query; may hold pairs that nobody asked for. */
export function requestRateOfMany(sets: readonly WorkloadSet[], options: QueryOptions): string {
  return `sum by (${perWorkload}) (rate(${selector('istio_requests_total', manyMatchers(sets), options)}))`;
}

/** Requests per second of every workload of a namespace. */
export function requestRateByWorkload(namespace: string, options: QueryOptions): string {
  const matchers = ['reporter="destination"', oneOf('destination_workload_namespace', [namespace])];
  return `sum by (destination_workload) (rate(${selector('istio_requests_total', matchers, options)}))`;
}

/** Requests within the window of every workload of `sets`. */
export function requestCountOfMany(sets: readonly WorkloadSet[], options: QueryOptions): string {
  return `sum by (${perWorkload}) (increase(${selector('istio_requests_total', manyMatchers(sets), options)}))`;
}

/** Failed requests within the window of every workload of `sets`; those without any are absent. */
export function failureCountOfMany(sets: readonly WorkloadSet[], options: QueryOptions): string {
  const [byCode, byGrpcStatus] = failureMatchers.map(
    (matchers) => `(increase(${selector('istio_requests_total', [...manyMatchers(sets), ...matchers], options)}))`,
  );
  return `sum by (${perWorkload}) (${byCode} or ${byGrpcStatus})`;
}

/** Latency in milliseconds of every workload of `sets`. */
export function latencyQuantileOfMany(quantile: number, sets: readonly WorkloadSet[], options: QueryOptions): string {
  const buckets = selector('istio_request_duration_milliseconds_bucket', manyMatchers(sets), options);
  return `histogram_quantile(${quantile}, sum by (le, ${perWorkload}) (rate(${buckets})))`;
}

/**
 * Requests within the window that came through a sidecar or gateway, which alone can send copies: a caller without
 * one is reported as source "unknown".
 */
export function requestCountFromMesh(set: WorkloadSet, options: QueryOptions): string {
  const matchers = [...workloadMatchers(set), 'source_workload!="unknown"'];
  return `sum(increase(${selector('istio_requests_total', matchers, options)}))`;
}

/** `requestCountFromMesh` of every workload of `sets`. */
export function requestCountFromMeshOfMany(sets: readonly WorkloadSet[], options: QueryOptions): string {
  const matchers = [...manyMatchers(sets), 'source_workload!="unknown"'];
  return `sum by (${perWorkload}) (increase(${selector('istio_requests_total', matchers, options)}))`;
}

/** A route that Envoy counts by itself. */
export interface CountedRoute {
  statPrefix: string;
  /** Host and port of the virtual host that the route is in. */
  host: string;
  port: number;
}

/**
 * Requests within the window that met each of the routes, as the callers' proxies counted them, labelled `route`:
 * `<statPrefix>:<port>`. Each is named in full, since increase() drops the names, which are all that tells them apart.
 */
export function requestCountOfRoutes(routes: readonly CountedRoute[], options: QueryOptions): string {
  if (routes.length === 0) throw new Error('no route to count');
  return routes
    .map((route) => {
      const increased = `sum(increase(${selector(routeMetric(route), [], options)}))`;
      return `label_replace(${increased}, "route", "${route.statPrefix}:${route.port}", "", "")`;
    })
    .join(' or ');
}

/** Envoy's `vhost.<host>:<port>.route.<statPrefix>.upstream_rq_completed`, as its Prometheus endpoint spells it. */
function routeMetric({ statPrefix, host, port }: CountedRoute): string {
  assertName(host);
  if (!/^[a-z0-9_]{1,63}$/.test(statPrefix) || !Number.isInteger(port)) throw new Error('no route that Envoy counts');
  return `envoy_vhost_${host.replaceAll(/[^a-z0-9]/g, '_')}_${port}_route_${statPrefix}_upstream_rq_completed`;
}

/** Requests within the window of every workload of `sets` from callers without a sidecar. */
export function requestCountFromOutsideOfMany(sets: readonly WorkloadSet[], options: QueryOptions): string {
  const matchers = [...manyMatchers(sets), 'source_workload="unknown"'];
  return `sum by (${perWorkload}) (increase(${selector('istio_requests_total', matchers, options)}))`;
}

/**
 * Requests from callers without a sidecar that the receiving sidecars had counted at any time within the window. Not
 * increase(): that loses a series' first requests, and a job that calls once has no others.
 */
export function requestsSeenFromOutside(set: WorkloadSet, options: QueryOptions): string {
  const matchers = [...workloadMatchers(set), 'source_workload="unknown"'];
  return `sum(max_over_time(${selector('istio_requests_total', matchers, options)}))`;
}

/** Namespaces of the callers with a proxy that the workloads had counted at any time within the window. */
export function callersOfWorkloads(set: WorkloadSet, options: QueryOptions): string {
  const seen = `max_over_time(${selector('istio_requests_total', workloadMatchers(set), options)})`;
  return `sum by (source_workload_namespace) (${seen})`;
}

/** Clusters of the callers, beside the one that was called, that the workloads had counted at any time within the window. */
export function clustersCalling(set: WorkloadSet, options: QueryOptions): string {
  const seen = `max_over_time(${selector('istio_requests_total', workloadMatchers(set), options)})`;
  return `sum by (source_cluster, destination_cluster) (${seen})`;
}

/** Workloads in the namespaces whose proxies had counted requests to a host at any time within the window. */
export function callersOfHost(host: string, namespaces: readonly string[], options: QueryOptions): string {
  assertName(host);
  const matchers = [
    'reporter="source"',
    oneOf('source_workload_namespace', distinct(namespaces)),
    `destination_service=~"${host.replaceAll('.', escapedDot)}(:[0-9]+)?"`,
  ];
  const seen = `max_over_time(${selector('istio_requests_total', matchers, options)})`;
  return `sum by (source_workload_namespace, source_workload) (${seen})`;
}

/** How many pods of a side are scraped: tells "no request came" from "nobody looks". */
export function scrapedWorkload(set: WorkloadSet, matcher: string | null): string {
  return `count(${scrapedPods([set], matcher)})`;
}

/** The pods of `sets` that are scraped, one series each. */
export function scrapedPodsOfMany(sets: readonly WorkloadSet[], matcher: string | null): string {
  return `sum by (namespace, pod) (${scrapedPods(sets, matcher)})`;
}

/** Processor use per pod in cores. */
export function podCpu(namespace: string, pods: readonly string[], options: QueryOptions): string {
  const matchers = [...podMatchers(namespace, pods), 'container!=""'];
  return `sum by (pod) (rate(${selector('container_cpu_usage_seconds_total', matchers, options)}))`;
}

/** Working set per pod in bytes. */
export function podMemory(namespace: string, pods: readonly string[], matcher: string | null): string {
  const matchers = [...podMatchers(namespace, pods), 'container!=""', ...(matcher ? [matcher] : [])];
  return `sum by (pod) (container_memory_working_set_bytes{${matchers.join(',')}})`;
}

/** 99th percentile, in seconds, of the time that a change takes until every proxy has it. */
export function proxyConvergenceP99(options: QueryOptions): string {
  return `histogram_quantile(0.99, sum by (le) (rate(${selector('pilot_proxy_convergence_time_bucket', [], options)})))`;
}

const failureMatchers = [
  [`response_code=~"${failedCodes}"`],
  // A gRPC failure comes with HTTP status 200.
  ['request_protocol="grpc"', `response_code!~"${failedCodes}"`, 'grpc_response_status!~"0|"'],
] as const;

function failures(set: WorkloadSet, options: QueryOptions, aggregate: (selector: string) => string): string {
  return failureMatchers
    .map((matchers) => {
      const failed = selector('istio_requests_total', [...workloadMatchers(set), ...matchers], options);
      // A series exists from the first such request on: none yet is none.
      return `(${aggregate(failed)} or vector(0))`;
    })
    .join(' + ');
}

function rate(metric: string, set: WorkloadSet, options: QueryOptions): string {
  return `rate(${selector(metric, workloadMatchers(set), options)})`;
}

function increase(metric: string, set: WorkloadSet, options: QueryOptions): string {
  return `increase(${selector(metric, workloadMatchers(set), options)})`;
}

function selector(metric: string, matchers: readonly string[], options: QueryOptions): string {
  const all = [...matchers, ...(options.matcher ? [options.matcher] : [])];
  return `${metric}{${all.join(',')}}[${seconds(options.windowSeconds)}]`;
}

function workloadMatchers(set: WorkloadSet): string[] {
  return [
    'reporter="destination"',
    oneOf('destination_workload_namespace', [set.namespace]),
    oneOf('destination_workload', set.workloads),
  ];
}

function manyMatchers(sets: readonly WorkloadSet[]): string[] {
  return [
    'reporter="destination"',
    oneOf('destination_workload_namespace', distinct(sets.map((set) => set.namespace))),
    oneOf('destination_workload', distinct(sets.flatMap((set) => set.workloads))),
  ];
}

function distinct(names: readonly string[]): string[] {
  return [...new Set(names)].toSorted();
}

function scrapedPods(sets: readonly WorkloadSet[], matcher: string | null): string {
  const workloads = distinct(sets.flatMap((set) => set.workloads));
  for (const workload of workloads) assertName(workload);
  const names = workloads.map((workload) => workload.replaceAll('.', escapedDot)).join('|');
  const matchers = [
    oneOf('namespace', distinct(sets.map((set) => set.namespace))),
    // A pod is named after its Deployment and its ReplicaSet's hash.
    `pod=~"(${names})-[a-z0-9]+-[a-z0-9]+"`,
    ...(matcher ? [matcher] : []),
  ];
  return `up{${matchers.join(',')}} == 1`;
}

function podMatchers(namespace: string, pods: readonly string[]): string[] {
  return [oneOf('namespace', [namespace]), oneOf('pod', pods)];
}

/** `label="a"`, or `label=~"a|b"`: PromQL anchors the expression at both ends. */
function oneOf(label: string, names: readonly string[]): string {
  if (names.length === 0) throw new Error(`no name for ${label}`);
  for (const name of names) assertName(name);
  if (names.length === 1) return `${label}="${names[0]}"`;
  // Of the characters of a name only the dot means something to a regular expression.
  return `${label}=~"${names.map((name) => name.replaceAll('.', escapedDot)).join('|')}"`;
}

/** DNS-1123 subdomain: whatever passes can end neither a PromQL string nor a label matcher. */
function assertName(name: string): void {
  if (name.length > 253 || !/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/.test(name))
    throw new Error('a name in a query is not a Kubernetes name');
}

function seconds(value: number): string {
  if (!Number.isInteger(value) || value <= 0) throw new Error('a window is a positive number of whole seconds');
  return `${value}s`;
}
