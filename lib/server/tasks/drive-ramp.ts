import type { MessageRef } from '@/lib/domain/message';
import { dueInMs, rampAfter, rampStaleMs, signOfLife, type Ramp, type RampReason } from '@/lib/domain/ramp';
import { sharesOf } from '@/lib/domain/targets';
import { needsAttention, type ActivityEntry, type TaskRecord } from '@/lib/domain/task';
import { isClusterError } from '@/lib/server/cluster/cluster-error';
import { ApiError } from '@/lib/server/http/api-error';
import { log } from '@/lib/server/log';
import { isStopping } from '@/lib/server/streams';
import { delay, isoNow, type RunningRamp, type TaskContext } from './context';
import { isRunning } from './operations/lock';
import { readRecord, replaceRecord, type StoredRecord } from './record-store';
import { runVerb, type TaskName } from './run-verb';
import { viewTask } from './view/task-view';

/** How often a ramp's task is looked at: something wrong is seen long before a step of minutes is over. */
const lookIntervalMs = 5_000;
/** At most, while its user may not write what it came to: credentials that have ended seldom come back soon. */
const unwrittenLookIntervalMaxMs = 600_000;
/** How often the driver says that it is alive. */
const renewIntervalMs = 30_000;

/**
 * Raises a task's share step by step, in the background, while this process runs and with its user's credentials. It
 * holds by itself where the task needs a person, a raise is refused, or its user may not read or write the task any
 * more, and ends with the ramp, or when another process takes it over.
 */
export function driveRamp(context: TaskContext, task: TaskName): void {
  const key = `${task.namespace}/${task.name}`;
  context.ramps.get(key)?.cancel();
  const abort = new AbortController();
  const running: RunningRamp = { cancel: () => abort.abort(), ended: Promise.resolve(), unwrittenHold: null };
  running.ended = run(context, task, abort.signal, running)
    .catch((error: unknown) => log.error({ err: error, task: key }, 'a ramp is raised no more'))
    .finally(() => {
      if (context.ramps.get(key) === running) context.ramps.delete(key);
    });
  context.ramps.set(key, running);
  if (isStopping()) running.cancel();
}

async function run(context: TaskContext, task: TaskName, signal: AbortSignal, running: RunningRamp): Promise<void> {
  const { clock } = context;
  let waitMs = lookIntervalMs;
  /** The sign of life that was seen last, and when a new one was. */
  let mark: string | null = null;
  let renewedAtMs = clock.now();
  for (;;) {
    await delay(clock, waitMs, signal);
    if (signal.aborted && !isStopping()) return;
    waitMs = running.unwrittenHold ? Math.min(2 * waitMs, unwrittenLookIntervalMaxMs) : lookIntervalMs;
    try {
      const stored = await readRecord(context.cluster, task.namespace, task.name);
      const ramp = stored && ownRamp(context, stored.record);
      if (!stored || !ramp) return;
      if (signal.aborted) {
        // Nothing was raised since, and nobody looked after the task: that time counts for no step.
        const { reason, since } = running.unwrittenHold ?? { reason: consoleStopped, since: isoNow(clock) };
        return await hold(context, stored, reason, Date.parse(since));
      }
      if (running.unwrittenHold) {
        if (isRunning(context, stored.record)) continue;
        const { reason, since } = running.unwrittenHold;
        return await hold(context, stored, reason, Date.parse(since));
      }
      // Everybody was told by then that nothing is raised. A clock that was set says as little about how long that was.
      const isCutOff = Math.abs(clock.now() - renewedAtMs) > rampStaleMs - lookIntervalMs;
      if (isCutOff && !isRunning(context, stored.record)) {
        return await hold(context, stored, consoleStopped, renewedAtMs);
      }
      const seen = signOfLife(stored.record);
      if (!isCutOff && seen !== mark) renewedAtMs = clock.now();
      mark = seen;
      const leftMs = await step(context, stored, ramp);
      if (leftMs !== null) waitMs = Math.min(Math.max(leftMs, 0), lookIntervalMs);
    } catch (error) {
      // What could not be read or written now is tried again at the next look, which begins with what stands then.
      const isPassing = isClusterError(error) && (error.isTransient || isClusterError(error, 'conflict'));
      if (signal.aborted) throw error;
      if (isPassing || running.unwrittenHold) continue;
      log.error({ err: error, task }, 'a ramp is held');
      // Not to be written now, by the same credentials: told by this process, and written down once it can be.
      running.unwrittenHold = { since: isoNow(clock), reason: reasonOf(error) };
    }
  }
}

