import type { MessageRef } from '@/lib/domain/message';
import { isCleanedUp } from '@/lib/domain/record';
import { isRetargeting } from '@/lib/domain/retarget';
import { patchedByBoth, rivalOf } from '@/lib/domain/rivals';
import type { TaskSpec } from '@/lib/domain/task';
import type { Cluster } from '@/lib/server/cluster/cluster';
import { isClusterError } from '@/lib/server/cluster/cluster-error';
import { mapBounded } from '@/lib/server/map-bounded';
import { readRecords, type StoredRecord } from '../record-store';
import { StepFailure } from './step-failure';

/** Namespaces that are looked at at the same time. */
const readAtOnce = 8;

/**
 * Why this task cannot stand: another one that would share what it edits, or a record that cannot be read and may be of
 * such a task; null when it can. By a live read: of two tasks created at once, the one that looks after its own record
 * is stored sees the other, or is seen by it.
 */
export async function findObstacle(cluster: Cluster, spec: TaskSpec): Promise<MessageRef | null> {
  const { records, problems } = await readRecords(cluster, spec.namespace);
  const rival = rivalOf(spec, [...standingOf(records), ...(await patchedElsewhere(cluster, spec))]);
  return rival ? rivalReason(spec, rival) : (problems[0] ?? null);
}

function standingOf(records: readonly StoredRecord[]): TaskSpec[] {
  return records.flatMap(({ record }) => (isCleanedUp(record) ? [] : record.spec));
}

/**
 * Tasks of other namespaces that wait for patches, where this one does: an owner's VirtualService may route to services
 * of several. A record that cannot be read there is most likely of another service, and keeps no task from being made.
 */
async function patchedElsewhere(cluster: Cluster, spec: TaskSpec): Promise<TaskSpec[]> {
  if (spec.delivery !== 'patch') return [];
  const others = (await cluster.namespaces()).filter(({ name }) => name !== spec.namespace);
  const found = await mapBounded(others, readAtOnce, async ({ name }) => {
    try {
      return (await cluster.isVisible(name)) ? (await readRecords(cluster, name)).records : [];
    } catch (error) {
      // It was closed to the user meanwhile.
      if (isClusterError(error, 'forbidden', 'notFound')) return [];
      throw error;
    }
  });
  return standingOf(found.flat()).filter(({ delivery }) => delivery === 'patch');
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
  const task = rival.namespace === namespace ? rival.name : `${rival.namespace}/${rival.name}`;
  if (patched) return { code: 'task_rival_patch', params: { ...patched, task } };
  // Of a task that stands only its added targets are in question.
  const code = isRetargeting(spec) ? 'task_rival_target' : 'task_rival';
  return { code, params: { namespace, service: service.name, task: rival.name } };
}
