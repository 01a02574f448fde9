import type { MessageRef } from './message.ts';
import type { TaskRecord } from './task.ts';

/** A share of the requests, in percent, and how long it is copied before the next one; of the last step 0 will do. */
export interface RampStep {
  /** Of the task's first target. */
  percentage: number;
  /** Those of all of several targets, in their order. */
  percentages?: number[];
  holdSeconds: number;
}

/** A step as it is asked for: the share of a task's only target, or of some of its targets; one that is absent stays. */
export interface RampStepAsked {
  percentage?: number | undefined;
  targets?: readonly TargetShare[] | undefined;
  holdSeconds?: number | undefined;
}

/** The share of a target, by its id; absent: not yet anything. */
export interface TargetShare {
  id: string;
  percentage?: number | undefined;
}

/** True for a change that sets a share at once. */
export function setsShare({
  percentage,
  targets = [],
}: {
  percentage?: number | undefined;
  targets?: readonly TargetShare[] | undefined;
}): boolean {
  return [{ percentage }, ...targets].some((one) => one.percentage !== undefined);
}

/** Bounds of what is asked for: a step's time is a week at most. */
export const rampStepsMax = 20;
export const holdSecondsMax = 604_800;

/** What is wrong with a step among the others; the text is `invalid.<code>`. */
export interface RampProblem {
  /** Index of the step. */
  step: number;
  /** Index in the step's targets; null: of the only one's share, or of the step's time. */
  target: number | null;
  field: 'percentage' | 'holdSeconds';
  code: 'ramp_not_above' | 'ramp_hold_required';
}

/**
 * Why steps that are asked for, each by itself in order, make no ramp: each share is above the one that its target had
 * before. `standing`: what targets have that the first step leaves as they are, where that is known.
 */
export function rampProblems(
  steps: readonly RampStepAsked[],
  standing: readonly Required<TargetShare>[] = [],
): RampProblem[] {
  const begun = new Set(steps[0]?.targets?.map(({ id }) => id));
  const before = new Map(standing.flatMap(({ id, percentage }) => (begun.has(id) ? [] : [[id, percentage]])));
  return steps.flatMap(({ percentage, targets, holdSeconds }, step): RampProblem[] => {
    const shares = targets ?? [{ id: '', percentage }];
    const isHoldMissing = holdSeconds === undefined && step + 1 < steps.length;
    return [
      ...shares.flatMap((share, index): RampProblem[] => {
        const least = before.get(share.id);
        if (share.percentage === undefined) return [];
        before.set(share.id, share.percentage);
        const target = targets ? index : null;
        const isAbove = least === undefined || share.percentage > least;
        return isAbove ? [] : [{ step, target, field: 'percentage', code: 'ramp_not_above' }];
      }),
      ...(isHoldMissing ? [{ step, target: null, field: 'holdSeconds', code: 'ramp_hold_required' } as const] : []),
    ];
  });
}

/** The steps that are asked for, with the share of every target by what it has now. */
export function rampSteps(
  asked: readonly RampStepAsked[],
  standing: readonly [Required<TargetShare>, ...Required<TargetShare>[]],
): RampStep[] {
  const shares = new Map(standing.map(({ id, percentage }) => [id, percentage]));
  return asked.map(({ percentage, targets, holdSeconds = 0 }) => {
    for (const share of targets ?? [{ id: standing[0].id, percentage }]) {
      if (share.percentage !== undefined) shares.set(share.id, share.percentage);
    }
    const all = standing.map(({ id, percentage: had }) => shares.get(id) ?? had);
    return { percentage: all[0] ?? standing[0].percentage, ...(all.length > 1 && { percentages: all }), holdSeconds };
  });
}

/** What is wrong with typed minutes. */
export type MinutesProblem = 'minutes_required' | 'minutes_number' | 'minutes_range';

/** Reads typed minutes, "10", "0.5", "0,5", as whole seconds. */
export function parseMinutes(text: string): { seconds: number } | { problem: MinutesProblem } {
  const plain = text.trim().replace(',', '.');
  if (plain === '') return { problem: 'minutes_required' };
  if (!/^(\d+\.?\d*|\.\d+)$/.test(plain)) return { problem: 'minutes_number' };
  const seconds = Math.round(Number(plain) * 60);
  return seconds < 1 || seconds > holdSecondsMax ? { problem: 'minutes_range' } : { seconds };
}

/** A share that is raised step by step, by the console that accepted it and while that runs. */
export interface Ramp {
  steps: RampStep[];
  /** Index of the step whose share is copied, or is being put in. */
  step: number;
  /** Since when it is copied, ISO; null: it is being put in. */
  since: string | null;
  /** The replica that raises it, with the credentials of whoever asked it to. */
  holder: string;
  /** Changes while that replica runs: see `signOfLife`. */
  renewedAt: string;
  startedBy: string;
  /** Nothing is raised until somebody continues it. */
  held: { since: string; reason: MessageRef; passedSeconds: number } | null;
}

