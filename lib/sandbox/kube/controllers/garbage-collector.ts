/** Garbage collection by ownerReferences: background, foreground and orphan. */
import type { KubeObject } from '../../core/objects.ts';
import { deleteObject, foregroundFinalizer, orphanFinalizer } from '../deletion.ts';
import { resourceOfKind, splitApiVersion } from '../resources.ts';
import { groupOf, WorkQueue, type Controller, type ControllerContext } from './controller.ts';

// Dependents go a moment after their owner, not with it.
const collectDelayMs = 100;

export function startGarbageCollector(context: ControllerContext): Controller {
  const queue = new WorkQueue(context.clock, (uid) => collect(context, uid));
  const unsubscribe = context.store.subscribe(({ type, object }) => {
    const { uid = '', deletionTimestamp, ownerReferences = [], finalizers = [] } = object.metadata;
    if (type === 'DELETED') {
      for (const dependent of dependentsOf(context, uid)) queue.add(dependent.metadata.uid ?? '', collectDelayMs);
      // A foreground deletion waits for its last dependent.
      for (const owner of ownerReferences) queue.add(owner.uid);
      return;
    }
    if (ownerReferences.length > 0) queue.add(uid, collectDelayMs);
    const isWaiting = finalizers.includes(foregroundFinalizer) || finalizers.includes(orphanFinalizer);
    if (deletionTimestamp && isWaiting) queue.add(uid);
  });
  return {
    stop() {
      unsubscribe();
      queue.stop();
    },
  };
}

function dependentsOf({ store }: ControllerContext, uid: string): KubeObject[] {
  return store.all().filter((object) => object.metadata.ownerReferences?.some((owner) => owner.uid === uid));
}

function collect(context: ControllerContext, uid: string): void {
  const object = context.store.all().find((candidate) => candidate.metadata.uid === uid);
  if (!object) return;
  const { deletionTimestamp, finalizers = [] } = object.metadata;
  if (deletionTimestamp && finalizers.includes(orphanFinalizer)) orphanDependents(context, object);
  else if (deletionTimestamp && finalizers.includes(foregroundFinalizer)) deleteDependentsFirst(context, object);
  else if (!deletionTimestamp && isOrphaned(context, object)) remove(context, object, 'Background');
}

/** True when the object has owners and none of them exists (in its own namespace, or cluster-wide). */
function isOrphaned({ store }: ControllerContext, object: KubeObject): boolean {
  const owners = object.metadata.ownerReferences ?? [];
  if (owners.length === 0) return false;
  return owners.every((owner) => {
    const { group } = splitApiVersion(owner.apiVersion);
    const found =
      store.get(group, owner.kind, object.metadata.namespace, owner.name) ??
      store.get(group, owner.kind, undefined, owner.name);
    return found?.metadata.uid !== owner.uid;
  });
}

function remove(context: ControllerContext, object: KubeObject, propagationPolicy: 'Background' | 'Foreground'): void {
  const resource = resourceOfKind(groupOf(object), object.kind);
  const { namespace, name, uid } = object.metadata;
  deleteObject(context.registry, resource, namespace, name, { propagationPolicy, preconditions: uid ? { uid } : {} });
}

function withoutFinalizer(context: ControllerContext, object: KubeObject, finalizer: string): void {
  const finalizers = (object.metadata.finalizers ?? []).filter((name) => name !== finalizer);
  context.registry.mark(object, { finalizers });
}

function orphanDependents(context: ControllerContext, object: KubeObject): void {
  for (const dependent of dependentsOf(context, object.metadata.uid ?? '')) {
    const ownerReferences = (dependent.metadata.ownerReferences ?? []).filter(
      (owner) => owner.uid !== object.metadata.uid,
    );
    context.registry.mark(dependent, { ownerReferences });
  }
  withoutFinalizer(context, object, orphanFinalizer);
}

function deleteDependentsFirst(context: ControllerContext, object: KubeObject): void {
  const dependents = dependentsOf(context, object.metadata.uid ?? '');
  const blocking = dependents.filter((dependent) =>
    dependent.metadata.ownerReferences?.some((owner) => owner.uid === object.metadata.uid && owner.blockOwnerDeletion),
  );
  if (blocking.length === 0) {
    withoutFinalizer(context, object, foregroundFinalizer);
    return;
  }
  for (const dependent of dependents) {
    if (!dependent.metadata.deletionTimestamp) remove(context, dependent, 'Foreground');
  }
}
