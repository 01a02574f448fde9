import type { MessageRef } from '@/lib/domain/message';
import { rivalOf } from '@/lib/domain/rivals';
import type { TaskSpec } from '@/lib/domain/task';
import type { Cluster } from '@/lib/server/cluster/cluster';
import { readRecords } from '../record-store';
import { StepFailure } from './step-failure';

/**
 * A task with which this one cannot stand; null when it is alone. By a live read: of two tasks created at once, the
 * one that looks after its own record is stored sees the other, or is seen by it.
 */
export async function findRival(cluster: Cluster, spec: TaskSpec): Promise<TaskSpec | null> {
  // A service is mirrored from its own namespace, and only what pins or adds to its rules can have a rival.
  if (spec.subsets === null && spec.virtualService === null) return null;
  const records = await readRecords(cluster, spec.namespace);
  return rivalOf(
    spec,
    records.map(({ record }) => record.spec),
  );
}

/** Fails the step while such a task stands: nothing of this one has been written yet. */
export async function assertNoRival(cluster: Cluster, spec: TaskSpec): Promise<void> {
  const rival = await findRival(cluster, spec);
  if (rival) throw new StepFailure(rivalReason(spec, rival));
}

/** Why a task must give way. */
export function rivalReason({ service, namespace }: TaskSpec, rival: TaskSpec): MessageRef {
  return { code: 'task_rival', params: { namespace, service: service.name, task: rival.name } };
}
