import type { MessageRef } from '@/lib/domain/message';
import { isCleanedUp } from '@/lib/domain/record';
import { patchedByBoth, rivalOf } from '@/lib/domain/rivals';
import type { TaskSpec } from '@/lib/domain/task';
import type { Cluster } from '@/lib/server/cluster/cluster';
import { readRecords } from '../record-store';
import { StepFailure } from './step-failure';

/**
 * Why this task cannot stand: another one that would share what it edits, or a record that cannot be read and may be of
 * such a task; null when it can. By a live read: of two tasks created at once, the one that looks after its own record
 * is stored sees the other, or is seen by it.
 */
export async function findObstacle(cluster: Cluster, spec: TaskSpec): Promise<MessageRef | null> {
  const { records, problems } = await readRecords(cluster, spec.namespace);
  const standing = records.flatMap(({ record }) => (isCleanedUp(record) ? [] : record.spec));
  const rival = rivalOf(spec, standing);
  return rival ? rivalReason(spec, rival) : (problems[0] ?? null);
}

/** Fails the step while such a thing stands: nothing of this task has been written yet. */
export async function assertNoObstacle(cluster: Cluster, spec: TaskSpec): Promise<void> {
  const reason = await findObstacle(cluster, spec);
  if (reason) throw new StepFailure(reason);
}

/** Why a task must give way. */
function rivalReason(spec: TaskSpec, rival: TaskSpec): MessageRef {
  const { service, namespace } = spec;
  const patched = patchedByBoth(spec, rival);
  if (patched) return { code: 'task_rival_patch', params: { ...patched, task: rival.name } };
  return { code: 'task_rival', params: { namespace, service: service.name, task: rival.name } };
}
