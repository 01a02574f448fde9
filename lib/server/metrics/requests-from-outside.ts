import type { Cluster } from '@/lib/server/cluster/cluster';
import { ifMeasured, lookAtDay, type DayLookOptions } from './day-look';
import { requestCountFromMesh, requestsSeenFromOutside, scrapedWorkload, type WorkloadSet } from './promql';

/**
 * Requests from callers without a proxy of the mesh that the workloads' sidecars had counted at any time of the last day,
 * as far back as Prometheus remembers; null when nobody measures them or the user may not know.
 */
export function readRequestsFromOutside(cluster: Cluster, set: WorkloadSet): Promise<number | null> {
  return ifMeasured(cluster, set, (options) => measureRequestsFromOutside(set, options));
}

/** `readRequestsFromOutside` with its surroundings given. */
export function measureRequestsFromOutside(set: WorkloadSet, day: DayLookOptions): Promise<number | null> {
  return lookAtDay(day, async (read, options) => {
    const count = async (query: string) => (await read(query))[0]?.value ?? null;
    const [outside, mesh] = await Promise.all([
      count(requestsSeenFromOutside(set, options)),
      count(requestCountFromMesh(set, options)),
    ]);
    // No series of such callers is a zero only where somebody counts the requests at all.
    const isMeasured =
      outside !== null || mesh !== null || ((await count(scrapedWorkload(set, options.matcher))) ?? 0) > 0;
    return isMeasured ? (outside ?? 0) : null;
  });
}
