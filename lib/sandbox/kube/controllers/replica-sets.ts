/** ReplicaSets keep their number of Pods. */
import type { KubeObject } from '../../core/objects.ts';
import { deleteObject } from '../deletion.ts';
import { resourceOfKind } from '../resources.ts';
import { ApiError } from '../status.ts';
import {
  controlledBy,
  controllerOf,
  createObject,
  groupOf,
  keyOf,
  splitKey,
  withCondition,
  WorkQueue,
  writeStatus,
  type Condition,
  type Controller,
  type ControllerContext,
} from './controller.ts';
import { recordEvent } from './events.ts';
import { isActive, isReady, podFromTemplate, randomSuffix } from './pod-template.ts';

const manager = 'kube-controller-manager';
const component = 'replicaset-controller';

export function startReplicaSetController(context: ControllerContext): Controller {
  const queue = new WorkQueue(context.clock, (key) => reconcile(context, key));
  const unsubscribe = context.store.subscribe(({ object }) => {
    if (object.kind === 'ReplicaSet' && groupOf(object) === 'apps') queue.add(keyOf(object));
    else if (object.kind === 'Pod') {
      const owner = controllerOf(object);
      if (owner?.kind === 'ReplicaSet') queue.add(`${object.metadata.namespace}/${owner.name}`);
    }
  });
  return {
    stop() {
      unsubscribe();
      queue.stop();
    },
  };
}

function reconcile(context: ControllerContext, key: string): void {
  const { namespace, name } = splitKey(key);
  const replicaSet = context.store.get('apps', 'ReplicaSet', namespace, name);
  if (!replicaSet) return;
  let failure: ApiError | undefined;
  if (!replicaSet.metadata.deletionTimestamp) {
    try {
      balance(context, replicaSet);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      failure = error;
    }
  }
  updateStatus(context, replicaSet, failure);
  if (failure) throw failure;
}

function activePods(context: ControllerContext, replicaSet: KubeObject): KubeObject[] {
  return controlledBy(replicaSet, '', 'Pod', context.store).filter(isActive);
}

function balance(context: ControllerContext, replicaSet: KubeObject): void {
  const pods = activePods(context, replicaSet);
  const desired: number = replicaSet['spec'].replicas;
  for (let missing = desired - pods.length; missing > 0; missing--) createPod(context, replicaSet);
  for (const pod of surplus(pods, pods.length - desired)) {
    const podResource = resourceOfKind('', 'Pod');
    deleteObject(context.registry, podResource, pod.metadata.namespace, pod.metadata.name, {});
    recordEvent(context, replicaSet, {
      reason: 'SuccessfulDelete',
      message: `Deleted pod: ${pod.metadata.name}`,
      component,
    });
  }
}

function createPod(context: ControllerContext, replicaSet: KubeObject): void {
  const name = `${replicaSet.metadata.name}-${randomSuffix(context.random)}`;
  try {
    createObject(context, podFromTemplate(replicaSet, replicaSet['spec'].template, name), manager);
  } catch (error) {
    if (error instanceof ApiError) {
      recordEvent(context, replicaSet, {
        type: 'Warning',
        reason: 'FailedCreate',
        message: `Error creating: ${error.message}`,
        component,
      });
    }
    throw error;
  }
  recordEvent(context, replicaSet, { reason: 'SuccessfulCreate', message: `Created pod: ${name}`, component });
}

/** The Pods to go first: not ready ones, then the youngest. */
function surplus(pods: readonly KubeObject[], count: number): KubeObject[] {
  if (count <= 0) return [];
  const age = (pod: KubeObject) => Number(pod.metadata.resourceVersion);
  return pods.toSorted((a, b) => Number(isReady(a)) - Number(isReady(b)) || age(b) - age(a)).slice(0, count);
}

function updateStatus(context: ControllerContext, stale: KubeObject, failure: ApiError | undefined): void {
  const replicaSet = context.store.get('apps', 'ReplicaSet', stale.metadata.namespace, stale.metadata.name);
  if (!replicaSet) return;
  const pods = activePods(context, replicaSet);
  const ready = pods.filter(isReady).length;
  const present: Condition[] = replicaSet['status']?.conditions ?? [];
  const conditions = failure
    ? withCondition(
        present,
        { type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message: failure.message },
        context.clock.now(),
      )
    : present.filter((condition) => condition.type !== 'ReplicaFailure');
  const status = {
    replicas: pods.length,
    ...(pods.length > 0 ? { fullyLabeledReplicas: pods.length } : {}),
    ...(ready > 0 ? { readyReplicas: ready, availableReplicas: ready } : {}),
    observedGeneration: replicaSet.metadata.generation,
    ...(conditions.length > 0 ? { conditions } : {}),
  };
  writeStatus(context, replicaSet, status, manager);
}
