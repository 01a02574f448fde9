import { mayCopy } from '@/lib/domain/may-copy';
import type { MessageRef } from '@/lib/domain/message';
import type { DerivedState } from '@/lib/domain/state';
import { isAwaited, stepsFor } from '@/lib/domain/steps';
import { stopsByOwnObjects } from '@/lib/domain/stop-command';
import type { Operation, TaskRecord, TaskSpec } from '@/lib/domain/task';
import { ApiError, toApiError } from '@/lib/server/http/api-error';
import { log } from '@/lib/server/log';
import { mapBounded } from '@/lib/server/map-bounded';
import { untoldCoverage } from '@/lib/server/metrics/coverage';
import type { TaskContext } from './context';
import { listRecordProblems, listRecords } from './record-store';
import { runVerb } from './run-verb';
import { listOrphans, seesEveryRecord } from './view/orphans';
import { taskStandings, viewStanding, type TaskStanding, type TaskView } from './view/task-view';

/** Verbs begun at the same time: each needs a few answers of the API server. */
const startedAtOnce = 8;

/** A task that copies requests, or would come to, and what stopping makes of it. */
export interface StoppedTask {
  namespace: string;
  name: string;
  service: string;
  /** `stopping`: what runs already ends with no copies. */
  outcome: 'accepted' | 'stopping' | 'refused';
  /** Why it was refused, or on whom it depends that the copies end; null otherwise. */
  reason: MessageRef | null;
  /** Shell command that stops the copies by hand. */
  stopCommand: string;
}

export interface StopAnswer {
  /** A task that is not among them copies nothing. */
  items: StoppedTask[];
  /** Records that cannot be read, and what tasks without one left: whether they copy is not known. */
  problems: MessageRef[];
}

/**
 * Pauses every task of a namespace, or (null) of every namespace that the user may see. Each as the verb alone would:
 * with its permissions and its lock. One that is refused keeps no other from being paused. Resolves when each was
 * accepted or refused; the operations go on in the background.
 */
export async function stopTasks(context: TaskContext, namespace: string | null): Promise<StopAnswer> {
  const unmeasured = withoutMeasuring(context);
  const { copying, problems } = await readCopying(unmeasured, namespace);
  return { items: await mapBounded(copying, startedAtOnce, (one) => stopTask(unmeasured, one)), problems };
}

/** What `stopTasks` would do now; writes nothing. */
export async function planStop(context: TaskContext, namespace: string | null): Promise<StopAnswer> {
  const { copying, problems } = await readCopying(withoutMeasuring(context), namespace);
  return { items: copying.map((view) => answer(view, judge(view))), problems };
}

/** Whether copies arrive does not matter to who stops them, and Prometheus may be what is in trouble. */
function withoutMeasuring(context: TaskContext): TaskContext {
  return {
    ...context,
    coverageOf: () => untoldCoverage({ code: 'metrics_not_asked', params: {} }),
    areArriving: async () => false,
  };
}

async function readCopying(context: TaskContext, namespace: string | null) {
  const { cluster } = context;
  if (namespace !== null && !(await cluster.isVisible(namespace))) {
    throw new ApiError('forbidden', { reason: `list configmaps (${namespace})` });
  }
  const records = await listRecords(cluster, namespace);
  const standings = await taskStandings(
    context,
    records.map(({ record }) => record),
  );
  const copying = standings.filter((standing) => !isStopped(standing)).toSorted(byName);
  return {
    copying: await Promise.all(copying.map((standing) => viewStanding(context, standing))),
    problems: [...(await listRecordProblems(cluster, namespace)), ...(await listLeftBehind(context, namespace))],
  };
}

/** What may go on copying though no task is known of it, or that nobody can tell whether there is such a thing. */
async function listLeftBehind(context: TaskContext, namespace: string | null): Promise<MessageRef[]> {
  const { cluster } = context;
  if (!(await seesEveryRecord(cluster))) return [{ code: 'orphans_unknown', params: {} }];
  const names = namespace === null ? (await cluster.namespaces()).map(({ name }) => name) : [namespace];
  return (await Promise.all(names.map((name) => listOrphans(context, name)))).flat();
}

/**
 * What is driven may come to copy; of what drifted or broke off it is looked at what stands. So it is of what is driven to
 * where nothing is copied: what somebody else put in goes at the end of that.
 */
