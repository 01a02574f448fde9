/** Deployments: one ReplicaSet per template, rolled from the old to the new. */
import type { KubeObject } from '../../core/objects.ts';
import { deepEqual } from '../json.ts';
import { resourceOfKind } from '../resources.ts';
import { deleteObject } from '../deletion.ts';
import {
  controlledBy,
  controllerOf,
  createObject,
  groupOf,
  keyOf,
  ownerReference,
  splitKey,
  WorkQueue,
  writeObject,
  writeStatus,
  type Controller,
  type ControllerContext,
} from './controller.ts';
import { deploymentStatus } from './deployment-status.ts';
import { recordEvent } from './events.ts';
import { templateHash, templateHashLabel, withoutHash, type PodTemplate } from './pod-template.ts';

const manager = 'kube-controller-manager';
const component = 'deployment-controller';
const revisionAnnotation = 'deployment.kubernetes.io/revision';
const desiredAnnotation = 'deployment.kubernetes.io/desired-replicas';
const maxAnnotation = 'deployment.kubernetes.io/max-replicas';
// Not handed down to ReplicaSets, as in the real controller.
const ownAnnotations = new Set([
  'kubectl.kubernetes.io/last-applied-configuration',
  revisionAnnotation,
  desiredAnnotation,
  maxAnnotation,
  'deployment.kubernetes.io/revision-history',
  'deprecated.deployment.rollback.to',
]);

export function startDeploymentController(context: ControllerContext): Controller {
  const queue = new WorkQueue(context.clock, (key) => reconcile(context, key, queue));
  const unsubscribe = context.store.subscribe(({ object }) => {
    if (groupOf(object) !== 'apps') return;
    if (object.kind === 'Deployment') queue.add(keyOf(object));
    else if (object.kind === 'ReplicaSet') {
      const owner = controllerOf(object);
      if (owner?.kind === 'Deployment') queue.add(`${object.metadata.namespace}/${owner.name}`);
    }
  });
  return {
    stop() {
      unsubscribe();
      queue.stop();
    },
  };
}

function reconcile(context: ControllerContext, key: string, queue: WorkQueue): void {
  const { namespace, name } = splitKey(key);
  const read = () => context.store.get('apps', 'Deployment', namespace, name);
  const deployment = read();
  if (!deployment) return;
  if (!deployment.metadata.deletionTimestamp) roll(context, deployment);
  const current = read();
  if (!current) return;
  const replicaSets = controlledBy(current, 'apps', 'ReplicaSet', context.store);
  const status = deploymentStatus(current, replicaSets, newReplicaSet(current, replicaSets), context.clock.now());
  writeStatus(context, current, status.status, manager);
  // Without any further event the deadline must still be noticed.
  if (status.checkAgainMs !== undefined) queue.add(key, status.checkAgainMs);
}

/** The ReplicaSet of the present template. */
function newReplicaSet(deployment: KubeObject, replicaSets: readonly KubeObject[]): KubeObject | undefined {
  const template: PodTemplate = withoutHash(deployment['spec'].template);
  return replicaSets.find((replicaSet) => deepEqual(withoutHash(replicaSet['spec'].template), template));
}

function revisionOf(object: KubeObject): number {
  return Number(object.metadata.annotations?.[revisionAnnotation] ?? 0);
}

/** "25%" of `total`, or the number itself. */
function share(value: number | string | undefined, total: number, round: (n: number) => number): number {
  if (typeof value === 'string' && value.endsWith('%')) return round((Number.parseFloat(value) / 100) * total);
  return Number(value ?? 0);
}

function surgeOf(deployment: KubeObject): number {
  const { replicas, strategy } = deployment['spec'];
  return share(strategy?.rollingUpdate?.maxSurge, replicas, Math.ceil);
}

