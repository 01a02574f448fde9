import type { Cluster } from '@/lib/server/cluster/cluster';
import { ApiError } from '@/lib/server/http/api-error';

/** Charts show what pods do, so they are for who may list the pods: one answer per namespace, in order. */
export function mayListPods(cluster: Cluster, namespaces: readonly string[]): Promise<boolean[]> {
  return cluster.review(namespaces.map((namespace) => ({ verb: 'list', group: '', resource: 'pods', namespace })));
}

/** Throws `forbidden` when the user may not see charts of this namespace. */
export async function requireChartAccess(cluster: Cluster, namespace: string): Promise<void> {
  const [allowed] = await mayListPods(cluster, [namespace]);
  if (!allowed) throw new ApiError('forbidden', { reason: `list pods in ${namespace}` });
}
