import type { z } from 'zod/mini';
import type { BasisEntry } from '@/lib/contract/task';
import type { KubeObject } from '@/lib/domain/kubernetes';
import type { Cluster } from '@/lib/server/cluster/cluster';
import { isKind } from '@/lib/server/cluster/kinds';
import { ApiError } from '@/lib/server/http/api-error';

type Basis = readonly z.infer<typeof BasisEntry>[];

/** What a plan was made on: identity and version of each object that it read and that decides its changes. */
export function basisOf(objects: readonly KubeObject[]): z.infer<typeof BasisEntry>[] {
  return objects.flatMap(({ apiVersion, kind, metadata }) => {
    const { namespace = '', name, uid, resourceVersion } = metadata;
    return uid && resourceVersion ? [{ apiVersion, kind, namespace, name, uid, resourceVersion }] : [];
  });
}

/** Throws precondition_failed, with their names, when objects of the basis have changed, gone or been replaced since. */
export async function assertBasis(cluster: Cluster, basis: Basis | undefined): Promise<void> {
  const changed = await Promise.all(
    (basis ?? []).map(async ({ kind, namespace, name, uid, resourceVersion }) => {
      const live = isKind(kind) ? await cluster.get(kind, namespace, name) : null;
      const isSame = live?.metadata.uid === uid && live.metadata.resourceVersion === resourceVersion;
      return isSame ? [] : [`${kind} ${namespace}/${name}`];
    }),
  );
  const names = changed.flat();
  if (names.length > 0) throw new ApiError('precondition_failed', { object: names.join(', ') });
}
