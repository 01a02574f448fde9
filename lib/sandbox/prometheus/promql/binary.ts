/** Operators between scalars and instant vectors. */
import type { Labels } from '../labels.ts';
import { ExecutionError, type Binary, type Matching } from './ast.ts';
import { isComparison, isSetOperator } from './parse.ts';
import { emptySeries, hasAny, joinEqualLabels, type Evaluation, type StepSeries, type Value } from './values.ts';

const operations: Record<string, (left: number, right: number) => number> = {
  '+': (left, right) => left + right,
  '-': (left, right) => left - right,
  '*': (left, right) => left * right,
  '/': (left, right) => left / right,
  '%': (left, right) => left % right,
  '^': power,
  atan2: Math.atan2,
  '==': (left, right) => Number(left === right),
  '!=': (left, right) => Number(left !== right),
  '>': (left, right) => Number(left > right),
  '<': (left, right) => Number(left < right),
  '>=': (left, right) => Number(left >= right),
  '<=': (left, right) => Number(left <= right),
};

/** The value of a binary expression from those of its sides. */
export function applyBinary(node: Binary, left: Value, right: Value, evaluation: Evaluation): Value {
  if (left.type === 'string' || right.type === 'string') throw new ExecutionError('operators do not work on strings');
  if (left.type === 'scalar' && right.type === 'scalar') {
    const operate = operations[node.op] as (left: number, right: number) => number;
    return { type: 'scalar', values: left.values.map((value, step) => operate(value, right.values[step] as number)) };
  }
  if (left.type === 'vector' && right.type === 'vector') {
    const series = isSetOperator(node.op)
      ? applySet(node, left.series, right.series)
      : applyMatched(node, left.series, right.series, evaluation);
    return { type: 'vector', series: joinEqualLabels(series.filter(hasAny)) };
  }
  const scalarLeft = left.type === 'scalar';
  const scalar = left.type === 'scalar' ? left.values : (right as { values: Float64Array }).values;
  const vector = left.type === 'vector' ? left.series : (right as { series: StepSeries[] }).series;
  const series = vector.map((one) => applyScalar(node, one, scalar, scalarLeft, evaluation)).filter(hasAny);
  return { type: 'vector', series: joinEqualLabels(series) };
}

function applyScalar(
  node: Binary,
  series: StepSeries,
  scalar: Float64Array,
  scalarLeft: boolean,
  evaluation: Evaluation,
): StepSeries {
  const operate = operations[node.op] as (left: number, right: number) => number;
  const filters = isComparison(node.op) && !node.bool;
  const column = emptySeries(filters ? series.labels : series.labels.withoutName(), evaluation);
  for (let step = 0; step < column.values.length; step++) {
    if (!series.present[step]) continue;
    const value = series.values[step] as number;
    const other = scalar[step] as number;
    const result = scalarLeft ? operate(other, value) : operate(value, other);
    if (filters && result === 0) continue;
    column.present[step] = 1;
    column.values[step] = filters ? value : result;
  }
  return column;
}

function applySet(node: Binary, left: StepSeries[], right: StepSeries[]): StepSeries[] {
  const signature = signatures(node.matching);
  const marks = (series: StepSeries[]): Map<string, Uint8Array> => {
    const byKey = new Map<string, Uint8Array>();
    for (const one of series) {
      const key = signature(one.labels);
      const mark = byKey.get(key);
      if (!mark) byKey.set(key, one.present.slice());
      else
        for (let step = 0; step < mark.length; step++)
          mark[step] = (mark[step] as number) | (one.present[step] as number);
    }
    return byKey;
  };
  const keep = (series: StepSeries[], others: Map<string, Uint8Array>, wanted: 0 | 1): StepSeries[] =>
    series.map((one) => {
      const mark = others.get(signature(one.labels));
      const present = one.present.map((here, step) => (here && (mark?.[step] ?? 0) === wanted ? 1 : 0));
      return { labels: one.labels, values: one.values, present };
    });
  if (node.op === 'and') return keep(left, marks(right), 1);
  if (node.op === 'unless') return keep(left, marks(right), 0);
  return [...left, ...keep(right, marks(left), 0)];
}