/** Why nothing is raised by who met `error`. */
function reasonOf(error: unknown): RampReason {
  if (!isClusterError(error)) return { code: 'ramp_internal', params: {} };
  const params = { reason: error.message };
  if (error.code === 'forbidden') return { code: 'ramp_forbidden', params };
  return { code: error.code === 'unauthorized' ? 'ramp_unauthorized' : 'ramp_failed', params };
}

function refusalOf({ code, params }: ApiError): RampReason {
  const { reason } = params as { reason?: string };
  if (code === 'forbidden' && reason !== undefined) return { code: 'ramp_forbidden', params: { reason } };
  return { code: 'ramp_refused', params: { error: code } };
}

const consoleStopped: RampReason = { code: 'ramp_console_stopped', params: {} };

/** The ramp while it is this process that is to raise it. */
function ownRamp({ holder }: TaskContext, { ramp }: TaskRecord): Ramp | null {
  return ramp && !ramp.held && ramp.holder === holder ? ramp : null;
}

/** What there is to do now; milliseconds until the step is over, null while that is not known. */
async function step(context: TaskContext, stored: StoredRecord, ramp: Ramp): Promise<number | null> {
  const { record } = stored;
  if (isRunning(context, record)) return null;
  const { derived } = await viewTask(context, record);
  if (needsAttention(derived)) {
    await hold(context, stored, { code: 'ramp_state', params: { state: derived.state } }, context.clock.now());
    return null;
  }
  const leftMs = dueInMs(ramp, context.clock.now());
  if (leftMs === null || leftMs > 0) {
    await renew(context, stored, ramp);
    return leftMs;
  }
  if (ramp.step + 1 < ramp.steps.length) await raise(context, stored);
  else await write(context, stored, null, { code: 'ramp_over', params: {} });
  return null;
}

/** The raise is a change like any other: what its user may not do is refused, and what runs goes first. */
async function raise(context: TaskContext, stored: StoredRecord): Promise<void> {
  const { namespace, name } = stored.record.spec;
  try {
    await runVerb(context, { namespace, name }, { verb: 'change', ramp: { kind: 'raise', holder: context.holder } });
  } catch (error) {
    if (!(error instanceof ApiError) || error.code === 'operation_running') {
      if (error instanceof ApiError) return;
      throw error;
    }
    log.warn({ err: error, task: { namespace, name } }, 'the next step of a ramp is refused');
    await hold(context, stored, refusalOf(error), context.clock.now());
  }
}

/** `sinceMs`: until when its step's time counts. */
async function hold(context: TaskContext, stored: StoredRecord, reason: RampReason, sinceMs: number): Promise<void> {
  const ramp = rampAfter(stored.record, { kind: 'hold', reason }, new Date(sinceMs).toISOString());
  if (ramp) await write(context, stored, ramp, reason);
}

async function renew(context: TaskContext, stored: StoredRecord, ramp: Ramp): Promise<void> {
  const { clock, cluster } = context;
  // Also after the clock was set back.
  if (Math.abs(clock.now() - Date.parse(ramp.renewedAt)) < renewIntervalMs) return;
  await replaceRecord(cluster, stored, { ...stored.record, ramp: { ...ramp, renewedAt: isoNow(clock) } });
}

/** Writes down what became of the ramp, where nobody asked for it. */
async function write(
  { cluster, clock }: TaskContext,
  stored: StoredRecord,
  ramp: Ramp | null,
  detail: MessageRef,
): Promise<void> {
  const { record } = stored;
  const entry: ActivityEntry = {
    at: isoNow(clock),
    by: record.ramp?.startedBy ?? record.createdBy,
    verb: 'change',
    outcome: 'done',
    detail,
    ...sharesOf(record.spec),
  };
  await replaceRecord(cluster, stored, { ...record, ramp, activity: [...record.activity, entry] });
}
