/** The scale subresource: `autoscaling/v1` Scale of a workload. */
import type { KubeObject } from '../core/objects.ts';
import { clone, isObject } from './json.ts';
import type { Registry, WriteOptions } from './registry.ts';
import type { Resource } from './resources.ts';
import { formatLabelSelector } from './selectors.ts';
import { badRequest, conflict, invalid, invalidValue, modifiedMeanwhile } from './status.ts';

/** A workload as a Scale. */
export function toScale(workload: KubeObject): KubeObject {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = workload.metadata;
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: {
      name,
      ...(namespace ? { namespace } : {}),
      ...(uid ? { uid } : {}),
      ...(resourceVersion ? { resourceVersion } : {}),
      ...(creationTimestamp ? { creationTimestamp } : {}),
    },
    // A zero is left out, as Go leaves it out.
    spec: workload['spec']?.replicas ? { replicas: workload['spec'].replicas } : {},
    status: { replicas: workload['status']?.replicas ?? 0, selector: formatLabelSelector(workload['spec']?.selector) },
  };
}

/** Sets `spec.replicas` from a Scale; its resourceVersion, where given, must be the current one. */
export function updateScale(
  registry: Registry,
  resource: Resource,
  namespace: string | undefined,
  name: string,
  body: unknown,
  options: WriteOptions,
): KubeObject {
  const workload = registry.read(resource, namespace, name);
  if (!isObject(body)) throw badRequest('Scale in version "v1" cannot be handled as a Scale');
  const spec = isObject(body['spec']) ? body['spec'] : {};
  const metadata = isObject(body['metadata']) ? body['metadata'] : {};
  const replicas = spec['replicas'] ?? 0;
  if (!Number.isInteger(replicas) || Number(replicas) < 0) {
    throw invalid('autoscaling', 'Scale', name, [
      invalidValue('spec.replicas', replicas, 'must be greater than or equal to 0'),
    ]);
  }
  const requested = metadata['resourceVersion'];
  if (requested && requested !== workload.metadata.resourceVersion) throw conflict(resource, name, modifiedMeanwhile);
  const next = clone(workload);
  next['spec'].replicas = replicas;
  return toScale(registry.update(resource, resource.storageVersion, namespace, name, next, options));
}

/** Applies a patch to the Scale of a workload. */
export function patchScale(
  registry: Registry,
  resource: Resource,
  namespace: string | undefined,
  name: string,
  change: (scale: KubeObject) => unknown,
  options: WriteOptions,
): KubeObject {
  const scale = toScale(registry.read(resource, namespace, name));
  return updateScale(registry, resource, namespace, name, change(clone(scale)), options);
}
