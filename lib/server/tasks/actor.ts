import type { Cluster } from '@/lib/server/cluster/cluster';
import { isClusterError } from '@/lib/server/cluster/cluster-error';

const validMs = 60_000;
const known = new WeakMap<Cluster, { user: Promise<string>; askedAt: number }>();

/** The user's name as the API server knows it, remembered for a minute; the kubeconfig's where it does not tell. */
export function actorOf(cluster: Cluster): Promise<string> {
  const last = known.get(cluster);
  if (last && Date.now() - last.askedAt < validMs) return last.user;
  const user = cluster.whoAmI().then(
    ({ user }) => user,
    (error: unknown) => {
      // Servers before 1.28 do not serve selfsubjectreviews.
      if (isClusterError(error, 'notFound', 'forbidden')) return cluster.context.user;
      throw error;
    },
  );
  known.set(cluster, { user, askedAt: Date.now() });
  user.catch(() => known.delete(cluster));
  return user;
}
