import { awaitingOf } from './awaiting.ts';
import { adoptionOf, isAdoption, restoreRefusal } from './drift-answers.ts';
import { deploymentOf, findDrift, lastForeignWrite, type LiveObjects } from './drift.ts';
import type { Deployment, Pod, Service } from './kubernetes.ts';
import type { MessageRef } from './message.ts';
import { findHealthProblem, findTargetProblem } from './mirror-health.ts';
import { rollbackOf } from './rollback.ts';
import { awaitedStep, hasReachedEntries, stepTextKey } from './steps.ts';
import { serviceTargetOf } from './targets.ts';
import { taskVerbs, type Operation, type TaskRecord, type TaskState, type TaskVerb } from './task.ts';
import { podsOf } from './workloads.ts';

/** Without a sign of life for this long an operation was interrupted: see `isAbandoned`. */
export const operationStaleMs = 30_000;

export interface LiveTask extends LiveObjects {
  /** Pods of the mirrors' workloads. */
  pods: readonly Pod[];
  /** Services that get copies, as far as they may be read. */
  targetServices?: readonly LiveTarget[];
  /** For how long, in milliseconds, the operation's lock has been seen without a renewal; 0 when none runs. */
  unrenewedMs: number;
}

/** A Service that gets copies, as it stands. */
export interface LiveTarget {
  /** The target's id. */
  target: string;
  /** Null: it is gone. */
  service: Service | null;
  /** Its pods; null where they may not be listed. */
  pods: readonly Pod[] | null;
}

export interface DerivedState {
  state: TaskState;
  /** Since when, ISO: as exactly as the objects tell. */
  since: string;
  /** Why; null when the state says it all. Text: `reason.<code>`. */
  reason: MessageRef | null;
  /** Of a drifted task: the field manager that last wrote the object in question; null when the server does not tell. */
  changedBy?: string | null;
}

/** A task's state from its record and its live objects, in the design's order of precedence. */
export function deriveState(record: TaskRecord, live: LiveTask): DerivedState {
  const { operation } = record;
  if (operation) {
    const interrupted = interruption(operation, live.unrenewedMs);
    if (interrupted) return interrupted;
    const running = whileAwaiting(record, operation, live) ?? whileRunning(record, operation, live);
    return running.reason === null ? { ...running, reason: awaitedPatch(operation) } : running;
  }
  const drifted = drift(record, live);
  if (drifted) return drifted;
  if (record.desired === 'paused') return { state: 'Paused', since: record.desiredSince, reason: null };
  if (record.desired === 'deleted') return { state: 'Deleting', since: record.desiredSince, reason: null };
  if (record.desired === 'finished') return { state: 'Finished', since: record.desiredSince, reason: null };
  return degraded(record, live) ?? { state: 'Mirroring', since: record.desiredSince, reason: null };
}

function drift(record: TaskRecord, live: LiveTask): DerivedState | null {
  const found = findDrift(record, live);
  if (!found) return null;
  const write = lastForeignWrite(found.object);
  return {
    state: 'Drifted',
    since: write?.at ?? record.desiredSince,
    reason: found.reason,
    changedBy: write?.manager ?? null,
  };
}

/** What is wrong while an owner is waited for: that may take days, and the steps tell of the wait all the time. */
function whileAwaiting(record: TaskRecord, { verb }: Operation, live: LiveTask): DerivedState | null {
  const awaiting = verb === 'delete' || verb === 'rollback' ? null : awaitingOf(record, live);
  if (!awaiting) return null;
  const { standing, copiesAsBefore } = awaiting;
  return drift(standing, live) ?? (copiesAsBefore ? degraded(standing, live) : null);
}

/**
 * True when nobody drives the operation any more and it did not come to its end: its driver gave it up, or has not
 * renewed it while it was watched for `unrenewedMs`. `renewedAt` itself is compared with no clock: it comes from the
 * driver's, and clocks of two machines differ.
 */
export function isAbandoned({ released }: Operation, unrenewedMs: number): boolean {
  return released === true || unrenewedMs > operationStaleMs;
}

/** The verbs that a person can ask for on a task that exists. */
export type TaskAction = Exclude<TaskVerb, 'create'>;

export interface ActionState {
  verb: TaskAction;
  allowed: boolean;
  /** Why not; null when allowed. Text: `reason.<code>`. */
  reason: MessageRef | null;
}

