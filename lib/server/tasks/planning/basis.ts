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

/** Throws precondition_failed when an object of the basis has changed, gone or been replaced since. */
export async function assertBasis(cluster: Cluster, basis: Basis | undefined): Promise<void> {
  for (const entry of basis ?? []) {
    const live = isKind(entry.kind) ? await cluster.get(entry.kind, entry.namespace, entry.name) : null;
    if (live?.metadata.uid !== entry.uid || live.metadata.resourceVersion !== entry.resourceVersion) {
      throw new ApiError('precondition_failed', { object: `${entry.kind} ${entry.namespace}/${entry.name}` });
    }
  }
}
