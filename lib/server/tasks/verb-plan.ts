import { listText, type Check } from '@/lib/domain/check';
import { adoptionOf, isAdoption } from '@/lib/domain/drift-answers';
import type { LiveObjects } from '@/lib/domain/drift';
import type { MessageRef } from '@/lib/domain/message';
import {
  heldRamp,
  rampAfter,
  rampProblems,
  sharesOfStep,
  taskPaused,
  type RampStepAsked,
  type RampWish,
} from '@/lib/domain/ramp';
import { isCleanedUp } from '@/lib/domain/record';
import { isSafe } from '@/lib/domain/record-safety';
import { rollbackOf } from '@/lib/domain/rollback';
import { isBeforeEntries, stepsFor, stepTextKey, targetOfStep } from '@/lib/domain/steps';
import { reselected, reselectedBack } from '@/lib/domain/reselect';
import {
  afterRetargeting,
  beforeJoining,
  idsOfStaying,
  retargetedBack,
  withJoining,
  withLeaving,
  withoutJoining,
  withoutPassages,
} from '@/lib/domain/retarget';
import { ApiError } from '@/lib/server/http/api-error';
import { sameJson } from '@/lib/domain/structure';
import { percentagesOf, targetText, withPercentages } from '@/lib/domain/targets';
import type { Deployment } from '@/lib/domain/kubernetes';
import {
  recordNamePrefix,
  type OperationVerb,
  type Passage,
  type Step,
  type StepProgress,
  type TargetWorkloadChange,
  type TaskRecord,
  type TaskSpec,
  type TaskVerb,
  type WorkloadFields,
} from '@/lib/domain/task';
import { planWorkloadChange, takenBack, withWorkload } from '@/lib/domain/workload-change';

/** What a running task is to have anew; what is absent stays. */
export interface ChangeRequest {
  verb: 'change';
  shares?: WantedShares;
  workloads?: readonly WorkloadAsked[];
  /** Which requests to copy, by the task as it would be planned with them today. */
  selected?: { planned: TaskSpec };
  /** Which targets to have. */
  retargeted?: Retargeted;
  ramp?: RampWish;
}

/** Targets that a running task is to have besides, and those that it is to have no more. */
export interface Retargeted {
  /** The task as it would be planned with the added ones today; null: none are added. */
  planned: TaskSpec | null;
  /** Ids of the removed ones. */
  removed: readonly string[];
  /** Ids of the targets that the task had then: with others it is not what was planned. */
  standing: readonly string[];
  /** What a creation would tell of the added ones. */
  found: readonly Check[];
}

/** Fields of a new version's Deployment, which is planned on as it stands. */
export interface WorkloadAsked {
  /** The target's id. */
  target: string;
  asked: WorkloadFields;
  live: Deployment;
}

/** The share of a task's only target, or those of some of its targets; one that is absent stays. */
export type WantedShares = number | readonly { id: string; percentage?: number | undefined }[];

/** A verb on a task that stands. */
export type VerbRequest =
  | ChangeRequest
  | { verb: 'finish'; keepWorkload: boolean }
  | { verb: 'adopt'; live: LiveObjects }
  | { verb: Exclude<TaskVerb, 'create' | 'change' | 'finish' | 'adopt'> };

export interface VerbPlan {
  /** The record with what the operator now wants. */
  record: TaskRecord;
  /** The operation that brings it about; null: the one under way is dropped, and that is all. */
  verb: OperationVerb | null;
  steps: Step[];
  /** What a change makes of the Deployments of new versions. */
  workloads: readonly TargetWorkloadChange[];
  /** What the activity says of it; absent: nothing beside the verb. */
  detail?: MessageRef;
}

/**
 * What a verb makes of a task; null when there is nothing that it could continue or take back. Throws invalid_input for
 * shares of targets that the task does not have, not_possible where the record would then ask for what no task of its
 * service does. `retry` goes on with the interrupted operation, `rollback` takes it back.
 */
export function planVerb(record: TaskRecord, request: VerbRequest, now: string): VerbPlan | null {
  const plan = planOf(record, request, now);
  if (plan && !isSafe(plan.record.spec)) {
    const { namespace, name } = record.spec;
    const params = { namespace, name: recordNamePrefix + name };
    throw new ApiError('not_possible', { verb: request.verb }, [{ path: '', code: 'reason.record_unsafe', params }]);
  }
  return plan;
}