const actions = taskVerbs.filter((verb) => verb !== 'create');

/** What may be asked of a task in its state; permissions are the caller's to add. */
export function allowedActions(record: TaskRecord, state: TaskState, live: LiveObjects): ActionState[] {
  return actions.map((verb) => {
    const reason = refusal(verb, record, state) ?? refusalOfDrift(verb, record, live);
    return { verb, allowed: reason === null, reason };
  });
}

/** Which answers to a drift make sense depends on what has changed. */
function refusalOfDrift(verb: TaskAction, record: TaskRecord, live: LiveObjects): MessageRef | null {
  if (verb === 'restore') return restoreRefusal(record, live);
  if (verb !== 'adopt') return null;
  const answer = adoptionOf(record, live);
  return isAdoption(answer) ? null : answer;
}

function interruption(operation: Operation, unrenewedMs: number): DerivedState | null {
  const failed = operation.steps.find(({ state }) => state === 'failed');
  if (failed) {
    const reason = failed.message ?? {
      code: 'step_failed',
      params: { verb: operation.verb, step: stepTextKey(failed.id) },
    };
    return { state: 'Incomplete', since: operation.renewedAt, reason };
  }
  if (!isAbandoned(operation, unrenewedMs)) return null;
  const next = operation.steps.find(({ state }) => state === 'pending');
  const params = { verb: operation.verb, step: next ? stepTextKey(next.id) : 'record' };
  return { state: 'Incomplete', since: operation.renewedAt, reason: { code: 'operation_interrupted', params } };
}

/** What an operation waits for somebody else to do; null while it does everything itself. */
function awaitedPatch(operation: Operation): MessageRef | null {
  return awaitedStep(operation)?.message ?? null;
}

function whileRunning(record: TaskRecord, operation: Operation, live: LiveTask): DerivedState {
  const since = operation.startedAt;
  switch (operation.verb) {
    case 'delete':
    case 'rollback':
      return { state: 'Deleting', since, reason: null };
    case 'create':
    case 'resume':
      return preparing(operation, live);
    case 'restore':
      if (record.desired === 'mirroring') return preparing(operation, live);
      return { state: record.desired === 'finished' ? 'Finished' : 'Paused', since: record.desiredSince, reason: null };
    case 'pause':
      return { state: 'Mirroring', since: record.percentageSince, reason: null };
    case 'finish':
      return finishing(operation);
    case 'change':
    case 'adopt':
      if (record.desired === 'paused') return { state: 'Paused', since: record.desiredSince, reason: null };
      return degraded(record, live) ?? { state: 'Mirroring', since: record.desiredSince, reason: null };
  }
}

/** Copies are on until their entries are out of every proxy; what is made away with then carries none. */
function finishing({ steps, startedAt: since }: Operation): DerivedState {
  const isOff = steps.every(({ id, state }) => id !== 'settle-unmirror' || state === 'done');
  return { state: isOff ? 'Paused' : 'Mirroring', since, reason: null };
}

function preparing(operation: Operation, { deployments, pods }: LiveTask): DerivedState {
  for (const deployment of deployments) {
    const problem = findHealthProblem(deployment, podsOf(deployment, pods));
    if (problem) return { state: 'Degraded', since: problem.since ?? operation.startedAt, reason: problem.reason };
  }
  const waiting = operation.steps.find(({ state }) => state === 'pending');
  const slowest = deployments.find((deployment) => !isRolledOut(deployment)) ?? deployments[0];
  const reason = waiting?.message ?? (slowest ? readiness(slowest) : null);
  return { state: 'Preparing', since: operation.startedAt, reason };
}

function degraded(record: TaskRecord, live: LiveTask): DerivedState | null {
  for (const target of record.spec.targets) {
    // What comes is not there yet, and what leaves goes.
    if (target.passage) continue;
    const service = serviceTargetOf(target);
    const seen = live.targetServices?.find((one) => one.target === target.id);
    const lost = service && seen ? findTargetProblem(service, seen) : null;
    if (lost) return { state: 'Degraded', since: record.desiredSince, reason: lost };
    const deployment = deploymentOf(target, live);
    const unwell = deployment && unwellSince(deployment, podsOf(deployment, live.pods), record.desiredSince);
    if (unwell) return unwell;
  }
  return null;
}

