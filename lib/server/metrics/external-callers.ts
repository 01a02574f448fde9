import type { ExternalCallers } from '@/lib/domain/planning-snapshot';
import type { Cluster } from '@/lib/server/cluster/cluster';
import { mayListPods } from './chart-access';
import { configuredMatcher, getPrometheus } from './get-prometheus';
import type { Prometheus } from './prometheus';
import { isPrometheusError } from './prometheus-error';
import { callersOfHost, callersOfWorkloads, scrapedWorkload, type WorkloadSet } from './promql';

/** Long enough to see a nightly job. */
const windowSeconds = 24 * 60 * 60;

/**
 * Namespaces from whose proxies the workloads were called in the last day, and the workloads there that called a host
 * outside the mesh; null when nobody measures them or the user may not know.
 */
export async function readExternalCallers(
  cluster: Cluster,
  set: WorkloadSet,
  host: string,
): Promise<ExternalCallers | null> {
  const prometheus = getPrometheus();
  if (!prometheus || set.workloads.length === 0) return null;
  const [allowed] = await mayListPods(cluster, [set.namespace]);
  return allowed ? measureExternalCallers(set, host, { prometheus, matcher: configuredMatcher() }) : null;
}

/** `readExternalCallers` with its surroundings given. */
export async function measureExternalCallers(
  set: WorkloadSet,
  host: string,
  { prometheus, matcher }: { prometheus: Prometheus; matcher: string | null },
): Promise<ExternalCallers | null> {
  try {
    const scrape = await prometheus.scrapeIntervalSeconds();
    const time = Math.floor(prometheus.now() / 1000 / scrape) * scrape;
    const options = { windowSeconds, matcher };
    const read = (query: string) => prometheus.query(query, time, scrape);
    const scraped = (await read(scrapedWorkload(set, matcher)))[0]?.value ?? 0;
    if (scraped === 0) return null;
    const namespaces = (await read(callersOfWorkloads(set, options)))
      .map(({ labels }) => labels['source_workload_namespace'] ?? 'unknown')
      .filter((namespace) => namespace !== 'unknown')
      .toSorted();
    // Only proxies that get to know the host could reach it otherwise.
    const told = [...new Set([set.namespace, ...namespaces])];
    const ofHost = (await read(callersOfHost(host, told, options)))
      .map(({ labels }) => `${labels['source_workload_namespace']}/${labels['source_workload']}`)
      .toSorted();
    return { namespaces, ofHost };
  } catch (error) {
    if (isPrometheusError(error)) return null;
    throw error;
  }
}
