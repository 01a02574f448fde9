/** Aggregations over the series of an instant vector. */
import type { Labels } from '../labels.ts';
import type { Aggregation } from './ast.ts';
import { quantile } from './range-functions.ts';
import { emptySeries, hasAny, type Evaluation, type StepSeries } from './values.ts';

interface Group {
  labels: Labels;
  series: StepSeries[];
}

/** The aggregated vector; `param` holds k or φ per step. */
export function aggregate(
  node: Aggregation,
  series: StepSeries[],
  param: Float64Array | undefined,
  evaluation: Evaluation,
): StepSeries[] {
  const groups = groupSeries(node, series);
  if (node.op === 'topk' || node.op === 'bottomk') {
    return groups.flatMap((group) => selectExtremes(group, param ?? new Float64Array(), node.op === 'topk'));
  }
  const fold = folds[node.op];
  return groups
    .map((group) => {
      const column = emptySeries(group.labels, evaluation);
      if (fold) fold(group.series, column);
      else foldSteps(group.series, column, (values, step) => perStep(node.op, values, param?.[step] ?? NaN));
      return column;
    })
    .filter(hasAny);
}

function groupSeries(node: Aggregation, series: StepSeries[]): Group[] {
  const groups = new Map<string, Group>();
  for (const one of series) {
    const labels = node.without ? one.labels.without([...node.labels, '__name__']) : one.labels.only(node.labels);
    const group = groups.get(labels.key);
    if (group) group.series.push(one);
    else groups.set(labels.key, { labels, series: [one] });
  }
  return [...groups.values()];
}

/** Aggregations that run down each column: they are most of what charts ask for. */
const folds: Record<string, (series: StepSeries[], into: StepSeries) => void> = {
  sum: (series, into) => foldSum(series, into, false),
  avg: (series, into) => foldSum(series, into, true),
  min: (series, into) => foldPairs(series, into, (best, value) => (value < best || isNaN(best) ? value : best)),
  max: (series, into) => foldPairs(series, into, (best, value) => (value > best || isNaN(best) ? value : best)),
  count: (series, into) => {
    for (const one of series) {
      for (let step = 0; step < into.values.length; step++) {
        if (!one.present[step]) continue;
        into.values[step] = (into.values[step] as number) + 1;
        into.present[step] = 1;
      }
    }
  },
  group: (series, into) => foldPairs(series, into, () => 1, 1),
};

/** Compensated sums as in KahanSum, kept in columns. */
function foldSum(series: StepSeries[], into: StepSeries, mean: boolean): void {
  const { values: sums, present } = into;
  const compensation = new Float64Array(sums.length);
  const counts = new Float64Array(sums.length);
  for (const one of series) {
    for (let step = 0; step < sums.length; step++) {
      if (!one.present[step]) continue;
      const value = one.values[step] as number;
      const sum = sums[step] as number;
      const next = sum + value;
      if (!Number.isFinite(next)) compensation[step] = 0;
      else {
        const lost = Math.abs(sum) >= Math.abs(value) ? sum - next + value : value - next + sum;
        compensation[step] = (compensation[step] as number) + lost;
      }
      sums[step] = next;
      counts[step] = (counts[step] as number) + 1;
      present[step] = 1;
    }
  }
  for (let step = 0; step < sums.length; step++) {
    const total = (sums[step] as number) + (compensation[step] as number);
    sums[step] = mean && present[step] ? total / (counts[step] as number) : total;
  }
}

function foldPairs(
  series: StepSeries[],
  into: StepSeries,
  pick: (best: number, value: number) => number,
  first?: number,
): void {
  for (const one of series) {
    for (let step = 0; step < into.values.length; step++) {
      if (!one.present[step]) continue;
      const value = one.values[step] as number;
      into.values[step] = into.present[step] ? pick(into.values[step] as number, value) : (first ?? value);
      into.present[step] = 1;
    }
  }
}

function foldSteps(series: StepSeries[], into: StepSeries, compute: (values: number[], step: number) => number): void {
  for (let step = 0; step < into.values.length; step++) {
    const values = series.filter((one) => one.present[step]).map((one) => one.values[step] as number);
    if (values.length === 0) continue;
    into.present[step] = 1;
    into.values[step] = compute(values, step);
  }
}

function perStep(op: string, values: number[], param: number): number {
  if (op === 'quantile') return quantile(param, values);
  let mean = 0;
  let squares = 0;
  for (const [index, value] of values.entries()) {
    const delta = value - mean;
    mean += delta / (index + 1);
    squares += delta * (value - mean);
  }
  const variance = squares / values.length;
  return op === 'stddev' ? Math.sqrt(variance) : variance;
}

/** topk and bottomk keep the samples as they are, the first of equal ones, NaN last. */
function selectExtremes(group: Group, counts: Float64Array, largest: boolean): StepSeries[] {
  const kept = group.series.map((one) => ({
    labels: one.labels,
    values: one.values,
    present: new Uint8Array(one.values.length),
  }));
  const order = new Map<StepSeries, number>();
  for (let step = 0; step < counts.length; step++) {
    const candidates = group.series.flatMap((one, index) =>
      one.present[step] ? [{ index, value: one.values[step] as number }] : [],
    );
    candidates.sort((a, b) => compareNaNLast(a.value, b.value, largest) || a.index - b.index);
    const k = Math.max(0, Math.trunc(counts[step] as number) || 0);
    for (const [rank, { index }] of candidates.slice(0, k).entries()) {
      const chosen = kept[index] as StepSeries;
      chosen.present[step] = 1;
      if (step === 0) order.set(chosen, rank);
    }
  }
  return kept.filter(hasAny).toSorted((a, b) => (order.get(a) ?? Infinity) - (order.get(b) ?? Infinity) || 0);
}

/** Orders values, largest or smallest first, NaN always last. */
export function compareNaNLast(a: number, b: number, descending: boolean): number {
  if (isNaN(a) || isNaN(b)) return Number(isNaN(a)) - Number(isNaN(b));
  if (a === b) return 0;
  return a < b === descending ? 1 : -1;
}
