import type { CreateTaskInput } from '@/lib/contract/create-task-input';
import type { TaskRecord } from '@/lib/domain/task';
import { isClusterError } from '@/lib/server/cluster/cluster-error';
import { ApiError } from '@/lib/server/http/api-error';
import { sameJson } from '@/lib/domain/structure';
import { assertNotStopping } from '@/lib/server/streams';
import { actorOf } from './actor';
import type { TaskContext } from './context';
import { drive } from './operations/driver';
import { newRecord } from './new-record';
import { findObstacle, obstacleError } from './operations/rival';
import { assertFeasible, planTask } from './plan-task';
import { assertBasis } from './planning/basis';
import { createRecord, deleteRecord, readRecord, type StoredRecord } from './record-store';
import { viewTask, type TaskView } from './view/task-view';

/**
 * Creates a task. Resolves as soon as its record is stored; the rest is done in the background, step by step.
 * Throws already_exists when the namespace has a task of that name, precondition_failed when what the form showed
 * has changed, plan_infeasible with the failing checks.
 */
export async function createTask(context: TaskContext, input: CreateTaskInput): Promise<TaskView> {
  const { cluster } = context;
  if (!(await cluster.isVisible(input.namespace))) {
    throw new ApiError('forbidden', { reason: `list configmaps (${input.namespace})` });
  }
  if (await readRecord(cluster, input.namespace, input.name)) throw alreadyExists(input.name);
  await assertBasis(cluster, input.basis);
  const plan = await planTask(context, input);
  assertFeasible(plan);
  if (!plan.spec) throw new ApiError('plan_infeasible', { failed: 0 });
  assertNotStopping();
  const stored = await store(context, newRecord(context, plan.spec, input, await actorOf(cluster)));
  await giveWay(context, stored);
  drive(context, stored, { isFromRecord: false });
  return viewTask(context, stored.record);
}

/** Plans made at the same time do not see each other's tasks, records do: before anything else is written. */
async function giveWay({ cluster }: TaskContext, stored: StoredRecord): Promise<void> {
  const { reason } = await findObstacle(cluster, stored.record.spec);
  if (!reason) return;
  await deleteRecord(cluster, stored);
  throw obstacleError(reason);
}

/** Stores the record; an answer that got lost is looked up, so that the operation of a stored record is driven. */
async function store({ cluster }: TaskContext, record: TaskRecord): Promise<StoredRecord> {
  try {
    return await createRecord(cluster, record);
  } catch (error) {
    if (!isClusterError(error)) throw error;
    const { namespace, name } = record.spec;
    const found = await readRecord(cluster, namespace, name).catch(() => null);
    if (found && sameJson(found.record, record)) return found;
    if (error.code === 'alreadyExists') throw alreadyExists(name);
    throw error;
  }
}

function alreadyExists(name: string): ApiError {
  return new ApiError('already_exists', { kind: 'task', name });
}
