import type { MessageRef } from '@/lib/domain/message';
import { recordMaxBytes, RecordTooLargeError } from '@/lib/domain/record';
import { mayInterrupt } from '@/lib/domain/state';
import { selectedOf } from '@/lib/domain/reselect';
import { isRetargeting } from '@/lib/domain/retarget';
import { beforeStopping } from '@/lib/domain/rollback';
import { hasReachedEntries, isDoneOnce } from '@/lib/domain/steps';
import { sameJson } from '@/lib/domain/structure';
import { percentagesOf, sharesOf } from '@/lib/domain/targets';
import type {
  ActivityEntry,
  Operation,
  OperationVerb,
  Step,
  StepProgress,
  TargetWorkloadChange,
  TaskRecord,
  TaskSpec,
  TaskVerb,
} from '@/lib/domain/task';
import { isClusterError } from '@/lib/server/cluster/cluster-error';
import { ApiError } from '@/lib/server/http/api-error';
import { assertNotStopping } from '@/lib/server/streams';
import { delay, isoNow, type TaskContext } from '../context';
import { readRecord, replaceRecord, type StoredRecord } from '../record-store';
import { drive } from './driver';
import { hasFailed, isRunning, renewIntervalMs } from './lock';

const attemptsMax = 10;
/** A driver elsewhere reads our request at its next renewal. */
const handOverBoundMs = 2 * renewIntervalMs + 2_000;
const handOverPollMs = 500;

export interface OperationRequest {
  namespace: string;
  name: string;
  by: string;
  /** What the operator asked for: `retry` runs the operation that it continues. */
  verb: TaskVerb;
  /** True for a verb that does not wait for the operation that runs: its driver is asked to stop first. */
  interrupts: boolean;
  /**
   * Asked about the record that the verb is about to begin on, which may have moved on since the operator's look. True
   * where somebody else has changed the task's objects: there is no state of ours that the verb could be taken back to.
   * Throws ApiError where the verb is not allowed any more.
   */
  isDrifted(record: TaskRecord): Promise<boolean>;
  /**
   * The record with the verb's wishes in it, and the operation to run, null for none; throws ApiError when it does not
   * apply.
   */
  plan(record: TaskRecord): {
    record: TaskRecord;
    verb: OperationVerb | null;
    steps: Step[];
    workloads?: readonly TargetWorkloadChange[];
    detail?: MessageRef;
  };
}

/**
 * Takes the task's lock, writes the operation into its record and lets it run in the background. Throws
 * operation_running while somebody else's is under way.
 */
export async function startOperation(context: TaskContext, request: OperationRequest): Promise<StoredRecord> {
  if (request.interrupts) await interrupt(context, request);
  for (let attempt = 1; ; attempt++) {
    const stored = await read(context, request);
    assertIdle(context, stored.record);
    const record = begin(context, request, stored.record, await request.isDrifted(stored.record));
    assertNotStopping();
    try {
      const started = await store(context, stored, record);
      if (record.operation) drive(context, started, { isFromRecord: true });
      return started;
    } catch (error) {
      // Another console was faster: what it made of the task is looked at again.
      if (!isClusterError(error, 'conflict', 'notFound') || attempt >= attemptsMax) throw error;
    }
  }
}

/** Writes the operation down; an answer that got lost is looked up, so that an operation that stands is driven. */
async function store({ cluster }: TaskContext, stored: StoredRecord, record: TaskRecord): Promise<StoredRecord> {
  try {
    return await replaceRecord(cluster, stored, record);
  } catch (error) {
    if (error instanceof RecordTooLargeError) throw new ApiError('payload_too_large', { limitBytes: recordMaxBytes });
    if (!isClusterError(error) || !error.isTransient) throw error;
    const { namespace, name } = record.spec;
    const found = await readRecord(cluster, namespace, name).catch(() => null);
    if (found?.uid === stored.uid && sameJson(found.record, record)) return found;
    throw error;
  }
}

/** A new operation with all of its steps ahead. */
export function newOperation(
  context: TaskContext,
  options: {
    verb: OperationVerb;
    by: string;
    steps: readonly Step[];
    before: Operation['before'];
    workloads?: readonly TargetWorkloadChange[];
  },
): NonNullable<TaskRecord['operation']> {
  const now = isoNow(context.clock);
  return {
    verb: options.verb,
    holder: context.holder,
    startedAt: now,
    renewedAt: now,
    startedBy: options.by,
    steps: options.steps.map((step) => ({ ...step, state: 'pending', message: null })),
    before: options.before ?? null,
    ...(options.workloads?.length && { workloads: [...options.workloads] }),
  };
}

