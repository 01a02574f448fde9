/** The status of a Deployment: counts and the conditions Available, Progressing, ReplicaFailure. */
import type { KubeObject } from '../../core/objects.ts';
import { toTime } from '../registry.ts';
import { withCondition, type Condition } from './controller.ts';

export interface DeploymentStatus {
  status: object;
  /** When the progress deadline will have passed, if nothing else happens. */
  checkAgainMs: number | undefined;
}

const sum = (objects: readonly KubeObject[], field: string): number =>
  objects.reduce((total, object) => total + (object['status']?.[field] ?? 0), 0);

/** Computes the status from the ReplicaSets' own. */
export function deploymentStatus(
  deployment: KubeObject,
  replicaSets: readonly KubeObject[],
  current: KubeObject | undefined,
  nowMs: number,
): DeploymentStatus {
  const { replicas: desired, strategy, progressDeadlineSeconds } = deployment['spec'];
  const total = sum(replicaSets, 'replicas');
  const ready = sum(replicaSets, 'readyReplicas');
  const available = sum(replicaSets, 'availableReplicas');
  const updated: number = current?.['status']?.replicas ?? 0;
  const unavailable = Math.max(0, Math.max(total, desired) - available);
  const before = deployment['status'] ?? {};
  const counts = {
    ...(total > 0 ? { replicas: total } : {}),
    ...(updated > 0 ? { updatedReplicas: updated } : {}),
    ...(ready > 0 ? { readyReplicas: ready } : {}),
    ...(available > 0 ? { availableReplicas: available } : {}),
    ...(unavailable > 0 ? { unavailableReplicas: unavailable } : {}),
  };
  const maxUnavailable = toCount(strategy?.rollingUpdate?.maxUnavailable, desired);
  const isComplete = updated === desired && total === desired && available === desired;
  const hasProgressed = ['updatedReplicas', 'readyReplicas', 'availableReplicas'].some(
    (field) => ((counts as Record<string, number>)[field] ?? 0) > (before[field] ?? 0),
  );
  let conditions: Condition[] = before.conditions ?? [];
  conditions = withCondition(conditions, availability(available >= desired - maxUnavailable, nowMs), nowMs);
  const progress = progressing(deployment, current, isComplete, hasProgressed, conditions, nowMs);
  if (progress.condition) conditions = withProgress(conditions, progress.condition, hasProgressed, nowMs);
  conditions = withReplicaFailure(conditions, replicaSets, nowMs);
  return {
    status: { observedGeneration: deployment.metadata.generation, ...counts, conditions },
    checkAgainMs:
      !isComplete && progress.sinceMs !== undefined
        ? Math.max(1000, progressDeadlineSeconds * 1000 - progress.sinceMs + 1000)
        : undefined,
  };
}

/** Every step forward restarts the progress deadline, also when the reason stays the same. */
function withProgress(
  conditions: readonly Condition[],
  next: Condition,
  hasProgressed: boolean,
  nowMs: number,
): Condition[] {
  const current = conditions.find((condition) => condition.type === next.type);
  const isStep = hasProgressed || current?.message !== next.message;
  if (!isStep || current?.status !== next.status || current.reason !== next.reason) {
    return withCondition(conditions, next, nowMs);
  }
  return conditions.map((condition) => (condition === current ? { ...condition, ...next } : condition));
}

function toCount(value: number | string | undefined, desired: number): number {
  if (typeof value === 'string' && value.endsWith('%')) return Math.floor((Number.parseFloat(value) / 100) * desired);
  return Number(value ?? 0);
}

function availability(isAvailable: boolean, nowMs: number): Condition {
  return {
    type: 'Available',
    status: isAvailable ? 'True' : 'False',
    reason: isAvailable ? 'MinimumReplicasAvailable' : 'MinimumReplicasUnavailable',
    message: isAvailable ? 'Deployment has minimum availability.' : 'Deployment does not have minimum availability.',
    lastUpdateTime: toTime(nowMs),
  };
}

interface Progress {
  condition: Condition | undefined;
  /** Milliseconds since the last progress. */
  sinceMs: number | undefined;
}

function progressing(
  deployment: KubeObject,
  current: KubeObject | undefined,
  isComplete: boolean,
  hasProgressed: boolean,
  conditions: readonly Condition[],
  nowMs: number,
): Progress {
  const name = current?.metadata.name ?? '';
  const present = conditions.find((condition) => condition.type === 'Progressing');
  const say = (status: 'True' | 'False', reason: string, message: string): Condition => ({
    type: 'Progressing',
    status,
    reason,
    message,
    lastUpdateTime: toTime(nowMs),
  });
  if (!current) return { condition: undefined, sinceMs: undefined };
  if (isComplete) {
    return {
      condition: say('True', 'NewReplicaSetAvailable', `ReplicaSet "${name}" has successfully progressed.`),
      sinceMs: undefined,
    };
  }
  const lastMs = present?.lastUpdateTime ? Date.parse(present.lastUpdateTime) : nowMs;
  const isOther = !present?.message?.includes(`"${name}"`);
  if (isOther)
    return { condition: say('True', 'NewReplicaSetCreated', `Created new replica set "${name}"`), sinceMs: 0 };
  // A finished rollout that loses pods is not a rollout out of time.
  if (present?.reason === 'NewReplicaSetAvailable' && !hasProgressed)
    return { condition: undefined, sinceMs: undefined };
  if (hasProgressed) {
    const condition = say('True', 'ReplicaSetUpdated', `ReplicaSet "${name}" is progressing.`);
    return { condition, sinceMs: 0 };
  }
  const sinceMs = nowMs - lastMs;
  if (sinceMs > deployment['spec'].progressDeadlineSeconds * 1000) {
    return {
      condition: say('False', 'ProgressDeadlineExceeded', `ReplicaSet "${name}" has timed out progressing.`),
      sinceMs: undefined,
    };
  }
  return { condition: undefined, sinceMs };
}

function withReplicaFailure(
  conditions: readonly Condition[],
  replicaSets: readonly KubeObject[],
  nowMs: number,
): Condition[] {
  const failures = replicaSets.flatMap((replicaSet): Condition[] => replicaSet['status']?.conditions ?? []);
  const failure = failures.find((condition) => condition.type === 'ReplicaFailure' && condition.status === 'True');
  if (!failure) return conditions.filter((condition) => condition.type !== 'ReplicaFailure');
  return withCondition(
    conditions,
    {
      type: 'ReplicaFailure',
      status: 'True',
      reason: failure.reason ?? '',
      message: failure.message ?? '',
      lastUpdateTime: toTime(nowMs),
    },
    nowMs,
  );
}
