import type { Cluster } from '@/lib/server/cluster/cluster';
import { isClusterError } from '@/lib/server/cluster/cluster-error';
import { kinds, type Kind, type KindObject } from '@/lib/server/cluster/kinds';

export interface Readable<K extends Kind> {
  items: readonly KindObject<K>[];
  /** Namespaces whose objects of that kind the user may not list; `*`: of all others there may be. */
  unreadable: string[];
}

/** Objects of a kind in one namespace, or nothing and the namespace's name when the user may not list them. */
export async function readNamespace<K extends Kind>(
  cluster: Cluster,
  kind: K,
  namespace: string,
): Promise<Readable<K>> {
  try {
    return { items: await cluster.list(kind, namespace), unreadable: [] };
  } catch (error) {
    // A kind that the cluster does not serve has no objects anywhere.
    if (isClusterError(error, 'notFound')) return { items: [], unreadable: [] };
    if (isClusterError(error, 'forbidden')) return { items: [], unreadable: [namespace] };
    throw error;
  }
}

/**
 * Objects of a kind in every namespace that the user can read: by one list of all where that is allowed, else
 * namespace by namespace; then `unreadable` has `*` too, for those that he cannot even name.
 */
export async function readEverywhere<K extends Kind>(cluster: Cluster, kind: K): Promise<Readable<K>> {
  if (!(await cluster.serves(kind))) return { items: [], unreadable: [] };
  const { group, plural } = kinds[kind];
  const [everywhere] = await cluster.review([{ verb: 'list', group, resource: plural, namespace: '' }]);
  if (everywhere) return readAll(cluster, kind);
  const names = (await cluster.namespaces()).map(({ name }) => name);
  const parts = await Promise.all(names.map((name) => readNamespace(cluster, kind, name)));
  return {
    items: parts.flatMap(({ items }) => items),
    unreadable: [...parts.flatMap(({ unreadable }) => unreadable), '*'],
  };
}

async function readAll<K extends Kind>(cluster: Cluster, kind: K): Promise<Readable<K>> {
  try {
    return { items: await cluster.list(kind, null), unreadable: [] };
  } catch (error) {
    if (isClusterError(error, 'notFound')) return { items: [], unreadable: [] };
    if (isClusterError(error, 'forbidden')) return { items: [], unreadable: ['*'] };
    throw error;
  }
}