function begin(context: TaskContext, request: OperationRequest, before: TaskRecord, isDrifted: boolean): TaskRecord {
  const { verb, by } = request;
  const planned = request.plan(before);
  const { operation: interrupted } = before;
  const { steps, workloads = [] } = planned;
  const back = earlier({ verb, isDrifted }, before, planned.record);
  const operation = planned.verb && newOperation(context, { verb: planned.verb, by, steps, before: back, workloads });
  // A creation that is to end paused goes on, too.
  const goesOn = verb === 'retry' || (interrupted?.verb === 'create' && operation?.verb === 'create');
  if (operation && goesOn && interrupted) {
    operation.steps = continued(operation.steps, interrupted.steps);
    if (hasReachedEntries(interrupted)) operation.mayHavePutIn = true;
  }
  const at = isoNow(context.clock);
  const activity: ActivityEntry[] = [...before.activity];
  if (interrupted && !hasFailed(interrupted)) {
    const { verb, startedBy } = interrupted;
    activity.push({
      at,
      by: startedBy,
      verb,
      outcome: 'interrupted',
      detail: null,
      ...sharesOf(before.spec),
    });
  }
  const outcome = operation ? 'started' : 'done';
  activity.push({ at, by, verb, outcome, detail: planned.detail ?? null, ...sharesOf(planned.record.spec) });
  return { ...planned.record, operation, activity };
}

/**
 * What the operation could be taken back to. Answers to a drift that were written led to no earlier state of ours; who
 * writes nothing of others loses nothing by going back to a drifted task.
 */
function earlier(
  { verb, isDrifted }: { verb: TaskVerb; isDrifted: boolean },
  before: TaskRecord,
  planned: TaskRecord,
): Operation['before'] {
  const { operation: interrupted, spec } = before;
  if (interrupted) {
    const isStop = (verb === 'delete' && interrupted.verb !== 'delete') || verb === 'pause';
    const back = isStop ? beforeStopping(interrupted) : interrupted.before;
    return back && { ...back, percentages: sharesAmong(planned.spec, spec, back.percentages) };
  }
  return isDrifted && spec.delivery !== 'patch' ? null : standing(before, planned);
}

/** What a task at rest is to be; of one that has ended for good nothing is taken back. */
function standing({ desired, spec }: TaskRecord, planned: TaskRecord): Operation['before'] {
  if (desired !== 'mirroring' && desired !== 'paused') return null;
  const percentages = sharesAmong(planned.spec, spec, percentagesOf(spec));
  if (isRetargeting(planned.spec)) return { desired, percentages, targets: spec.targets.map(({ id }) => id) };
  return { desired, percentages, ...(planned.spec.leaving && { selected: selectedOf(spec) }) };
}

/** What the shares of a task's targets are for those that it has now, of which some may be new. */
function sharesAmong({ targets }: TaskSpec, before: TaskSpec, shares: readonly number[]): number[] {
  return targets.map(({ id, percentage }) => {
    const index = before.targets.findIndex((one) => one.id === id);
    return shares[index] ?? percentage;
  });
}

/**
 * Steps to go on with after an interruption. Writes and waits are looked at again (they change nothing where nothing
 * is missing), because somebody may have taken away meanwhile what was done; only what has settled stays done. The
 * steps themselves are planned anew: the record is no authority on which objects may be written.
 */
function continued(planned: readonly StepProgress[], interrupted: readonly StepProgress[]): StepProgress[] {
  const done = new Set(interrupted.filter(({ state }) => state === 'done').map(({ id }) => id));
  return planned.map((step) => {
    return done.has(step.id) && isDoneOnce(step) ? { ...step, state: 'done' } : step;
  });
}

function assertIdle(context: TaskContext, record: TaskRecord): void {
  const { operation } = record;
  if (operation && isRunning(context, record)) {
    throw new ApiError('operation_running', { verb: operation.verb, by: operation.startedBy });
  }
}

async function read({ cluster }: TaskContext, { namespace, name }: OperationRequest): Promise<StoredRecord> {
  const stored = await readRecord(cluster, namespace, name);
  if (!stored) throw new ApiError('not_found', { kind: 'task', name });
  return stored;
}

/** Asks whoever drives this task, here or in another replica, to stop where nothing is half written; waits for it. */
async function interrupt(context: TaskContext, request: OperationRequest): Promise<void> {
  const here = context.running.get(`${request.namespace}/${request.name}`);
  const { record } = await read(context, request);
  if (!record.operation || !isRunning(context, record) || !mayInterrupt(request.verb, record)) return;
  if (here) {
    here.cancel();
    // A write that got no answer is settled first, which may take longer than anybody should wait for an answer.
    const waited = new AbortController();
    await Promise.race([here.ended, delay(context.clock, handOverBoundMs, waited.signal)]);
    waited.abort();
    return;
  }
  const deadline = context.clock.now() + handOverBoundMs;
  while (context.clock.now() < deadline) {
    const stored = await read(context, request);
    const { operation } = stored.record;
    // Who was asked to stop has made room for somebody faster: what that one began is not asked to.
    if (!operation || !isRunning(context, stored.record) || !isSameOperation(operation, record.operation)) return;
    if (!operation.cancelRequestedBy) {
      const asked = { ...stored.record, operation: { ...operation, cancelRequestedBy: request.by } };
      await replaceRecord(context.cluster, stored, asked).catch(unlessConflict);
    }
    await delay(context.clock, handOverPollMs, new AbortController().signal);
  }
}

/** True for one that was only renewed or driven on between two looks. */
export function isSameOperation(one: Operation | null, other: Operation | null): boolean {
  return one?.holder === other?.holder && one?.startedAt === other?.startedAt && one?.verb === other?.verb;
}

function unlessConflict(error: unknown): void {
  if (!isClusterError(error, 'conflict')) throw error;
}