function isStopped({ record, derived, live }: TaskStanding): boolean {
  const isResting = derived.state === 'Paused' || derived.state === 'Finished';
  if (isResting && record.operation === null) return true;
  return (isResting || !isUnderWay(record, derived)) && !mayCopy(record, live);
}

function isUnderWay({ operation }: TaskRecord, { state }: DerivedState): boolean {
  return operation !== null && state !== 'Incomplete';
}

function byName(a: { record: TaskRecord }, b: { record: TaskRecord }): number {
  const [left, right] = [a, b].map(({ record: { spec } }) => `${spec.namespace}/${spec.name}`) as [string, string];
  return left < right ? -1 : 1;
}

type StopVerb = 'pause' | 'retry';

type Judgement =
  | { outcome: 'accepted'; verb: StopVerb }
  | { outcome: 'stopping' }
  | { outcome: 'refused'; reason: MessageRef | null };

const stoppingVerbs: readonly string[] = ['pause', 'finish', 'delete', 'rollback'] satisfies Operation['verb'][];

function judge({ record, derived, actions }: TaskView): Judgement {
  const { operation } = record;
  const isStopping = operation && (stoppingVerbs.includes(operation.verb) || isEndingWithoutCopies(record));
  if (isUnderWay(record, derived) && isStopping) return { outcome: 'stopping' };
  const verb = verbToStop(record);
  const action = actions.find((one) => one.verb === verb);
  if (action?.allowed) return { outcome: 'accepted', verb };
  return { outcome: 'refused', reason: action?.reason ?? null };
}

/** A creation that was stopped makes what a paused task has, and a restore of one takes out what was put in. */
function isEndingWithoutCopies({ operation, desired }: TaskRecord): boolean {
  return (operation?.verb === 'create' || operation?.verb === 'restore') && desired !== 'mirroring';
}

/** A pause that broke off is continued; no other verb is: who stops copies has not asked for what else that does. */
function verbToStop({ operation }: TaskRecord): StopVerb {
  return operation?.verb === 'pause' ? 'retry' : 'pause';
}

async function stopTask(context: TaskContext, view: TaskView): Promise<StoppedTask> {
  const judgement = judge(view);
  if (judgement.outcome !== 'accepted') return answer(view, judgement);
  const run = () => runVerb(context, view.record.spec, { verb: judgement.verb });
  try {
    await run().catch((error: unknown) => {
      if (!isOvertaken(error)) throw error;
      return run();
    });
    return answer(view, judgement);
  } catch (error) {
    return answer(view, refusalOf(error, view));
  }
}

/** True where something else began between the look and the verb, the next raise of a ramp perhaps: that is stopped, too. */
function isOvertaken(error: unknown): boolean {
  return error instanceof ApiError && error.code === 'operation_running' && !isOfStop(error);
}

function isOfStop({ params }: Pick<ApiError, 'params'>): boolean {
  return stoppingVerbs.includes((params as { verb: string }).verb);
}

/** Who stops the same tasks a moment earlier is no failure of ours. */
function refusalOf(error: unknown, { record: { spec } }: TaskView): Judgement {
  const { code, params, details } = toApiError(error, '-');
  if (code === 'not_found' || (code === 'operation_running' && isOfStop({ params }))) return { outcome: 'stopping' };
  const [detail] = details;
  if (detail?.code === 'reason.action_already_paused') return { outcome: 'stopping' };
  if (code === 'internal') log.error({ err: error, namespace: spec.namespace, name: spec.name }, 'stop failed');
  return { outcome: 'refused', reason: detail ?? { code: `error.${code}`, params: { ...params } } };
}

/** Copies that others put in end when they take them out: who stops in a hurry has the command beside. */
function waitsForOwner(spec: TaskSpec): MessageRef | null {
  if (!stepsFor('pause', spec).some(isAwaited)) return null;
  return { code: stopsByOwnObjects(spec) ? 'stop_by_patch' : 'stop_by_patch_undone', params: {} };
}

function answer({ record: { spec }, stopCommand }: TaskView, judgement: Judgement): StoppedTask {
  return {
    namespace: spec.namespace,
    name: spec.name,
    service: spec.service.name,
    outcome: judgement.outcome,
    reason: judgement.outcome === 'refused' ? judgement.reason : waitsForOwner(spec),
    stopCommand,
  };
}
