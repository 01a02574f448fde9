import { permissionText, type Permission } from '@/lib/domain/permissions';
import type { Cluster } from '@/lib/server/cluster/cluster';
import { ApiError } from '@/lib/server/http/api-error';

/** The first of these permissions that the user lacks; null when he has them all. */
export async function missingPermission(cluster: Cluster, needed: readonly Permission[]): Promise<Permission | null> {
  const allowed = await cluster.review(needed);
  return needed.find((_, index) => !allowed[index]) ?? null;
}

/** Throws forbidden with the first of these permissions that the user lacks. */
export async function assertMay(cluster: Cluster, needed: readonly Permission[]): Promise<void> {
  const missing = await missingPermission(cluster, needed);
  if (missing) throw new ApiError('forbidden', { reason: permissionText(missing) });
}