function planOf(record: TaskRecord, request: VerbRequest, now: string): VerbPlan | null {
  switch (request.verb) {
    case 'change':
      return planChange(record, request, now);
    case 'pause':
      return planPause(record, now);
    case 'resume':
      return planned(wanting(record, 'mirroring', now), 'resume');
    case 'finish':
      return planned(finished(record, request.keepWorkload, now), 'finish');
    case 'restore':
      return planned(record, 'restore');
    case 'adopt':
      return planAdoption(record, request.live, now);
    case 'delete':
      return planDelete(record, now);
    case 'retry':
      return record.operation && planned(record, record.operation.verb, record.operation.workloads);
    case 'rollback':
      return planRollback(record, now);
  }
}

function planPause(record: TaskRecord, now: string): VerbPlan {
  const known = beforeJoining(record);
  const workloads = notMade(record);
  const stopped = { ...known, spec: withWorkloads(withoutJoining(known.spec), workloads) };
  const paused = withHeldRamp(wanting(stopped, 'paused', now), now);
  // A creation goes on up to its routes: what it has made is then what a paused task has, and can be resumed.
  return planned(paused, isBeforeEntries(record.operation) ? 'create' : 'pause', workloads);
}

/**
 * Changes of workloads that an operation has not noted as made, the other way round: nothing else would tell of them. One
 * that is being taken back goes on.
 */
function notMade({ spec, operation }: TaskRecord): TargetWorkloadChange[] {
  const made = (operation?.steps ?? [])
    .filter(({ id, state }) => stepTextKey(id) === 'change-workload' && state === 'done')
    .map((step) => targetOfStep(step, spec).id);
  return (operation?.workloads ?? [])
    .filter(({ target }) => !made.includes(target))
    .map((change) => (change.takesBack ? change : takenBack(change)));
}

function planAdoption(record: TaskRecord, live: LiveObjects, now: string): VerbPlan | null {
  const answer = adoptionOf(record, live);
  if (!isAdoption(answer)) return null;
  return planned({ ...withoutRamp(wanting(record, answer.desired, now)), spec: answer.spec }, 'adopt');
}

function planRollback(record: TaskRecord, now: string): VerbPlan | null {
  const back = rollbackOf(record);
  if (!back) return null;
  const { verb, desired, percentages, workloads = [], selected, targets } = back;
  const shared = withPercentages(record.spec, percentages);
  const routed = selected ? reselectedBack(shared, selected) : shared;
  const spec = withWorkloads(targets ? retargetedBack(routed, targets) : routed, workloads);
  const { ramp } = record;
  const takesShareBack =
    !sameJson(percentages, percentagesOf(record.spec)) || (ramp?.since === null && record.desired === 'mirroring');
  const kept = takesShareBack ? withoutRamp(record) : record;
  const wanted = { ...wanting(kept, desired, now), spec };
  const drop = (dropped: TaskRecord): VerbPlan => {
    return { record: afterRetargeting(dropped), verb: null, steps: [], workloads: [] };
  };
  if (desired === 'finished') return verb === null ? drop(wanted) : planned(wanted, verb);
  const { keepsWorkload: _kept, ...rest } = { ...wanted, report: null };
  return verb === null ? drop(rest) : planned(rest, verb, workloads);
}

/** Of a task that is finished and kept nothing, its record is left: whatever stands in the objects is somebody else's. */
function planDelete(record: TaskRecord, now: string): VerbPlan {
  const known = beforeJoining(record);
  const whole = { ...known, spec: withoutPassages(known.spec) };
  const plan = planned(withoutRamp(wanting(whole, 'deleted', now)), 'delete');
  return isCleanedUp(record) ? { ...plan, steps: plan.steps.filter(({ id }) => id === 'record') } : plan;
}

/** Its figures are those up to now, or up to the pause. */
function finished(record: TaskRecord, keepsWorkload: boolean, now: string): TaskRecord {
  const end = record.desired === 'paused' ? record.desiredSince : now;
  const percentages = record.mirroredPercentages ?? percentagesOf(record.spec);
  const [first, ...targets] = record.spec.targets.map(({ id }, index) => {
    return { target: id, percentage: percentages[index] ?? 0, figures: null, reason: null };
  });
  const report = {
    begin: record.percentageSince,
    end,
    percentage: first?.percentage ?? 0,
    figures: null,
    reason: null,
    ...(targets.length > 0 && { others: targets }),
  };
  const keeps = keepsWorkload && record.spec.targets.some(({ created }) => created);
  return { ...withoutRamp(wanting(record, 'finished', now)), keepsWorkload: keeps, report };
}

