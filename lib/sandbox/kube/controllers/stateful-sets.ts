/** StatefulSets: Pods with ordinal names, one after the other. */
import type { KubeObject } from '../../core/objects.ts';
import { deleteObject } from '../deletion.ts';
import { resourceOfKind } from '../resources.ts';
import {
  controlledBy,
  controllerOf,
  createObject,
  groupOf,
  keyOf,
  splitKey,
  WorkQueue,
  writeStatus,
  type Controller,
  type ControllerContext,
} from './controller.ts';
import { recordEvent } from './events.ts';
import { isReady, podFromTemplate, templateHash } from './pod-template.ts';

const manager = 'kube-controller-manager';
const component = 'statefulset-controller';
const revisionLabel = 'controller-revision-hash';

export function startStatefulSetController(context: ControllerContext): Controller {
  const queue = new WorkQueue(context.clock, (key) => reconcile(context, key));
  const unsubscribe = context.store.subscribe(({ object }) => {
    const owner = object.kind === 'Pod' ? controllerOf(object) : undefined;
    if (object.kind === 'StatefulSet' && groupOf(object) === 'apps') queue.add(keyOf(object));
    else if (owner?.kind === 'StatefulSet') queue.add(`${object.metadata.namespace}/${owner.name}`);
  });
  return {
    stop() {
      unsubscribe();
      queue.stop();
    },
  };
}

const ordinal = (pod: KubeObject): number => Number(/-(\d+)$/.exec(pod.metadata.name)?.[1] ?? 0);

function reconcile(context: ControllerContext, key: string): void {
  const { namespace, name } = splitKey(key);
  const set = context.store.get('apps', 'StatefulSet', namespace, name);
  if (!set) return;
  const revision = `${name}-${templateHash(set['spec'].template)}`;
  const pods = controlledBy(set, '', 'Pod', context.store).toSorted((a, b) => ordinal(a) - ordinal(b));
  if (!set.metadata.deletionTimestamp) step(context, set, pods, revision);
  const present = controlledBy(set, '', 'Pod', context.store);
  const ready = present.filter(isReady).length;
  const status = {
    observedGeneration: set.metadata.generation,
    replicas: present.length,
    readyReplicas: ready,
    availableReplicas: ready,
    currentReplicas: present.length,
    updatedReplicas: present.filter((pod) => pod.metadata.labels?.[revisionLabel] === revision).length,
    currentRevision: revision,
    updateRevision: revision,
    collisionCount: 0,
  };
  writeStatus(context, set, status, manager);
}

/** One move: wait for the Pod in progress, make the next, or remove the last or an outdated one. */
function step(context: ControllerContext, set: KubeObject, pods: readonly KubeObject[], revision: string): void {
  const desired: number = set['spec'].replicas;
  if (pods.some((pod) => pod.metadata.deletionTimestamp)) return;
  const last = pods.at(-1);
  if (last && ordinal(last) >= desired) {
    removePod(context, set, last);
    return;
  }
  if (pods.some((pod) => !isReady(pod)) && set['spec'].podManagementPolicy !== 'Parallel') return;
  const taken = new Set(pods.map(ordinal));
  const next = Array.from({ length: desired }, (_, index) => index).find((index) => !taken.has(index));
  if (next !== undefined) {
    const name = `${set.metadata.name}-${next}`;
    const pod = podFromTemplate(set, set['spec'].template, name);
    Object.assign((pod.metadata.labels ??= {}), {
      [revisionLabel]: revision,
      'statefulset.kubernetes.io/pod-name': name,
      'apps.kubernetes.io/pod-index': String(next),
    });
    createObject(context, pod, manager);
    recordEvent(context, set, {
      reason: 'SuccessfulCreate',
      message: `create Pod ${name} in StatefulSet ${set.metadata.name} successful`,
      component,
    });
    return;
  }
  const outdated = pods.findLast((pod) => pod.metadata.labels?.[revisionLabel] !== revision);
  if (outdated) removePod(context, set, outdated);
}

function removePod(context: ControllerContext, set: KubeObject, pod: KubeObject): void {
  deleteObject(context.registry, resourceOfKind('', 'Pod'), pod.metadata.namespace, pod.metadata.name, {});
  recordEvent(context, set, {
    reason: 'SuccessfulDelete',
    message: `delete Pod ${pod.metadata.name} in StatefulSet ${set.metadata.name} successful`,
    component,
  });
}
