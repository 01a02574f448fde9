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
    // Who leaves the clusters out of what is measured (Istio's Telemetry can) leaves untold whether there are others.
    const isTold = seen.every(({ labels }) => labels.source_cluster && labels.destination_cluster);
    return others.length > 0 || isTold ? [...new Set(others)].toSorted() : null;
  });
}

/** Callers without a proxy are of no cluster that anybody knows. */
function isNamed(cluster: string | undefined): cluster is string {
  return cluster !== undefined && cluster !== '' && cluster !== 'unknown';
}
