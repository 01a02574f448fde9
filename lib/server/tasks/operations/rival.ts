import { listText } from '@/lib/domain/check';
import type { MessageRef } from '@/lib/domain/message';
import { isCleanedUp } from '@/lib/domain/record';
import { isRetargeting } from '@/lib/domain/retarget';
import { patchedByBoth, rivalOf } from '@/lib/domain/rivals';
import type { TaskSpec } from '@/lib/domain/task';
import type { Cluster } from '@/lib/server/cluster/cluster';
import { isClusterError } from '@/lib/server/cluster/cluster-error';
import { ApiError } from '@/lib/server/http/api-error';
import { log } from '@/lib/server/log';
import { mapBounded } from '@/lib/server/map-bounded';
import { readRecords, type StoredRecord } from '../record-store';
import { StepFailure } from './step-failure';

/** Namespaces that are looked at at the same time. */
const readAtOnce = 8;

/** What the look at other tasks found. */
export interface Obstacle {
  /** Why this task cannot stand; null: nothing that was seen is in its way. */
  reason: MessageRef | null;
  /** Which tasks could not be asked for; null: all that are to be were. */
  unread: MessageRef | null;
}

/**
 * Another task that would share what this one edits, or a record that cannot be read and may be of such a task. By a live
 * read: of two tasks created at once, the one that looks after its own record is stored sees the other, or is seen by
 * it. Throws ClusterError where that of the task's own namespace fails: two tasks on one service could take out each
 * other's pins, and lead clients to a mirror (guarantee 1).
 */
export async function findObstacle(cluster: Cluster, spec: TaskSpec): Promise<Obstacle> {
  const { records, problems } = await readRecords(cluster, spec.namespace);
  const elsewhere = await patchedElsewhere(cluster, spec);
  const rival = rivalOf(spec, [...standingOf(records), ...elsewhere.standing]);
  return {
    reason: rival ? rivalReason(spec, rival) : (problems[0] ?? null),
    unread:
      elsewhere.unread.length > 0
        ? { code: 'rivals_unread', params: { namespaces: listText(elsewhere.unread) } }
        : null,
  };
}

function standingOf(records: readonly StoredRecord[]): TaskSpec[] {
  return records.flatMap(({ record }) => (isCleanedUp(record) ? [] : record.spec));
}

/**
 * Tasks of other namespaces that wait for patches, where this one does: an owner's VirtualService may route to services
 * of several. A record that cannot be read there is most likely of another service, and keeps no task from being made.
 * Nor does a namespace that cannot be read, which is told: no guarantee stands on it. Of two patches of one object the
 * later is refused by its own tests, and neither task writes the object; the plan has looked at what was last seen there.
 */
async function patchedElsewhere(cluster: Cluster, spec: TaskSpec): Promise<{ standing: TaskSpec[]; unread: string[] }> {
  if (spec.delivery !== 'patch') return { standing: [], unread: [] };
  const others = (await cluster.namespaces()).filter(({ name }) => name !== spec.namespace);
  const unread: string[] = [];
  const found = await mapBounded(others, readAtOnce, async ({ name }) => {
    try {
      return (await cluster.isVisible(name)) ? (await readRecords(cluster, name)).records : [];
    } catch (error) {
      // It was closed to the user meanwhile.
      if (isClusterError(error, 'forbidden', 'notFound')) return [];
      if (!isClusterError(error)) throw error;
      log.warn({ err: error, namespace: name }, 'tasks that may wait for the same patch could not be read');
      unread.push(name);
      return [];
    }
  });
  return {
    standing: standingOf(found.flat()).filter(({ delivery }) => delivery === 'patch'),
    unread: unread.toSorted(),
  };
}

/** The answer to who asks for what cannot stand. */
export function obstacleError({ code, params }: MessageRef): ApiError {
  return new ApiError('plan_infeasible', { failed: 1 }, [{ path: '', code: `reason.${code}`, params }]);
}

/**
 * Fails the step while such a thing stands: nothing of this task has been written yet. Resolves with what could not be
 * looked at, null for nothing.
 */
export async function assertNoObstacle(cluster: Cluster, spec: TaskSpec): Promise<MessageRef | null> {
  const { reason, unread } = await findObstacle(cluster, spec);
  if (reason) throw new StepFailure(reason);
  return unread;
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