/** Arithmetic and comparison between two vectors, one-to-one, many-to-one or one-to-many. */
function applyMatched(node: Binary, left: StepSeries[], right: StepSeries[], evaluation: Evaluation): StepSeries[] {
  const { matching } = node;
  const signature = signatures(matching);
  const manyRight = matching.many === 'right';
  const [many, one] = manyRight ? [right, left] : [left, right];
  const oneByKey = new Map<string, StepSeries[]>();
  for (const series of one) {
    const key = signature(series.labels);
    oneByKey.set(key, [...(oneByKey.get(key) ?? []), series]);
  }
  for (const group of oneByKey.values()) refuseOverlap(group, matching, manyRight ? 'left' : 'right');
  const results: { column: StepSeries; key: string }[] = [];
  for (const series of many) {
    const key = signature(series.labels);
    for (const partner of oneByKey.get(key) ?? []) {
      const labels = resultLabels(node, series.labels, partner.labels);
      const [l, r] = manyRight ? [partner, series] : [series, partner];
      results.push({ column: combine(node, l, r, labels, evaluation), key });
    }
  }
  refuseAmbiguous(results, matching);
  return results.map(({ column }) => column);
}

/** Marks the steps at which both sides have a sample, even if a comparison drops them afterwards. */
function combine(
  node: Binary,
  left: StepSeries,
  right: StepSeries,
  labels: Labels,
  evaluation: Evaluation,
): StepSeries {
  const operate = operations[node.op] as (left: number, right: number) => number;
  const filters = isComparison(node.op) && !node.bool;
  const column = emptySeries(labels, evaluation);
  for (let step = 0; step < column.values.length; step++) {
    if (!left.present[step] || !right.present[step]) continue;
    const result = operate(left.values[step] as number, right.values[step] as number);
    if (filters && result === 0) continue;
    column.present[step] = 1;
    column.values[step] = filters ? (left.values[step] as number) : result;
  }
  return column;
}

function resultLabels(node: Binary, many: Labels, one: Labels): Labels {
  const { matching } = node;
  let labels = isComparison(node.op) && !node.bool ? many : many.withoutName();
  if (!matching.many) return matching.on ? labels.only(matching.labels) : labels.without(matching.labels);
  for (const name of matching.include) {
    const value = one.get(name);
    labels = value === '' ? labels.without([name]) : labels.with(name, value);
  }
  return labels;
}

function refuseOverlap(group: StepSeries[], matching: Matching, side: string): void {
  if (group.length < 2) return;
  for (let step = 0; step < (group[0]?.present.length ?? 0); step++) {
    const both = group.filter((series) => series.present[step]);
    const [first, second] = both;
    if (!first || !second) continue;
    const match = matching.on
      ? first.labels.only(matching.labels)
      : first.labels.without([...matching.labels, '__name__']);
    throw new ExecutionError(
      `found duplicate series for the match group ${match} on the ${side} hand-side of the operation: ` +
        `[${second.labels}, ${first.labels}];many-to-many matching not allowed: matching labels must be unique on one side`,
    );
  }
}

function refuseAmbiguous(results: { column: StepSeries; key: string }[], matching: Matching): void {
  const seen = new Map<string, StepSeries[]>();
  for (const { column, key } of results) {
    const id = matching.many ? column.labels.key : key;
    const others = seen.get(id) ?? [];
    for (const other of others) {
      if (!other.present.some((here, step) => here && column.present[step])) continue;
      throw new ExecutionError(
        matching.many
          ? 'multiple matches for labels: grouping labels must ensure unique matches'
          : 'multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)',
      );
    }
    seen.set(id, [...others, column]);
  }
}

function signatures(matching: Matching): (labels: Labels) => string {
  const names = matching.on ? matching.labels : [...matching.labels, '__name__'];
  return (labels) => (matching.on ? labels.only(names) : labels.without(names)).key;
}

/** Go's math.Pow: 1 to any power is 1, and -1 to an infinite power too, where JavaScript says NaN. */
function power(base: number, exponent: number): number {
  if (base === 1 || (base === -1 && !Number.isFinite(exponent) && !isNaN(exponent))) return 1;
  return base ** exponent;
}
