import type { Permission } from '@/lib/domain/permissions';
import type { Cluster } from '@/lib/server/cluster/cluster';

/** The first of these permissions that the user lacks; null when he has them all. */
export async function missingPermission(cluster: Cluster, needed: readonly Permission[]): Promise<Permission | null> {
  const allowed = await cluster.review(needed);
  return needed.find((_, index) => !allowed[index]) ?? null;
}
