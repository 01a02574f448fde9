/** Deletion: preconditions, grace periods, finalizers and propagation policies. */
import type { KubeObject } from '../core/objects.ts';
import { isObject } from './json.ts';
import { toTime, type Registry } from './registry.ts';
import type { Resource } from './resources.ts';
import { badRequest, conflict, invalid, notSupported } from './status.ts';

export const foregroundFinalizer = 'foregroundDeletion';
export const orphanFinalizer = 'orphan';

export interface DeleteOptions {
  gracePeriodSeconds?: number | undefined;
  propagationPolicy?: 'Background' | 'Foreground' | 'Orphan' | undefined;
  preconditions?: { uid?: string; resourceVersion?: string } | undefined;
  dryRun?: boolean | undefined;
}

/** Reads DeleteOptions from a request's body and query. */
export function toDeleteOptions(body: unknown, query: URLSearchParams): DeleteOptions {
  const options = isObject(body) ? body : {};
  const policy = options['propagationPolicy'] ?? query.get('propagationPolicy') ?? undefined;
  if (policy !== undefined && !['Background', 'Foreground', 'Orphan'].includes(String(policy))) {
    throw invalid('meta.k8s.io', 'DeleteOptions', '', [
      notSupported('propagationPolicy', policy, ['Foreground', 'Background', 'Orphan', 'nil']),
    ]);
  }
  const grace = options['gracePeriodSeconds'] ?? query.get('gracePeriodSeconds') ?? undefined;
  const dryRun = options['dryRun'] ?? query.getAll('dryRun');
  if (Array.isArray(dryRun) && dryRun.some((value) => value !== 'All')) {
    throw invalid('meta.k8s.io', 'DeleteOptions', '', [notSupported('dryRun', dryRun, ['All'])]);
  }
  const orphans = options['orphanDependents'] === true || query.get('orphanDependents') === 'true';
  if (grace !== undefined && !Number.isInteger(Number(grace)))
    throw badRequest('gracePeriodSeconds must be an integer');
  return {
    gracePeriodSeconds: grace === undefined ? undefined : Number(grace),
    propagationPolicy: (policy as DeleteOptions['propagationPolicy']) ?? (orphans ? 'Orphan' : undefined),
    preconditions: isObject(options['preconditions']) ? options['preconditions'] : undefined,
    dryRun: Array.isArray(dryRun) && dryRun.includes('All'),
  };
}

function checkPreconditions(object: KubeObject, resource: Resource, options: DeleteOptions): void {
  const { uid, resourceVersion } = options.preconditions ?? {};
  const { metadata } = object;
  // The server names the kind here, where other conflicts name the resource.
  const about = { group: resource.group, plural: resource.kind };
  if (uid !== undefined && uid !== metadata.uid) {
    throw conflict(
      about,
      metadata.name,
      `the UID in the precondition (${uid}) does not match the UID in record (${metadata.uid}). The object might have been deleted and then recreated`,
    );
  }
  if (resourceVersion !== undefined && resourceVersion !== metadata.resourceVersion) {
    throw conflict(
      about,
      metadata.name,
      `the ResourceVersion in the precondition (${resourceVersion}) does not match the ResourceVersion in record (${metadata.resourceVersion}). The object might have been modified`,
    );
  }
}

function graceOf(object: KubeObject, options: DeleteOptions): number {
  if (object.kind !== 'Pod') return 0;
  return options.gracePeriodSeconds ?? object['spec']?.terminationGracePeriodSeconds ?? 30;
}

function finalizersAfter(object: KubeObject, options: DeleteOptions): string[] {
  const kept = (object.metadata.finalizers ?? []).filter(
    (name) => name !== foregroundFinalizer && name !== orphanFinalizer,
  );
  if (options.propagationPolicy === 'Foreground') return [...kept, foregroundFinalizer];
  if (options.propagationPolicy === 'Orphan') return [...kept, orphanFinalizer];
  return options.propagationPolicy === 'Background' ? kept : (object.metadata.finalizers ?? []);
}

export interface Deletion {
  object: KubeObject;
  /** False while finalizers or a grace period keep the object. */
  isGone: boolean;
}

/** Deletes an object, or marks it deleted when something has to happen first. */
export function deleteObject(
  registry: Registry,
  resource: Resource,
  namespace: string | undefined,
  name: string,
  options: DeleteOptions,
): Deletion {
  const object = registry.read(resource, namespace, name);
  checkPreconditions(object, resource, options);
  const finalizers = finalizersAfter(object, options);
  const grace = graceOf(object, options);
  const waits = finalizers.length > 0 || grace > 0 || object.kind === 'Namespace';
  if (!waits) {
    if (!options.dryRun) registry.store.remove(object);
    return { object, isGone: true };
  }
  if (object.metadata.deletionTimestamp && object.kind !== 'Pod') return { object, isGone: false };
  const { generation } = object.metadata;
  const metadata = {
    deletionTimestamp: toTime(registry.clock.now() + grace * 1000),
    ...(object.kind === 'Namespace' ? {} : { deletionGracePeriodSeconds: grace }),
    ...(finalizers.length > 0 ? { finalizers } : {}),
    ...(generation === undefined ? {} : { generation: generation + 1 }),
  };
  const marked: KubeObject = {
    ...object,
    metadata: { ...object.metadata, ...metadata },
    ...(object.kind === 'Namespace' ? { status: { ...object['status'], phase: 'Terminating' } } : {}),
  };
  if (options.dryRun) return { object: marked, isGone: false };
  return { object: registry.store.put(marked), isGone: false };
}
