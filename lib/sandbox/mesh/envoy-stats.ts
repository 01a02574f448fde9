/** Envoy's own statistics, as far as Istio's bootstrap lets them out: istio.md 3.4. */
import { parse } from 'yaml';
import { re2 } from '../core/re2.ts';
import { bucketBounds, type DurationCounts } from './latency.ts';
import type { Cluster } from './clusters.ts';
import type { LivePod } from './live-pods.ts';
import type { PodView } from './pods.ts';

const inclusions = new WeakMap<PodView, { prefixes: string[]; regexps: string[] }>();

/** Counts requests of a cluster, copies too, if the pod's annotations ask for that cluster's statistics. */
export function countClusterRequests(
  client: LivePod,
  cluster: Cluster,
  requests: { count: number; code: number; durations: DurationCounts },
): void {
  if (!client.proxyMetrics || !exportsCluster(client.view, cluster.name)) return;
  const metrics = client.proxyMetrics;
  const labels = { cluster_name: cluster.name };
  const { count, code, durations } = requests;
  metrics.add('envoy_cluster_upstream_rq_total', labels, count);
  metrics.add('envoy_cluster_upstream_rq', { ...labels, response_code: String(code) }, count);
  metrics.add('envoy_cluster_upstream_rq', { ...labels, response_code_class: `${Math.floor(code / 100)}xx` }, count);
  let cumulative = 0;
  for (const [index, bound] of bucketBounds.entries()) {
    cumulative += durations.buckets[index] ?? 0;
    const le = bound === Infinity ? '+Inf' : String(bound);
    metrics.add('envoy_cluster_upstream_rq_time_bucket', { ...labels, le }, cumulative);
  }
  metrics.add('envoy_cluster_upstream_rq_time_sum', labels, durations.sumMs);
  metrics.add('envoy_cluster_upstream_rq_time_count', labels, count);
}

/** Counts requests of a route with a `statPrefix`; Istio's bootstrap always exports these. */
export function countRouteRequests(
  client: LivePod,
  host: string,
  port: number,
  statPrefix: string,
  count: number,
): void {
  const name = `vhost.${host}:${port}.route.${statPrefix}.upstream_rq_completed`;
  client.proxyMetrics?.add(`envoy_${name.replaceAll(/[^a-zA-Z0-9_]/g, '_')}`, {}, count);
}

function exportsCluster(view: PodView, clusterName: string): boolean {
  let wanted = inclusions.get(view);
  if (!wanted) inclusions.set(view, (wanted = readInclusions(view.annotations)));
  const stat = `cluster.${clusterName}`;
  return (
    wanted.prefixes.some((prefix) => stat.startsWith(prefix)) || wanted.regexps.some((pattern) => tests(pattern, stat))
  );
}

function readInclusions(annotations: Record<string, string>): { prefixes: string[]; regexps: string[] } {
  const list = annotations['sidecar.istio.io/statsInclusionPrefixes'] ?? '';
  const prefixes = list
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean);
  const config = annotations['proxy.istio.io/config'];
  if (!config) return { prefixes, regexps: [] };
  try {
    const matcher: unknown = parse(config)?.proxyStatsMatcher;
    const lists = (matcher ?? {}) as { inclusionPrefixes?: unknown; inclusionRegexps?: unknown };
    return { prefixes: [...prefixes, ...texts(lists.inclusionPrefixes)], regexps: texts(lists.inclusionRegexps) };
  } catch {
    return { prefixes, regexps: [] };
  }
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

/** Envoy searches the name for a full match; a pattern that it would refuse matches nothing. */
function tests(pattern: string, name: string): boolean {
  try {
    return re2(pattern).test(name);
  } catch {
    return false;
  }
}
