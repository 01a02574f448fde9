import type { ExternalCallers } from '@/lib/domain/planning-snapshot';
import type { Cluster } from '@/lib/server/cluster/cluster';
import { ifMeasured, lookAtDay, type DayLookOptions } from './day-look';
import { callersOfHost, callersOfWorkloads, scrapedWorkload, type WorkloadSet } from './promql';

/**
 * Namespaces from whose proxies the workloads were called in the last day, and the workloads there that called a host
 * outside the mesh; null when nobody measures them or the user may not know.
 */
export function readExternalCallers(cluster: Cluster, set: WorkloadSet, host: string): Promise<ExternalCallers | null> {
  return ifMeasured(cluster, set, (options) => measureExternalCallers(set, host, options));
}

/** `readExternalCallers` with its surroundings given. */
export function measureExternalCallers(
  set: WorkloadSet,
  host: string,
  day: DayLookOptions,
): Promise<ExternalCallers | null> {
  return lookAtDay(day, async (read, options) => {
    const scraped = (await read(scrapedWorkload(set, options.matcher)))[0]?.value ?? 0;
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
  });
}
