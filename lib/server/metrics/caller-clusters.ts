import type { Cluster } from '@/lib/server/cluster/cluster';
import { ifMeasured, lookAtDay, type DayLookOptions } from './day-look';
import { clustersCalling, scrapedWorkload, type WorkloadSet } from './promql';

/**
 * Clusters of the mesh, other than their own, from whose proxies the workloads were called in the last day, by name; null
 * when nobody measures them or the user may not know.
 */
export function readCallerClusters(cluster: Cluster, set: WorkloadSet): Promise<string[] | null> {
  return ifMeasured(cluster, set, (options) => measureCallerClusters(set, options));
}

/** `readCallerClusters` with its surroundings given. */
export function measureCallerClusters(set: WorkloadSet, day: DayLookOptions): Promise<string[] | null> {
  return lookAtDay(day, async (read, options) => {
    const seen = await read(clustersCalling(set, options));
    // No call at all is no call from elsewhere only where somebody counts them.
    if (seen.length === 0 && ((await read(scrapedWorkload(set, options.matcher)))[0]?.value ?? 0) === 0) return null;
    const others = seen.flatMap(({ labels: { source_cluster: from, destination_cluster: to } }) =>
      isNamed(from) && isNamed(to) && from !== to ? [from] : [],
    );
    return [...new Set(others)].toSorted();
  });
}

/** Callers without a proxy are of no cluster that anybody knows. */
function isNamed(cluster: string | undefined): cluster is string {
  return cluster !== undefined && cluster !== '' && cluster !== 'unknown';
}