function unavailableLimit(deployment: KubeObject): number {
  const { replicas, strategy } = deployment['spec'];
  const limit = share(strategy?.rollingUpdate?.maxUnavailable, replicas, Math.floor);
  // Both zero would stop every rollout.
  return limit === 0 && surgeOf(deployment) === 0 ? 1 : Math.min(limit, replicas);
}

function roll(context: ControllerContext, deployment: KubeObject): void {
  const replicaSets = controlledBy(deployment, 'apps', 'ReplicaSet', context.store);
  const existing = newReplicaSet(deployment, replicaSets);
  const isPaused = deployment['spec'].paused === true;
  if (!existing && isPaused) return;
  const current = existing
    ? keepNewest(context, deployment, existing, replicaSets)
    : createReplicaSet(context, deployment, replicaSets);
  const old = replicaSets.filter((replicaSet) => replicaSet.metadata.uid !== current.metadata.uid);
  setRevision(context, deployment, revisionOf(current));
  if (deployment['spec'].strategy?.type === 'Recreate') recreate(context, deployment, current, old);
  else rollOver(context, deployment, current, old);
  forgetOld(context, deployment, old);
}

function inheritedAnnotations(deployment: KubeObject): Record<string, string> {
  return Object.fromEntries(
    Object.entries(deployment.metadata.annotations ?? {}).filter(([key]) => !ownAnnotations.has(key)),
  );
}

function sizeAnnotations(deployment: KubeObject): Record<string, string> {
  const { replicas } = deployment['spec'];
  return { [desiredAnnotation]: String(replicas), [maxAnnotation]: String(replicas + surgeOf(deployment)) };
}

function createReplicaSet(
  context: ControllerContext,
  deployment: KubeObject,
  replicaSets: readonly KubeObject[],
): KubeObject {
  const { template, selector, replicas } = deployment['spec'];
  const hash = templateHash(template);
  const revision = Math.max(0, ...replicaSets.map(revisionOf)) + 1;
  const isFirst = !replicaSets.some((replicaSet) => replicaSet['spec'].replicas > 0);
  const initial = isFirst ? replicas : 0;
  const labels = { ...template.metadata?.labels, [templateHashLabel]: hash };
  const created = createObject(
    context,
    {
      apiVersion: 'apps/v1',
      kind: 'ReplicaSet',
      metadata: {
        name: `${deployment.metadata.name}-${hash}`,
        ...(deployment.metadata.namespace ? { namespace: deployment.metadata.namespace } : {}),
        labels,
        annotations: {
          ...inheritedAnnotations(deployment),
          ...sizeAnnotations(deployment),
          [revisionAnnotation]: String(revision),
        },
        ownerReferences: [ownerReference(deployment)],
      },
      spec: {
        replicas: initial,
        selector: { ...selector, matchLabels: { ...selector.matchLabels, [templateHashLabel]: hash } },
        template: { ...template, metadata: { ...template.metadata, labels } },
      },
    },
    manager,
  );
  if (initial > 0) announceScale(context, deployment, created, 0, initial);
  return created;
}

/** A template that comes back takes the highest revision again (a rollback). */
function keepNewest(
  context: ControllerContext,
  deployment: KubeObject,
  current: KubeObject,
  replicaSets: readonly KubeObject[],
): KubeObject {
  const others = replicaSets.filter((replicaSet) => replicaSet !== current).map(revisionOf);
  const revision = Math.max(
    revisionOf(current),
    0,
    ...others.map((other) => (other >= revisionOf(current) ? other + 1 : 0)),
  );
  const annotations = {
    ...current.metadata.annotations,
    ...inheritedAnnotations(deployment),
    ...sizeAnnotations(deployment),
    [revisionAnnotation]: String(revision),
  };
  return deepEqual(annotations, current.metadata.annotations)
    ? current
    : writeObject(context, { ...current, metadata: { ...current.metadata, annotations } }, manager);
}

