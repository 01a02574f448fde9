import { entriesAnew } from '@/lib/domain/entries-anew';
import { mayInterrupt } from '@/lib/domain/state';
import { putsIn } from '@/lib/domain/steps';
import { sameJson } from '@/lib/domain/structure';
import type { TaskRecord, TaskVerb } from '@/lib/domain/task';
import type { z } from 'zod/mini';
import type { BasisEntry } from '@/lib/contract/task';
import { ApiError } from '@/lib/server/http/api-error';
import { actorOf } from './actor';
import { isoNow, type TaskContext } from './context';
import { isSameOperation, startOperation } from './operations/start-operation';
import { assertBasis } from './planning/basis';
import { routesToday } from './planning/routes-today';
import { getTaskRecord, readRecord } from './record-store';
import { planVerb, type VerbPlan, type VerbRequest } from './verb-plan';
import { viewTask, type TaskView } from './view/task-view';

export interface TaskName {
  namespace: string;
  name: string;
}

export type BasisInput = readonly z.infer<typeof BasisEntry>[];

/**
 * Starts a verb on a task that stands: in the record first, then step by step in the background. Resolves with the
 * task as soon as the record says so. Throws not_possible with the reason when its state or the user's permissions
 * do not allow it, operation_running while another one is under way, precondition_failed when what the plan was
 * made on has changed.
 */
export async function runVerb(
  context: TaskContext,
  task: TaskName,
  request: VerbRequest,
  basis?: BasisInput,
): Promise<TaskView> {
  const before = await currentRecord(context, task);
  const { derived } = await assertAllowed(context, before, request.verb);
  await assertBasis(context.cluster, basis);
  const interrupts = mayInterrupt(request.verb, before);
  const { record } = await startOperation(context, {
    ...task,
    by: await actorOf(context.cluster),
    verb: request.verb,
    interrupts,
    isDrifted: async (latest) => {
      // What it interrupts has been left by then, which is not what the verb was allowed on. Else another console may
      // have been faster, and done, or left something else.
      const isAsSeen = interrupts ? isSameOperation(latest.operation, before.operation) : sameJson(latest, before);
      const { state } = isAsSeen ? derived : (await assertAllowed(context, latest, request.verb)).derived;
      return state === 'Drifted';
    },
    plan: (latest) => requirePlan(context, latest, request),
  });
  return viewTask(context, record);
}

/** What a verb would make of the task, checked as if it were run. */
export async function planOf(
  context: TaskContext,
  task: TaskName,
  request: VerbRequest,
): Promise<VerbPlan & { uid: string }> {
  const stored = await readRecord(context.cluster, task.namespace, task.name);
  if (!stored) throw new ApiError('not_found', { kind: 'task', name: task.name });
  await assertAllowed(context, stored.record, request.verb);
  const plan = requirePlan(context, stored.record, request);
  const { spec } = plan.record;
  const routes = plan.steps.some(putsIn) ? await routesToday(context.cluster, spec) : null;
  const entries = routes ? entriesAnew(spec, routes) : spec.entries;
  return { ...plan, record: { ...plan.record, spec: { ...spec, entries } }, uid: stored.uid };
}

/** The live record, once it is sure that the user may see tasks there. */
async function currentRecord({ cluster }: TaskContext, { namespace, name }: TaskName): Promise<TaskRecord> {
  await getTaskRecord(cluster, namespace, name);
  const stored = await readRecord(cluster, namespace, name);
  if (!stored) throw new ApiError('not_found', { kind: 'task', name });
  return stored.record;
}

async function assertAllowed(
  context: TaskContext,
  record: TaskRecord,
  verb: Exclude<TaskVerb, 'create'>,
): Promise<TaskView> {
  const view = await viewTask(context, record);
  const action = view.actions.find((one) => one.verb === verb);
  if (!action || action.allowed) return view;
  const { reason } = action;
  if (reason?.code === 'action_operation_running' && record.operation) {
    throw new ApiError('operation_running', { verb: record.operation.verb, by: record.operation.startedBy });
  }
  if (reason?.code === 'missing_permission') {
    const { verb: access, resource, namespace } = reason.params;
    throw new ApiError('forbidden', { reason: `${access} ${resource} (${namespace})` });
  }
  const detail = reason ? [{ path: '', code: `reason.${reason.code}`, params: reason.params }] : [];
  throw new ApiError('not_possible', { verb }, detail);
}

function requirePlan({ clock }: TaskContext, record: TaskRecord, request: VerbRequest): VerbPlan {
  const plan = planVerb(record, request, isoNow(clock));
  if (!plan) throw new ApiError('not_possible', { verb: request.verb });
  return plan;
}