function planChange(before: TaskRecord, request: ChangeRequest, now: string): VerbPlan | null {
  const { ramp: wish, shares, ...others } = request;
  // Who sets a share himself, or has other targets, ends the ramp.
  const endsRamp = setsShare(shares) || request.retargeted !== undefined;
  if (!wish) return planEdit(endsRamp ? { ...before, ramp: null } : before, request);
  if (wish.kind === 'start') assertRises(wish.steps, before.spec);
  const ramp = rampAfter(before, wish, now);
  if (ramp === undefined) throw rampRefused(before, wish);
  const record = { ...before, ramp };
  const detail = { code: `ramp_${wish.kind}`, params: {} };
  if (wish.kind === 'start' || wish.kind === 'raise') {
    const raised = ramp ? sharesOfStep(ramp) : [];
    const wanted = before.spec.targets.map(({ id }, index) => ({ id, percentage: raised[index] }));
    const plan = planEdit(record, { ...others, shares: wanted });
    return plan && { ...plan, detail };
  }
  // Nothing but the record says whether a ramp goes on.
  const isAlone = !setsShare(shares) && !others.workloads && !others.selected;
  const plan = planEdit(record, request);
  return plan && { ...plan, detail, ...(isAlone && { steps: [] }) };
}

/** The request alone says neither which targets there are nor what one has that its first step leaves as it is. */
function assertRises(steps: readonly RampStepAsked[], { targets }: TaskSpec): void {
  for (const [step, { percentage, targets: named = [] }] of steps.entries()) {
    if (percentage !== undefined && targets.length > 1) {
      throw invalidShare(`ramp[${step}].percentage`, 'percentage_of_each');
    }
    const unknown = named.findIndex(({ id }) => !targets.some((target) => target.id === id));
    if (unknown !== -1) throw invalidShare(`ramp[${step}].targets[${unknown}].id`, 'target_unknown');
  }
  // An only target may be said by its id in some steps and without in others: its share is one all the same.
  const [{ id }] = targets;
  const byTarget = steps.map((step) =>
    step.percentage === undefined ? step : { ...step, targets: [{ id, percentage: step.percentage }] },
  );
  const [problem] = rampProblems(byTarget, targets);
  if (!problem) return;
  const share = steps[problem.step]?.targets ? `targets[${problem.target}].percentage` : 'percentage';
  throw invalidShare(`ramp[${problem.step}].${share}`, problem.code);
}

/** Why there is nothing of the kind to be done: a page may be older than what somebody, or the ramp itself, has done. */
function rampRefused({ ramp, desired }: TaskRecord, { kind }: RampWish): ApiError {
  const onItsWay = { code: desired === 'mirroring' ? 'ramp_goes_on' : taskPaused.code, params: {} };
  const found = kind === 'continue' ? onItsWay : { code: 'ramp_already_held', params: {} };
  const { code, params } = ramp ? found : { code: 'ramp_none', params: {} };
  return new ApiError('not_possible', { verb: 'change' }, [{ path: '', code: `reason.${code}`, params }]);
}

function setsShare(shares: WantedShares = []): boolean {
  return typeof shares === 'number' || shares.some(({ percentage }) => percentage !== undefined);
}

function planEdit(
  record: TaskRecord,
  {
    shares = [],
    workloads = [],
    selected,
    retargeted,
  }: Pick<ChangeRequest, 'workloads' | 'selected' | 'retargeted'> & { shares?: WantedShares | undefined },
): VerbPlan | null {
  const shared = withPercentages(record.spec, percentagesAsked(record.spec, shares));
  const routed = selected ? reselected(shared, selected.planned) : shared;
  const spec = routed && retargeted ? retarget(routed, retargeted) : routed;
  if (!spec) return null;
  const asked = workloads.map((one) => ({ target: one.target, to: one.asked }));
  const changes = workloads.flatMap(({ target, asked: wanted, live }) => {
    const change = planWorkloadChange(live, wanted);
    return change ? [{ target, ...change }] : [];
  });
  const changed = { ...withSharesOf(record, spec), spec: withWorkloads(spec, [...asked, ...changes]) };
  return { ...planned(changed, 'change', changes), ...(retargeted && { detail: retargetText(spec) }) };
}

