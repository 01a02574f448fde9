import { deploymentOf, waysToMirror, type LiveObjects } from './drift.ts';
import type { Deployment } from './kubernetes.ts';
import { isOurs } from './ownership.ts';
import { isCleanedUp } from './record.ts';
import { subsetSelects } from './selectors.ts';
import type { TaskRecord, TaskSpec, TaskTarget } from './task.ts';
import { templateLabels } from './workloads.ts';

/** What stands of a task, with the workloads that answer the service's clients beside it. */
export interface StandingTask extends LiveObjects {
  /** Deployments behind the service that are no task's. */
  behind: readonly Deployment[];
}

/**
 * Whether live requests would reach the pods of a task's workload: by no way (`none`) · by ways on all of which a
 * ready live version answers as well (`shared`) · by some way on which nothing else answers (`alone`): without the
 * mirror's pods its requests fail · `unknown` where what may keep them away cannot be read.
 */
export type Exposure = 'none' | 'shared' | 'alone' | 'unknown';

/** How far clients are kept from a mirror, by the objects as they stand; `deployment`: its workload, if it has one. */
export function exposureOf(
  spec: Pick<TaskSpec, 'service' | 'namespace'>,
  deployment: Deployment | null,
  live: StandingTask,
): Exposure {
  const kindsThatShield = ['VirtualService', 'DestinationRule', 'Service'];
  if (live.unreadable?.some((kind) => kindsThatShield.includes(kind))) return 'unknown';
  const ways = waysToMirror(spec, deployment, live);
  if (ways.length === 0) return 'none';
  const answering = live.behind.filter(isAnswering).map(templateLabels);
  return ways.every(({ labels }) => answering.some((pods) => subsetSelects(labels, pods))) ? 'shared' : 'alone';
}

/**
 * A target's new version, where it has to be scaled to none at once: live requests would reach its pods, because a pin
 * or a subset was lost. Null where nothing leads there, where the workload is not the task's own, or where it is
 * scaled to none already; also where it alone answers on some way: whoever made that sends clients there on purpose.
 * Of a task that has ended the workload that was kept is its owner's.
 */
export function workloadToStop(record: TaskRecord, target: TaskTarget, live: StandingTask): Deployment | null {
  const { spec, desired, operation } = record;
  const deployment = deploymentOf(target, live);
  if (isCleanedUp(record) || (desired === 'finished' && operation === null)) return null;
  if (!target.deployment || !deployment || deployment.spec.replicas === 0) return null;
  if (!isOurs(deployment, spec) || deployment.metadata.deletionTimestamp) return null;
  return exposureOf(spec, deployment, live) === 'shared' ? deployment : null;
}

/** Its status may still tell of pods that are on their way out: what is wanted of it counts, too. */
function isAnswering({ metadata, spec, status }: Deployment): boolean {
  return !metadata.deletionTimestamp && (spec.replicas ?? 1) > 0 && (status?.readyReplicas ?? 0) > 0;
}
