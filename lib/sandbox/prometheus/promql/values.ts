/**
 * Values in the middle of an evaluation. All steps of a query are evaluated together: a vector is
 * one column per series, with a mark for the steps at which the series has a sample.
 */
import type { Tsdb } from '../tsdb.ts';
import { ExecutionError } from './ast.ts';
import type { Labels } from '../labels.ts';

/** Where and at which times a query is evaluated. */
export interface Evaluation {
  tsdb: Tsdb;
  /** The evaluation times in ms, ascending. */
  times: Float64Array;
  /** Bounds of the whole query, for `@ start()` and `@ end()`. */
  startMs: number;
  endMs: number;
  /** How long a sample stands for its series (5 min in Prometheus). */
  lookbackMs: number;
  /** Step of a subquery that names none. */
  subqueryStepMs: number;
  /** Cells that may still be allocated. */
  budget: { cells: number };
}

/** One series of an instant vector over all steps. */
export interface StepSeries {
  labels: Labels;
  values: Float64Array;
  present: Uint8Array;
}

export type Value =
  | { type: 'scalar'; values: Float64Array }
  | { type: 'string'; value: string }
  | { type: 'vector'; series: StepSeries[] };

/** An empty series; counts against the query's budget. */
export function emptySeries(labels: Labels, evaluation: Evaluation): StepSeries {
  const steps = evaluation.times.length;
  spend(evaluation, steps);
  return { labels, values: new Float64Array(steps), present: new Uint8Array(steps) };
}

/** @throws ExecutionError when the query holds more samples than Prometheus would load. */
export function spend(evaluation: Evaluation, cells: number): void {
  evaluation.budget.cells -= cells;
  if (evaluation.budget.cells < 0) {
    throw new ExecutionError('query processing would load too many samples into memory in query execution');
  }
}

/** A new series with the value of `compute` wherever `series` has one. */
export function mapSeries(
  series: StepSeries,
  labels: Labels,
  compute: (value: number, step: number) => number,
): StepSeries {
  const values = new Float64Array(series.values.length);
  for (let step = 0; step < values.length; step++) {
    if (series.present[step]) values[step] = compute(series.values[step] as number, step);
  }
  return { labels, values, present: series.present };
}

/**
 * Joins series that have the same labels after some were dropped.
 * @throws ExecutionError when two of them have a sample at the same step.
 */
export function joinEqualLabels(series: StepSeries[]): StepSeries[] {
  const byKey = new Map<string, StepSeries>();
  for (const one of series) {
    const known = byKey.get(one.labels.key);
    if (!known) {
      byKey.set(one.labels.key, one);
      continue;
    }
    const joined = { labels: one.labels, values: known.values.slice(), present: known.present.slice() };
    for (let step = 0; step < joined.values.length; step++) {
      if (!one.present[step]) continue;
      if (joined.present[step]) throw new ExecutionError('vector cannot contain metrics with the same labelset');
      joined.present[step] = 1;
      joined.values[step] = one.values[step] as number;
    }
    byKey.set(one.labels.key, joined);
  }
  return byKey.size === series.length ? series : [...byKey.values()];
}

/** Whether the series has a sample at any step. */
export function hasAny(series: StepSeries): boolean {
  return series.present.includes(1);
}
