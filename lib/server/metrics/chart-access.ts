import type { Access, Cluster } from '@/lib/server/cluster/cluster';
import { ApiError } from '@/lib/server/http/api-error';

/** Charts show what pods do, so they are for who may list the pods: one answer per namespace, in order. */
export function mayListPods(cluster: Cluster, namespaces: readonly string[]): Promise<boolean[]> {
  return cluster.review(listingPods(namespaces));
}

const listings = new Map<string, readonly Access[]>();
const listingsMax = 5_000;

/** The same array each time, by which the answer is known. */
function listingPods(namespaces: readonly string[]): readonly Access[] {
  const key = namespaces.join(' ');
  const known = listings.get(key);
  if (known) return known;
  if (listings.size >= listingsMax) listings.clear();
  const asked = namespaces.map((namespace) => ({ verb: 'list', group: '', resource: 'pods', namespace }) as const);
  listings.set(key, asked);
  return asked;
}

/** Throws `forbidden` when the user may not see charts of this namespace. */
export async function requireChartAccess(cluster: Cluster, namespace: string): Promise<void> {
  const [allowed] = await mayListPods(cluster, [namespace]);
  if (!allowed) throw new ApiError('forbidden', { reason: `list pods in ${namespace}` });
}
