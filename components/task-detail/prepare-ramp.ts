import type { TaskRamp } from '@/lib/contract/task';
import { sharesOfStep } from '@/lib/domain/ramp';

/** What a ramp's strip says. */
export interface PreparedRamp {
  /** Number of the step, from 1, and how many there are. */
  step: number;
  total: number;
  /** Of each target, in the order of the task's. */
  percentages: number[];
  /** Milliseconds until the step is over, of a held ramp what is left of it; null until its share has been put in. */
  leftMs: number | null;
  /** The shares after this step; null: it is the last one. */
  next: number[] | null;
}

/** A ramp at a moment, in epoch milliseconds. */
export function prepareRamp({ steps, step, since, held, passedSeconds }: TaskRamp, now: number): PreparedRamp {
  const holdMs = (steps[step]?.holdSeconds ?? 0) * 1000;
  const passedMs = since === null ? null : held ? (passedSeconds ?? 0) * 1000 : now - Date.parse(since);
  return {
    step: step + 1,
    total: steps.length,
    percentages: sharesOfStep({ steps, step }),
    leftMs: passedMs === null ? null : Math.max(holdMs - passedMs, 0),
    next: step + 1 < steps.length ? sharesOfStep({ steps, step: step + 1 }) : null,
  };
}
