import type { TaskRamp } from '@/lib/contract/task';

/** What a ramp's strip says. */
export interface PreparedRamp {
  /** Number of the step, from 1, and how many there are. */
  step: number;
  total: number;
  percentage: number;
  /** Milliseconds until the step is over, of a held ramp what is left of it; null until its share has been put in. */
  leftMs: number | null;
  /** The share after this step; null: it is the last one. */
  next: number | null;
}

/** A ramp at a moment, in epoch milliseconds. */
export function prepareRamp({ steps, step, since, held, passedSeconds }: TaskRamp, now: number): PreparedRamp {
  const holdMs = (steps[step]?.holdSeconds ?? 0) * 1000;
  const passedMs = since === null ? null : held ? (passedSeconds ?? 0) * 1000 : now - Date.parse(since);
  return {
    step: step + 1,
    total: steps.length,
    percentage: steps[step]?.percentage ?? 0,
    leftMs: passedMs === null ? null : Math.max(holdMs - passedMs, 0),
    next: steps[step + 1]?.percentage ?? null,
  };
}
