import type { Cluster } from '@/lib/server/cluster/cluster';
import { mayListPods } from './chart-access';
import { configuredMatcher, getPrometheus } from './get-prometheus';
import type { InstantValue, Prometheus } from './prometheus';
import { isPrometheusError } from './prometheus-error';
import type { QueryOptions, WorkloadSet } from './promql';

/** Long enough to see a nightly job. */
const windowSeconds = 24 * 60 * 60;

export interface DayLookOptions {
  prometheus: Prometheus;
  matcher: string | null;
}

/** Measures what came to workloads in the last day; null when nobody measures them or the user may not know. */
export async function ifMeasured<Result>(
  cluster: Cluster,
  { namespace, workloads }: WorkloadSet,
  measure: (options: DayLookOptions) => Promise<Result | null>,
): Promise<Result | null> {
  const prometheus = getPrometheus();
  if (!prometheus || workloads.length === 0) return null;
  const [allowed] = await mayListPods(cluster, [namespace]);
  return allowed ? measure({ prometheus, matcher: configuredMatcher() }) : null;
}

/** Looks at the last day, all queries at the moment of the last scrape; null when Prometheus does not answer. */
export async function lookAtDay<Result>(
  { prometheus, matcher }: DayLookOptions,
  look: (read: (query: string) => Promise<InstantValue[]>, options: QueryOptions) => Promise<Result | null>,
): Promise<Result | null> {
  try {
    const scrape = await prometheus.scrapeIntervalSeconds();
    const time = Math.floor(prometheus.now() / 1000 / scrape) * scrape;
    return await look((query) => prometheus.query(query, time, scrape), { windowSeconds, matcher });
  } catch (error) {
    if (isPrometheusError(error)) return null;
    throw error;
  }
}