function setRevision(context: ControllerContext, deployment: KubeObject, revision: number): void {
  if (revisionOf(deployment) === revision) return;
  const annotations = { ...deployment.metadata.annotations, [revisionAnnotation]: String(revision) };
  writeObject(context, { ...deployment, metadata: { ...deployment.metadata, annotations } }, manager);
}

function scale(context: ControllerContext, deployment: KubeObject, replicaSet: KubeObject, replicas: number): void {
  const from: number = replicaSet['spec'].replicas;
  if (from === replicas) return;
  writeObject(context, { ...replicaSet, spec: { ...replicaSet['spec'], replicas } }, manager);
  announceScale(context, deployment, replicaSet, from, replicas);
}

function announceScale(
  context: ControllerContext,
  deployment: KubeObject,
  replicaSet: KubeObject,
  from: number,
  to: number,
): void {
  const direction = to > from ? 'up' : 'down';
  recordEvent(context, deployment, {
    reason: 'ScalingReplicaSet',
    message: `Scaled ${direction} replica set ${replicaSet.metadata.name} from ${from} to ${to}`,
    component,
  });
}

const replicasOf = (replicaSet: KubeObject): number => replicaSet['spec'].replicas;
const availableOf = (replicaSet: KubeObject): number => replicaSet['status']?.availableReplicas ?? 0;
const sum = (numbers: readonly number[]): number => numbers.reduce((total, n) => total + n, 0);

function recreate(
  context: ControllerContext,
  deployment: KubeObject,
  current: KubeObject,
  old: readonly KubeObject[],
): void {
  for (const replicaSet of old) scale(context, deployment, replicaSet, 0);
  const isEmpty = old.every((replicaSet) => (replicaSet['status']?.replicas ?? 0) === 0);
  if (isEmpty) scale(context, deployment, current, deployment['spec'].replicas);
}

function rollOver(
  context: ControllerContext,
  deployment: KubeObject,
  current: KubeObject,
  old: readonly KubeObject[],
): void {
  const desired: number = deployment['spec'].replicas;
  const total = replicasOf(current) + sum(old.map(replicasOf));
  if (old.every((replicaSet) => replicasOf(replicaSet) === 0) || replicasOf(current) > desired) {
    scale(context, deployment, current, desired);
  } else {
    const room = desired + surgeOf(deployment) - total;
    if (room > 0) scale(context, deployment, current, Math.min(desired, replicasOf(current) + room));
  }
  // Old pods go as far as enough pods stay available; pods that never became available go first.
  const minimum = desired - unavailableLimit(deployment);
  const available = sum([current, ...old].map(availableOf));
  const newUnavailable = replicasOf(current) - availableOf(current);
  let budget = total - minimum - newUnavailable;
  let healthyBudget = available - minimum;
  for (const replicaSet of old.toSorted((a, b) => revisionOf(a) - revisionOf(b))) {
    const unhealthy = replicasOf(replicaSet) - availableOf(replicaSet);
    const healthyGone = Math.max(0, Math.min(healthyBudget, availableOf(replicaSet)));
    const gone = Math.max(0, Math.min(budget, unhealthy + healthyGone));
    if (gone === 0) continue;
    budget -= gone;
    healthyBudget -= Math.max(0, gone - unhealthy);
    scale(context, deployment, replicaSet, replicasOf(replicaSet) - gone);
  }
}

function forgetOld(context: ControllerContext, deployment: KubeObject, old: readonly KubeObject[]): void {
  const limit: number = deployment['spec'].revisionHistoryLimit;
  const empty = old
    .filter((replicaSet) => replicasOf(replicaSet) === 0 && (replicaSet['status']?.replicas ?? 0) === 0)
    .toSorted((a, b) => revisionOf(b) - revisionOf(a));
  for (const replicaSet of empty.slice(limit)) {
    deleteObject(
      context.registry,
      resourceOfKind('apps', 'ReplicaSet'),
      replicaSet.metadata.namespace,
      replicaSet.metadata.name,
      {},
    );
  }
}
