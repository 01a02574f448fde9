import type { ConditionProblem } from '@/components/request-match/condition-problems';
import type { ChangeBody } from '@/lib/client/tasks';
import { formatPercent, parsePercentage } from '@/lib/domain/percentage';
import { parseMinutes, rampProblems, type RampStepAsked, type TargetShare } from '@/lib/domain/ramp';

type StepBody = NonNullable<ChangeBody['ramp']>[number];

/** What a target has now, by its id. */
export type StandingShare = Required<TargetShare>;

/** A step of a ramp as it is typed. */
export interface RampStepDraft {
  id: string;
  /** By the target's id; of several one that is empty stays as it is. */
  shares: Record<string, string>;
  /** The last one's are kept for when another follows, and mean nothing. */
  minutes: string;
}

/** What begins a list of steps, to be changed: the same for each target. */
export function presetRamp(targets: readonly StandingShare[]): RampStepDraft[] {
  return [5, 25, 50, 100].map((percentage, index) => ({
    ...emptyStep(String(index + 1)),
    shares: Object.fromEntries(targets.map(({ id }) => [id, formatPercent(percentage)])),
  }));
}

function emptyStep(id: string): RampStepDraft {
  return { id, shares: {}, minutes: '10' };
}

/** The steps with one more to type. */
export function withNewStep(steps: readonly RampStepDraft[]): RampStepDraft[] {
  const free = Math.max(0, ...steps.map(({ id }) => Number(id))) + 1;
  return [...steps, emptyStep(String(free))];
}

/** The steps with one changed, or (with null) without it. */
export function withStep(
  steps: readonly RampStepDraft[],
  id: string,
  patch: Partial<RampStepDraft> | null,
): RampStepDraft[] {
  return steps.flatMap((step) => (step.id !== id ? [step] : patch ? [{ ...step, ...patch }] : []));
}

/** The steps with one's share of a target as it is typed. */
export function withShare(steps: readonly RampStepDraft[], id: string, target: string, text: string): RampStepDraft[] {
  return steps.map((step) => (step.id === id ? { ...step, shares: { ...step.shares, [target]: text } } : step));
}

/** Name of the field of a target's share in a step, among the problems of an edit. */
export function shareField(step: string, target: string): string {
  return `ramp.${step}.share.${target}`;
}

/** The same of a step's minutes. */
export function minutesField(step: string): string {
  return `ramp.${step}.minutes`;
}

/** The ramp that typed steps say, as far as they do, and what is not yet anything, in the order of the fields. */
export function rampOf(
  drafts: readonly RampStepDraft[],
  targets: readonly StandingShare[],
): { ramp: StepBody[]; problems: ConditionProblem[] } {
  const read = drafts.map((draft, index) => readStep(draft, targets, index + 1 === drafts.length));
  const among = rampProblems(
    read.map(({ asked }) => asked),
    targets,
  );
  return {
    ramp: read.map(({ asked }) => toBody(asked, targets)),
    problems: read.flatMap(({ id, asked, problems }, index) => [
      ...problems,
      ...among
        .filter(({ step }) => step === index)
        .map(({ target, code }) => problemAt(target === null ? minutesField(id) : fieldOf(id, asked, target), code))
        // Minutes that say none are named by what was typed.
        .filter(({ field }) => problems.every((own) => own.field !== field)),
    ]),
  };
}

type StepOfEach = RampStepAsked & { targets: TargetShare[] };

function fieldOf(step: string, { targets }: StepOfEach, index: number): string {
  return shareField(step, targets[index]?.id ?? '');
}

/** Of the only target a step says the share itself. */
function toBody({ targets, holdSeconds }: StepOfEach, standing: readonly StandingShare[]): StepBody {
  const named = targets.flatMap(({ id, percentage }) => (percentage === undefined ? [] : [{ id, percentage }]));
  const time = holdSeconds !== undefined && { holdSeconds };
  return standing.length > 1 ? { targets: named, ...time } : { percentage: named[0]?.percentage, ...time };
}

function problemAt(field: string, code: string): ConditionProblem {
  return { field, code, params: {} };
}

/** A step by itself. */
function readStep({ id, shares, minutes }: RampStepDraft, targets: readonly StandingShare[], isLast: boolean) {
  const typed = targets.map((target) => ({ id: target.id, text: shares[target.id] ?? '' }));
  const filled = typed.filter(({ text }) => text.trim() !== '');
  const parsed = (filled.length > 0 ? filled : typed.slice(0, 1)).map(({ id: target, text }) => ({
    target,
    share: parsePercentage(text),
  }));
  const time = isLast ? null : parseMinutes(minutes);
  const asked: StepOfEach = {
    targets: parsed.map(({ target, share }) => ({
      id: target,
      ...('percent' in share && { percentage: share.percent }),
    })),
    ...(time && 'seconds' in time && { holdSeconds: time.seconds }),
  };
  return {
    id,
    asked,
    problems: [
      ...parsed.flatMap(({ target, share }) =>
        'problem' in share ? [problemAt(shareField(id, target), share.problem)] : [],
      ),
      ...(time && 'problem' in time ? [problemAt(minutesField(id), time.problem)] : []),
    ],
  };
}