/** Which targets come and go: once it is over the record says nothing of those that went. */
function retargetText({ targets }: TaskSpec): MessageRef {
  const named = (way: Passage) => listText(targets.filter(({ passage }) => passage === way).map(targetText));
  const params = { added: named('joining'), removed: named('leaving') };
  const code = params.removed === '' ? 'targets_added' : params.added === '' ? 'targets_removed' : 'targets_exchanged';
  return { code, params };
}

/**
 * A task with other targets; null where it is not the one that this was planned for. Throws not_possible where the added
 * ones do not go with what it has made.
 */
function retarget(spec: TaskSpec, { planned: whole, removed, standing }: Retargeted): TaskSpec | null {
  if (!sameJson(idsOfStaying(spec), standing)) return null;
  const joined = whole ? withJoining(spec, whole) : spec;
  const next = joined && (removed.length > 0 ? withLeaving(joined, removed) : joined);
  if (next && isSafe(next)) return next;
  const reason = { code: 'reason.retarget_besides', params: { service: spec.service.name } };
  throw new ApiError('not_possible', { verb: 'change' }, [{ path: '', ...reason }]);
}

/** Targets that come have their share from the first on. */
function withSharesOf(record: TaskRecord, { targets }: TaskSpec): TaskRecord {
  const { mirroredPercentages: shares } = record;
  if (!shares) return record;
  return { ...record, mirroredPercentages: targets.map(({ percentage }, index) => shares[index] ?? percentage) };
}

function withWorkloads(spec: TaskSpec, changes: readonly Pick<TargetWorkloadChange, 'target' | 'to'>[]): TaskSpec {
  return changes.reduce((changed, { target, to }) => withWorkload(changed, target, to), spec);
}

function percentagesAsked({ targets }: TaskSpec, shares: WantedShares): number[] {
  if (typeof shares === 'number') {
    if (targets.length > 1) throw invalidShare('percentage', 'percentage_of_each');
    return [shares];
  }
  const unknown = shares.findIndex(({ id }) => !targets.some((target) => target.id === id));
  if (unknown !== -1) throw invalidShare(`targets[${unknown}].id`, 'target_unknown');
  return targets.map(({ id, percentage }) => shares.find((one) => one.id === id)?.percentage ?? percentage);
}

function invalidShare(path: string, code: string): ApiError {
  return new ApiError('invalid_input', {}, [{ path, code, params: {} }]);
}

function planned(before: TaskRecord, verb: OperationVerb, workloads: readonly TargetWorkloadChange[] = []): VerbPlan {
  const record = { ...before, begun: hasBegun(before) };
  const { desired, keepsWorkload = false } = record;
  const isResting = desired !== 'mirroring';
  const steps = stepsFor(verb, record.spec, { paused: isResting, keepWorkload: keepsWorkload, workloads });
  const leaves = verb === 'delete' || verb === 'rollback';
  return {
    record,
    verb,
    workloads,
    steps: leaves && !hasBegun(record) ? steps.filter(({ id }) => id === 'record') : steps,
  };
}

/**
 * False while nothing but the record was written: a creation begins once it is sure that no other task shares what it
 * edits. What stands there then is the other's, and stays. Older records do not say: in those the creation's first
 * step tells.
 */
function hasBegun({ begun, operation }: TaskRecord): boolean {
  const isWaiting = ({ id, state }: StepProgress) => id === 'record' && state !== 'done';
  return begun ?? (operation?.verb !== 'create' || !operation.steps.some(isWaiting));
}

function withHeldRamp(record: TaskRecord, now: string): TaskRecord {
  return record.ramp ? { ...record, ramp: heldRamp(record.ramp, taskPaused, now) } : record;
}

/** A task without a ramp: it ends, its share goes back, or it is what somebody else made of it. */
function withoutRamp({ ramp: _ramp, ...record }: TaskRecord): TaskRecord {
  return record;
}

function wanting(record: TaskRecord, desired: TaskRecord['desired'], now: string): TaskRecord {
  return record.desired === desired ? record : { ...record, desired, desiredSince: now };
}
