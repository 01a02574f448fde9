import type { ConditionProblem } from '@/components/request-match/condition-problems';
import type { ChangeBody } from '@/lib/client/tasks';
import { formatPercent, parsePercentage } from '@/lib/domain/percentage';
import { parseMinutes, rampProblems } from '@/lib/domain/ramp';

/** A step of a ramp as it is typed; the last one's minutes are kept for when another follows, and mean nothing. */
export interface RampStepDraft {
  id: string;
  percentage: string;
  minutes: string;
}

/** What begins a list of steps, to be changed. */
export const presetRamp: readonly RampStepDraft[] = [5, 25, 50, 100].map((percentage, index) => ({
  ...emptyStep(String(index + 1)),
  percentage: formatPercent(percentage),
}));

function emptyStep(id: string): RampStepDraft {
  return { id, percentage: '', minutes: '10' };
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

/** Name of a step's field among the problems of an edit. */
export function stepField(id: string, part: 'percentage' | 'minutes'): string {
  return `ramp.${id}.${part}`;
}

/** The ramp that typed steps say, as far as they do, and what is not yet anything, in the order of the fields. */
export function rampOf(drafts: readonly RampStepDraft[]): {
  ramp: NonNullable<ChangeBody['ramp']>;
  problems: ConditionProblem[];
} {
  const read = drafts.map((draft, index) => readStep(draft, index + 1 === drafts.length));
  const steps = read.map(({ step }) => step);
  const among = rampProblems(steps);
  return {
    ramp: steps.flatMap(({ percentage, holdSeconds }) =>
      percentage === undefined ? [] : [{ percentage, ...(holdSeconds !== undefined && { holdSeconds }) }],
    ),
    problems: read.flatMap(({ id, problems }, index) => [
      ...problems,
      ...among
        .filter(({ step }) => step === index)
        .map(({ field, code }) => problemAt(id, field === 'percentage' ? 'percentage' : 'minutes', code))
        // Minutes that say none are named by what was typed.
        .filter(({ field }) => problems.every((own) => own.field !== field)),
    ]),
  };
}

function problemAt(id: string, part: 'percentage' | 'minutes', code: string): ConditionProblem {
  return { field: stepField(id, part), code, params: {} };
}

/** A step by itself. */
function readStep({ id, percentage, minutes }: RampStepDraft, isLast: boolean) {
  const share = parsePercentage(percentage);
  const time = isLast ? null : parseMinutes(minutes);
  return {
    id,
    step: {
      ...('percent' in share && { percentage: share.percent }),
      ...(time && 'seconds' in time && { holdSeconds: time.seconds }),
    },
    problems: [
      ...('problem' in share ? [problemAt(id, 'percentage', share.problem)] : []),
      ...(time && 'problem' in time ? [problemAt(id, 'minutes', time.problem)] : []),
    ],
  };
}
