/** Functions over range vectors, number for number as Prometheus 3 computes them. */
import { KahanSum } from './kahan.ts';
import type { Samples } from './selectors.ts';

/** The samples `from` (inclusive) to `to` (exclusive) of a series: those in (startMs, endMs]. */
export interface Window {
  samples: Samples;
  from: number;
  to: number;
  startMs: number;
  endMs: number;
}

/** Undefined = the series has no result at this step. */
export type RangeFunction = (window: Window, param: number) => number | undefined;

/** Functions of one range vector by name; `quantile_over_time` uses the parameter. */
export const rangeFunctions: Record<string, RangeFunction> = {
  rate: (window) => extrapolated(window, true, true),
  increase: (window) => extrapolated(window, true, false),
  delta: (window) => extrapolated(window, false, false),
  irate: (window) => instantChange(window, true),
  idelta: (window) => instantChange(window, false),
  changes: (window) => countPairs(window, (before, after) => after !== before && !(isNaN(after) && isNaN(before))),
  resets: (window) => countPairs(window, (before, after) => after < before),
  sum_over_time: (window) => kahanOver(window).total,
  avg_over_time: (window) => {
    const sum = kahanOver(window);
    return Number.isFinite(sum.sum) ? sum.total / (window.to - window.from) : runningMean(window);
  },
  min_over_time: (window) => reduce(window, (best, value) => (value < best || isNaN(best) ? value : best)),
  max_over_time: (window) => reduce(window, (best, value) => (value > best || isNaN(best) ? value : best)),
  count_over_time: (window) => window.to - window.from,
  last_over_time: (window) => window.samples.values[window.to - 1],
  present_over_time: () => 1,
  stddev_over_time: (window) => Math.sqrt(variance(window)),
  stdvar_over_time: (window) => variance(window),
  quantile_over_time: (window, q) => quantile(q, Array.from(window.samples.values.subarray(window.from, window.to))),
};

/** The φ-quantile of unordered values, by linear interpolation between ranks. */
export function quantile(q: number, values: number[]): number {
  if (values.length === 0 || isNaN(q)) return NaN;
  if (q < 0) return -Infinity;
  if (q > 1) return Infinity;
  const sorted = values.toSorted((a, b) => (isNaN(a) ? -1 : isNaN(b) ? 1 : a - b));
  const rank = q * (sorted.length - 1);
  const lower = Math.max(0, Math.floor(rank));
  const upper = Math.min(sorted.length - 1, lower + 1);
  const weight = rank - Math.floor(rank);
  return (sorted[lower] as number) * (1 - weight) + (sorted[upper] as number) * weight;
}

/**
 * rate, increase and delta: the change between the first and last sample, extrapolated towards the
 * ends of the window if the samples come close to them, and for counters never below zero.
 */
function extrapolated(window: Window, isCounter: boolean, perSecond: boolean): number | undefined {
  const { samples, from, to, startMs, endMs } = window;
  const { values, times, timesFrom } = samples;
  if (to - from < 2) return undefined;
  const first = values[from] as number;
  let change = (values[to - 1] as number) - first;
  if (isCounter && samples.falls) {
    for (let i = from + 1; i < to; i++) {
      if ((values[i] as number) < (values[i - 1] as number)) change += values[i - 1] as number;
    }
  }
  const firstTime = times[timesFrom + from] as number;
  const lastTime = times[timesFrom + to - 1] as number;
  const sampled = (lastTime - firstTime) / 1000;
  const spacing = sampled / (to - from - 1);
  let toStart = (firstTime - startMs) / 1000;
  let toEnd = (endMs - lastTime) / 1000;
  const threshold = spacing * 1.1;
  if (toStart >= threshold) toStart = spacing / 2;
  if (isCounter && change > 0 && first >= 0) toStart = Math.min(toStart, sampled * (first / change));
  if (toEnd >= threshold) toEnd = spacing / 2;
  let factor = (sampled + toStart + toEnd) / sampled;
  if (perSecond) factor /= (endMs - startMs) / 1000;
  return change * factor;
}

function instantChange(window: Window, isRate: boolean): number | undefined {
  const { samples, from, to } = window;
  if (to - from < 2) return undefined;
  const last = samples.values[to - 1] as number;
  const previous = samples.values[to - 2] as number;
  const interval =
    (samples.times[samples.timesFrom + to - 1] as number) - (samples.times[samples.timesFrom + to - 2] as number);
  if (interval === 0) return undefined;
  if (!isRate) return last - previous;
  return (last < previous ? last : last - previous) / (interval / 1000);
}

function countPairs({ samples, from, to }: Window, counts: (before: number, after: number) => boolean): number {
  let count = 0;
  for (let i = from + 1; i < to; i++) if (counts(samples.values[i - 1] as number, samples.values[i] as number)) count++;
  return count;
}

function reduce({ samples, from, to }: Window, pick: (best: number, value: number) => number): number {
  let best = samples.values[from] as number;
  for (let i = from + 1; i < to; i++) best = pick(best, samples.values[i] as number);
  return best;
}

function kahanOver({ samples, from, to }: Window): KahanSum {
  const sum = new KahanSum();
  for (let i = from; i < to; i++) sum.add(samples.values[i] as number);
  return sum;
}

/** The mean where a plain sum would overflow. */
function runningMean({ samples, from, to }: Window): number {
  let mean = 0;
  for (let i = from; i < to; i++) {
    const value = samples.values[i] as number;
    const count = i - from + 1;
    if (!Number.isFinite(mean)) {
      if (!Number.isFinite(value) && value === mean) continue;
      if (Number.isFinite(value)) continue;
    }
    mean += value / count - mean / count;
  }
  return mean;
}

function variance({ samples, from, to }: Window): number {
  const mean = new KahanSum();
  const squares = new KahanSum();
  for (let i = from; i < to; i++) {
    const value = samples.values[i] as number;
    const delta = value - mean.total;
    mean.add(delta / (i - from + 1));
    squares.add(delta * (value - mean.total));
  }
  return squares.total / (to - from);
}
