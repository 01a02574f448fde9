import { waysToMirror, type LiveObjects } from './drift.ts';
import type { Deployment } from './kubernetes.ts';
import { isOurs } from './ownership.ts';
import { isCleanedUp } from './record.ts';
import { subsetSelects } from './selectors.ts';
import type { TaskRecord } from './task.ts';
import { templateLabels } from './workloads.ts';

/** What stands of a task, with the live workloads beside it. */
export interface StandingTask extends LiveObjects {
  primary: readonly Deployment[];
}

/**
 * The task's new version, where it has to be scaled to none at once: live requests would reach its pods, because a pin
 * or a subset was lost. Null where nothing leads there, where the workload is not the task's own, or where it is
 * scaled to none already.
 *
 * Also null when some way leads to the mirror and to no ready pod of a live version: whoever made that route sends
 * clients there on purpose, and without the mirror's pods their requests would fail.
 */
export function workloadToStop(record: TaskRecord, live: StandingTask): Deployment | null {
  const { spec } = record;
  const { deployment, primary } = live;
  if (isCleanedUp(record) || !spec.deployment || !deployment || deployment.spec.replicas === 0) return null;
  // What cannot be read proves nothing: a pin may stand in it.
  if (live.unreadable?.some((kind) => kind === 'VirtualService' || kind === 'Service')) return null;
  if (!isOurs(deployment, spec) || deployment.metadata.deletionTimestamp) return null;
  const ready = primary.filter(({ status }) => (status?.readyReplicas ?? 0) > 0).map(templateLabels);
  const ways = waysToMirror(spec, live);
  const isSpared = ways.every(({ labels }) => ready.some((pods) => subsetSelects(labels, pods)));
  return ways.length > 0 && isSpared ? deployment : null;
}
