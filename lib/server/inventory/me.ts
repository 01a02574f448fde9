import type { Me } from '@/lib/contract/inventory';
import { permissionsNeeded, permissionText } from '@/lib/domain/permissions';
import type { Cluster } from '@/lib/server/cluster/cluster';

type Allowed = Pick<Me, 'permissions' | 'missing'>;

/** How many namespaces are looked at for what a user may do somewhere. */
const namespacesLimit = 20;

/** Who the user is, and what they may do in a namespace; without one, in whichever of theirs allows most. */
export async function readMe(cluster: Cluster, namespace: string | null): Promise<Me> {
  const [{ user, groups }, allowed] = await Promise.all([
    cluster.whoAmI(),
    namespace === null ? allowedSomewhere(cluster) : allowedIn(cluster, namespace),
  ]);
  return { user, groups, namespace, ...allowed };
}

async function allowedSomewhere(cluster: Cluster): Promise<Allowed> {
  const everywhere = '';
  let best = await allowedIn(cluster, everywhere);
  for (const { name } of (await cluster.namespaces()).slice(0, namespacesLimit)) {
    if (best.missing.length === 0) break;
    const allowed = await allowedIn(cluster, name);
    if (allowed.missing.length < best.missing.length) best = allowed;
  }
  return best;
}

async function allowedIn(cluster: Cluster, namespace: string): Promise<Allowed> {
  const may = async (needed: ReturnType<typeof permissionsNeeded>) => {
    const answers = await cluster.review(needed);
    return needed.filter((_, index) => !answers[index]).map(permissionText);
  };
  const [view, create, change, remove] = await Promise.all([
    may([{ verb: 'list', group: '', resource: 'configmaps', namespace }]),
    may(permissionsNeeded('create', namespace)),
    may(permissionsNeeded('change', namespace)),
    may(permissionsNeeded('delete', namespace)),
  ]);
  return {
    permissions: {
      view: view.length === 0,
      create: create.length === 0,
      change: change.length === 0,
      delete: remove.length === 0,
    },
    missing: create,
  };
}
