/** histogram_quantile over classic histograms, by Prometheus' linear interpolation within a bucket. */
import type { Labels } from '../labels.ts';
import { emptySeries, type Evaluation, type StepSeries } from './values.ts';

interface Bucket {
  upperBound: number;
  series: StepSeries;
}

const smallDelta = 1e-12;

/** `q` per step; one result per label set without `le`. */
export function histogramQuantiles(q: Float64Array, series: StepSeries[], evaluation: Evaluation): StepSeries[] {
  const groups = new Map<string, { labels: Labels; buckets: Bucket[] }>();
  for (const one of series) {
    const upperBound = parseBound(one.labels.get('le'));
    if (upperBound === undefined) continue;
    const labels = one.labels.without(['le', '__name__']);
    const group = groups.get(labels.key);
    if (group) group.buckets.push({ upperBound, series: one });
    else groups.set(labels.key, { labels, buckets: [{ upperBound, series: one }] });
  }
  const result: StepSeries[] = [];
  for (const { labels, buckets } of groups.values()) {
    buckets.sort((a, b) => a.upperBound - b.upperBound);
    const column = emptySeries(labels, evaluation);
    const bounds = new Float64Array(buckets.length);
    const counts = new Float64Array(buckets.length);
    for (let step = 0; step < column.values.length; step++) {
      const length = gather(buckets, step, bounds, counts);
      if (length === 0) continue;
      column.present[step] = 1;
      column.values[step] = bucketQuantile(q[step] as number, bounds, counts, length);
    }
    result.push(column);
  }
  return result;
}

/** Bounds and cumulative counts at one step, equal bounds added up; returns how many there are. */
function gather(buckets: Bucket[], step: number, bounds: Float64Array, counts: Float64Array): number {
  let length = 0;
  for (const { upperBound, series } of buckets) {
    if (!series.present[step]) continue;
    const count = series.values[step] as number;
    if (length > 0 && bounds[length - 1] === upperBound) counts[length - 1] = (counts[length - 1] as number) + count;
    else {
      bounds[length] = upperBound;
      counts[length++] = count;
    }
  }
  return length;
}

function bucketQuantile(q: number, bounds: Float64Array, counts: Float64Array, length: number): number {
  if (isNaN(q)) return NaN;
  if (q < 0) return -Infinity;
  if (q > 1) return Infinity;
  if (bounds[length - 1] !== Infinity) return NaN;
  makeMonotonic(counts, length);
  if (length < 2) return NaN;
  const observations = counts[length - 1] as number;
  if (observations === 0 || isNaN(observations)) return NaN;
  let rank = q * observations;
  let bucket = 0;
  while (bucket < length - 1 && !((counts[bucket] as number) >= rank)) bucket++;
  if (bucket === length - 1) return bounds[length - 2] as number;
  const end = bounds[bucket] as number;
  if (bucket === 0 && end <= 0) return end;
  let start = 0;
  let count = counts[bucket] as number;
  if (bucket > 0) {
    start = bounds[bucket - 1] as number;
    count -= counts[bucket - 1] as number;
    rank -= counts[bucket - 1] as number;
  }
  return start + (end - start) * (rank / count);
}

/** Removes what rounding, or an inconsistent scrape, lets a cumulative count fall. */
function makeMonotonic(counts: Float64Array, length: number): void {
  let previous = counts[0] as number;
  for (let i = 1; i < length; i++) {
    const current = counts[i] as number;
    if (current === previous) continue;
    if (almostEqual(previous, current) || current < previous) counts[i] = previous;
    else previous = current;
  }
}

function almostEqual(a: number, b: number): boolean {
  const difference = Math.abs(a - b);
  const sum = Math.abs(a) + Math.abs(b);
  if (a === 0 || b === 0 || sum < 2.2250738585072014e-308) return difference < smallDelta * 2.2250738585072014e-308;
  return difference / Math.min(sum, Number.MAX_VALUE) < smallDelta;
}

function parseBound(text: string): number | undefined {
  if (/^\+?inf$/i.test(text)) return Infinity;
  if (/^-inf$/i.test(text)) return -Infinity;
  return /^[-+]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(text) ? Number(text) : undefined;
}