function unwellSince(deployment: Deployment, pods: readonly Pod[], since: string): DerivedState | null {
  const problem = findHealthProblem(deployment, pods);
  if (problem) return { state: 'Degraded', since: problem.since ?? since, reason: problem.reason };
  if ((deployment.status?.readyReplicas ?? 0) > 0) return null;
  const unavailable = deployment.status?.conditions?.find(({ type }) => type === 'Available');
  const reason = { code: 'mirror_no_ready_pods', params: { workload: deployment.metadata.name } };
  return { state: 'Degraded', since: unavailable?.lastTransitionTime ?? since, reason };
}

function isRolledOut({ spec, status }: Deployment): boolean {
  return (status?.readyReplicas ?? 0) >= (spec.replicas ?? 1);
}

function readiness({ metadata, spec, status }: Deployment): MessageRef {
  const params = { workload: metadata.name, ready: status?.readyReplicas ?? 0, desired: spec.replicas ?? 1 };
  return { code: 'mirror_rolling_out', params };
}

/**
 * True for a verb that need not wait until the operation that runs has ended. Waiting for a version to get ready can
 * take long, and so can a mistake: both may be called off. Who wants the copies to stop waits for nothing that runs, be
 * they on as before or to come when nobody looks any more: what he stops ends before it puts any more in. A wait for an
 * owner's patch has no end of its own, so that a finish does not wait for it either.
 */
export function mayInterrupt(verb: TaskVerb, record: TaskRecord): boolean {
  const { operation, desired } = record;
  if (operation === null) return false;
  const isLeaving = operation.verb === 'delete' || operation.verb === 'rollback';
  const isWaiting = !isLeaving && desired !== 'finished' && awaitedStep(operation) !== null;
  switch (verb) {
    case 'delete':
      return !isLeaving;
    case 'rollback':
      return rollbackOf(record) !== null;
    case 'pause':
      return desired === 'mirroring';
    case 'finish':
      return isWaiting;
    default:
      return false;
  }
}

function refusal(verb: TaskAction, record: TaskRecord, state: TaskState): MessageRef | null {
  const { operation, desired } = record;
  const isBroken = state === 'Incomplete';
  const running = operation !== null && !isBroken ? operation.verb : null;
  if (running !== null) {
    return mayInterrupt(verb, record) ? null : { code: 'action_operation_running', params: { verb: running } };
  }
  switch (verb) {
    case 'retry':
      return isBroken ? null : { code: 'action_nothing_to_retry', params: {} };
    case 'rollback':
      return isBroken && rollbackOf(record) !== null ? null : { code: 'action_nothing_to_roll_back', params: {} };
    case 'delete':
      return null;
    case 'restore':
    case 'adopt':
      return state === 'Drifted' ? null : { code: 'action_not_drifted', params: {} };
    case 'pause':
    case 'resume':
    case 'change':
    case 'finish':
      if (isBroken && !endsInstead(verb, record)) return { code: 'action_incomplete', params: {} };
      return desired === 'finished' ? { code: 'action_finished', params: {} } : refusalAtRest(verb, desired, state);
  }
}

/**
 * What may be asked for instead of continuing what broke off, or taking it back. An answer to a drift has no state to go
 * back to: the task may be ended. What broke off may have left copies that go on: a ramp makes a change when nobody is
 * there, and who stops everything must not have to mend that first. Only a creation that has put in none copies nothing.
 */
function endsInstead(verb: TaskAction, { operation, desired, spec }: TaskRecord): boolean {
  if (verb === 'pause') {
    // An owner may have put in early what the creation had not yet asked for.
    const mayStand = operation?.verb !== 'create' || hasReachedEntries(operation) || spec.delivery === 'patch';
    return mayStand && desired === 'mirroring';
  }
  return verb === 'finish' && (operation?.verb === 'restore' || operation?.verb === 'adopt');
}

function refusalAtRest(
  verb: 'pause' | 'resume' | 'change' | 'finish',
  desired: TaskRecord['desired'],
  state: TaskState,
): MessageRef | null {
  switch (verb) {
    case 'finish':
      return null;
    case 'pause':
      return desired === 'mirroring' || state === 'Drifted' ? null : { code: 'action_already_paused', params: {} };
    case 'resume':
      if (state === 'Drifted') return { code: 'action_drifted', params: {} };
      return desired === 'paused' ? null : { code: 'action_not_paused', params: {} };
    case 'change':
      return state === 'Drifted' ? { code: 'action_drifted', params: {} } : null;
  }
}