/** Without a sign of life for this long nobody raises a ramp any more. */
export const rampStaleMs = 90_000;

/** Why a ramp stands still; the text is `reason.<code>`. */
export const rampReasonCodes = [
  'ramp_on_demand',
  'ramp_task_paused',
  'ramp_state',
  'ramp_refused',
  'ramp_forbidden',
  'ramp_unauthorized',
  'ramp_failed',
  'ramp_internal',
  'ramp_console_stopped',
] as const;
export type RampReason = MessageRef & { code: (typeof rampReasonCodes)[number] };

/** Who is to raise a ramp. */
export type RampDriver = Pick<Ramp, 'holder' | 'startedBy'>;

/** What somebody wants of a task's ramp; `raise` is what its driver does when a step is over. */
export type RampWish =
  | ({ kind: 'start'; steps: readonly RampStepAsked[] } & RampDriver)
  | { kind: 'stop' }
  | { kind: 'hold'; reason: RampReason }
  /** `unrenewedMs`: for how long nobody has been seen to raise it. */
  | ({ kind: 'continue'; unrenewedMs: number } & RampDriver)
  | { kind: 'raise'; holder: string };

/** Milliseconds until a step is over; null while it is being put in, or held. */
export function dueInMs({ steps, step, since, held }: Ramp, nowMs: number): number | null {
  if (since === null || held) return null;
  return Date.parse(since) + (steps[step]?.holdSeconds ?? 0) * 1000 - nowMs;
}

/** The shares of a ramp's step, in the order of the task's targets. */
export function sharesOfStep({ steps, step }: Pick<Ramp, 'steps' | 'step'>): number[] {
  const { percentage, percentages } = steps[step] ?? {};
  return percentages ?? (percentage === undefined ? [] : [percentage]);
}

/**
 * A task's ramp as somebody wants it from `now` on (ISO); null: it has none any more. Undefined where there is nothing
 * of the kind to be done.
 */
export function rampAfter({ ramp, desired, spec }: TaskRecord, wish: RampWish, now: string): Ramp | null | undefined {
  if (wish.kind === 'start') {
    const { holder, startedBy } = wish;
    const steps = rampSteps(wish.steps, spec.targets);
    const begun: Ramp = { steps, step: 0, since: null, holder, startedBy, renewedAt: now, held: null };
    return desired === 'mirroring' ? begun : heldRamp(begun, taskPaused, now);
  }
  if (!ramp) return undefined;
  switch (wish.kind) {
    case 'stop':
      return null;
    case 'hold':
      return ramp.held ? undefined : heldRamp(ramp, wish.reason, now);
    case 'continue':
      return desired === 'mirroring' && heldBy(ramp, wish.unrenewedMs) ? continued(ramp, wish, now) : undefined;
    case 'raise':
      return ramp.held || ramp.holder !== wish.holder || ramp.step + 1 >= ramp.steps.length
        ? undefined
        : { ...ramp, step: ramp.step + 1, since: null, renewedAt: now };
  }
}

/** Why a ramp holds while its task copies nothing. */
export const taskPaused: RampReason = { code: 'ramp_task_paused', params: {} };

/** A ramp that is not raised; how much of its step has passed is kept. */
export function heldRamp(ramp: Ramp, reason: RampReason, now: string): Ramp {
  if (ramp.held) return ramp;
  const passedMs = ramp.since === null ? 0 : Math.max(Date.parse(now) - Date.parse(ramp.since), 0);
  return { ...ramp, held: { since: now, reason, passedSeconds: Math.floor(passedMs / 1000) } };
}

/** What of its step had passed when it was held counts. One that nobody held, and nobody raises, begins its step anew. */
function continued(ramp: Ramp, { holder, startedBy }: RampDriver, now: string): Ramp {
  const passedSeconds = ramp.held?.passedSeconds ?? 0;
  const since = new Date(Date.parse(now) - passedSeconds * 1000).toISOString();
  return { ...ramp, holder, startedBy, renewedAt: now, since, held: null };
}

/** A task whose share is in the proxies' routes from `now` on: the time of its ramp's step begins. */
export function withStepBegun(record: TaskRecord, now: string): TaskRecord {
  const { ramp } = record;
  return ramp?.since === null ? { ...record, ramp: { ...ramp, since: now } } : record;
}

/**
 * What changes while somebody raises a task's ramp; compared with no clock. An operation's driver speaks for it meanwhile:
 * nobody else may write the record then.
 */
export function signOfLife({ ramp, operation }: TaskRecord): string | null {
  return ramp ? `${ramp.holder} ${ramp.renewedAt} ${operation?.renewedAt ?? ''}` : null;
}

/** Why a ramp stands still: it is held, or nobody has been seen to raise it for `unrenewedMs`. Null: it goes on. */
export function heldBy({ held, renewedAt }: Ramp, unrenewedMs: number): { since: string; reason: MessageRef } | null {
  if (held) return held;
  return unrenewedMs > rampStaleMs ? { since: renewedAt, reason: { code: 'ramp_console_stopped', params: {} } } : null;
}
