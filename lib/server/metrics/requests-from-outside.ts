import type { Cluster } from '@/lib/server/cluster/cluster';
import { mayListPods } from './chart-access';
import { configuredMatcher, getPrometheus } from './get-prometheus';
import type { Prometheus } from './prometheus';
import { isPrometheusError } from './prometheus-error';
import { requestCountFromMesh, requestsSeenFromOutside, scrapedWorkload, type WorkloadSet } from './promql';

/** Long enough to see a nightly job. */
const windowSeconds = 24 * 60 * 60;

/**
 * Requests from callers without a proxy of the mesh that the workloads' sidecars had counted at any time of the last day,
 * as far back as Prometheus remembers; null when nobody measures them or the user may not know.
 */
export async function readRequestsFromOutside(cluster: Cluster, set: WorkloadSet): Promise<number | null> {
  const prometheus = getPrometheus();
  if (!prometheus || set.workloads.length === 0) return null;
  const [allowed] = await mayListPods(cluster, [set.namespace]);
  return allowed ? measureRequestsFromOutside(set, { prometheus, matcher: configuredMatcher() }) : null;
}

/** `readRequestsFromOutside` with its surroundings given. */
export async function measureRequestsFromOutside(
  set: WorkloadSet,
  { prometheus, matcher }: { prometheus: Prometheus; matcher: string | null },
): Promise<number | null> {
  try {
    const scrape = await prometheus.scrapeIntervalSeconds();
    const time = Math.floor(prometheus.now() / 1000 / scrape) * scrape;
    const read = async (query: string) => (await prometheus.query(query, time, scrape))[0]?.value ?? null;
    const options = { windowSeconds, matcher };
    const [outside, mesh] = await Promise.all([
      read(requestsSeenFromOutside(set, options)),
      read(requestCountFromMesh(set, options)),
    ]);
    // No series of such callers is a zero only where somebody counts the requests at all.
    const isMeasured = outside !== null || mesh !== null || ((await read(scrapedWorkload(set, matcher))) ?? 0) > 0;
    return isMeasured ? (outside ?? 0) : null;
  } catch (error) {
    if (isPrometheusError(error)) return null;
    throw error;
  }
}
