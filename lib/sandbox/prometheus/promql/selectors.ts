/** Samples of the store as instant vectors and range windows. */
import { stale, type Series } from '../tsdb.ts';
import type { Labels } from '../labels.ts';
import type { RangeSelector, Selector, TimeShift } from './ast.ts';
import { emptySeries, hasAny, spend, type Evaluation, type StepSeries } from './values.ts';

/** The raw samples of one series: sample i is at `times[timesFrom + i]`. */
export interface Samples {
  labels: Labels;
  times: Float64Array;
  timesFrom: number;
  values: Float64Array;
  length: number;
  /** False = the values never fall, so there is no counter reset in them. */
  falls: boolean;
}

/** The time that each step looks at, after `@` and `offset`. */
export function referenceTimes(shift: TimeShift, evaluation: Evaluation): Float64Array {
  const { at, offsetMs } = shift;
  if (at === undefined && offsetMs === 0) return evaluation.times;
  const fixed = at === 'start' ? evaluation.startMs : at === 'end' ? evaluation.endMs : at;
  return evaluation.times.map((time) => (fixed ?? time) - offsetMs);
}

/** The newest sample of each series within the lookback, unless a stale marker follows it. */
export function instantVector(selector: Selector, evaluation: Evaluation): StepSeries[] {
  return instantSamples(selector, evaluation, (_time, value) => value);
}

/** As `instantVector`, with the time of the sample in seconds as the value. */
export function instantTimestamps(selector: Selector, evaluation: Evaluation): StepSeries[] {
  return instantSamples(selector, evaluation, (time) => time / 1000);
}

function instantSamples(
  selector: Selector,
  evaluation: Evaluation,
  pick: (timeMs: number, value: number) => number,
): StepSeries[] {
  const reference = referenceTimes(selector, evaluation);
  const result: StepSeries[] = [];
  for (const series of evaluation.tsdb.select(selector.matchers)) {
    const times = series.times.data;
    const values = series.values.data;
    const { offset } = series;
    const { length } = series.values;
    const column = emptySeries(series.labels, evaluation);
    let next = firstAfter(times, offset, length, (reference[0] ?? 0) - evaluation.lookbackMs);
    for (let step = 0; step < reference.length; step++) {
      const time = reference[step] as number;
      while (next < length && (times[offset + next] as number) <= time) next++;
      if (next === 0) continue;
      const sampleTime = times[offset + next - 1] as number;
      const value = values[next - 1] as number;
      // The lookback is open on the left since Prometheus 3.
      if (sampleTime <= time - evaluation.lookbackMs || value === stale) continue;
      column.present[step] = 1;
      column.values[step] = pick(sampleTime, value);
    }
    if (hasAny(column)) result.push(column);
  }
  return result;
}

/** The raw samples of a range selector's series. */
export function rangeSamples(selector: RangeSelector, evaluation: Evaluation): Samples[] {
  return evaluation.tsdb.select(selector.selector.matchers).map((series) => {
    spend(evaluation, evaluation.times.length);
    return series.hasStale ? withoutStale(series) : samplesOf(series);
  });
}

function samplesOf(series: Series): Samples {
  return {
    labels: series.labels,
    times: series.times.data,
    timesFrom: series.offset,
    values: series.values.data,
    length: series.values.length,
    falls: series.falls,
  };
}

function withoutStale(series: Series): Samples {
  const times = new Float64Array(series.values.length);
  const values = new Float64Array(series.values.length);
  let length = 0;
  for (let i = 0; i < series.values.length; i++) {
    const value = series.values.data[i] as number;
    if (value === stale) continue;
    times[length] = series.times.data[series.offset + i] as number;
    values[length++] = value;
  }
  return { labels: series.labels, times, timesFrom: 0, values, length, falls: series.falls };
}

/** Index of the first sample later than `time`. */
export function firstAfter(times: Float64Array, from: number, length: number, time: number): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((times[from + middle] as number) <= time) low = middle + 1;
    else high = middle;
  }
  return low;
}
