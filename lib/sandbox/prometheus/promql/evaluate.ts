/** Evaluates a parsed query at all its steps. */
import { Labels } from '../labels.ts';
import { aggregate } from './aggregate.ts';
import { ExecutionError, unwrap, type Call, type Expr, type RangeSelector, type Subquery } from './ast.ts';
import { applyBinary } from './binary.ts';
import {
  absent,
  labelJoin,
  labelReplace,
  mapValues,
  mathFunctions,
  roundTo,
  sortSeries,
  toScalar,
} from './functions.ts';
import { histogramQuantiles } from './histogram-quantile.ts';
import { rangeFunctions, type RangeFunction, type Window } from './range-functions.ts';
import {
  firstAfter,
  instantTimestamps,
  instantVector,
  rangeSamples,
  referenceTimes,
  type Samples,
} from './selectors.ts';
import {
  emptySeries,
  hasAny,
  joinEqualLabels,
  mapSeries,
  spend,
  type Evaluation,
  type StepSeries,
  type Value,
} from './values.ts';

/**
 * The value of an expression of type scalar, string or instant vector.
 * @throws ExecutionError as Prometheus would fail.
 */
export function evaluate(expr: Expr, evaluation: Evaluation): Value {
  switch (expr.type) {
    case 'number':
      return { type: 'scalar', values: new Float64Array(evaluation.times.length).fill(expr.value) };
    case 'string':
      return expr;
    case 'paren':
      return evaluate(expr.expr, evaluation);
    case 'unary':
      return negate(evaluate(expr.expr, evaluation), expr.negative);
    case 'selector':
      return { type: 'vector', series: instantVector(expr, evaluation) };
    case 'range':
    case 'subquery':
      throw new ExecutionError('a range vector has no value of its own');
    case 'call':
      return call(expr, evaluation);
    case 'aggregation': {
      const param = expr.param && scalar(expr.param, evaluation);
      return { type: 'vector', series: aggregate(expr, vector(expr.expr, evaluation), param, evaluation) };
    }
    case 'binary':
      return applyBinary(expr, evaluate(expr.left, evaluation), evaluate(expr.right, evaluation), evaluation);
  }
}

/** The samples of a range vector at the last step, as an instant query of a range selector returns them. */
export function evaluateRange(
  expr: RangeSelector | Subquery,
  evaluation: Evaluation,
): { labels: Labels; points: [number, number][] }[] {
  const results: { labels: Labels; points: [number, number][] }[] = [];
  eachWindow(expr, evaluation, (samples, _step, window) => {
    const points: [number, number][] = [];
    for (let i = window.from; i < window.to; i++) {
      points.push([samples.times[samples.timesFrom + i] as number, samples.values[i] as number]);
    }
    if (points.length) results.push({ labels: samples.labels, points });
  });
  return results;
}

function negate(value: Value, negative: boolean): Value {
  if (value.type === 'string' || !negative) return value;
  if (value.type === 'scalar') return { type: 'scalar', values: value.values.map((number) => -number) };
  return { type: 'vector', series: mapValues(value.series, (number) => -number) };
}

function scalar(expr: Expr, evaluation: Evaluation): Float64Array {
  const value = evaluate(expr, evaluation);
  if (value.type !== 'scalar') throw new ExecutionError('expected a scalar');
  return value.values;
}

function vector(expr: Expr, evaluation: Evaluation): StepSeries[] {
  const value = evaluate(expr, evaluation);
  if (value.type !== 'vector') throw new ExecutionError('expected an instant vector');
  return value.series;
}

function text(expr: Expr | undefined): string {
  const inner = expr && unwrap(expr);
  if (inner?.type !== 'string') throw new ExecutionError('expected a string');
  return inner.value;
}

function call(node: Call, evaluation: Evaluation): Value {
  const { name, args } = node;
  if (name === 'time') return { type: 'scalar', values: evaluation.times.map((time) => time / 1000) };
  const first = args[0] as Expr;
  if (name === 'scalar') return { type: 'scalar', values: toScalar(vector(first, evaluation), evaluation) };
  return { type: 'vector', series: callVector(name, first, args, evaluation) };
}

function callVector(name: string, first: Expr, args: Expr[], evaluation: Evaluation): StepSeries[] {
  const rangeFunction = rangeFunctions[name];
  if (rangeFunction) {
    const param = args.length > 1 ? scalar(first, evaluation) : undefined;
    return overRange(name, rangeFunction, args.at(-1) as Expr, param, evaluation);
  }
  const compute = mathFunctions[name];
  if (compute) return mapValues(vector(first, evaluation), compute);
  const number = (index: number): Float64Array => scalar(args[index] as Expr, evaluation);
  switch (name) {
    case 'absent_over_time':
      return absent(
        first,
        overRange('present_over_time', () => 1, first, undefined, evaluation),
        evaluation,
      );
    case 'absent':
      return absent(first, vector(first, evaluation), evaluation);
    case 'histogram_quantile':
      return joinEqualLabels(histogramQuantiles(number(0), vector(args[1] as Expr, evaluation), evaluation));
    case 'label_replace':
      return labelReplace(vector(first, evaluation), [text(args[1]), text(args[2]), text(args[3]), text(args[4])]);
    case 'label_join':
      return labelJoin(vector(first, evaluation), text(args[1]), text(args[2]), args.slice(3).map(text));
    case 'clamp':
      return clamp(vector(first, evaluation), number(1), number(2));
    case 'clamp_min':
      return clamp(vector(first, evaluation), number(1), undefined);
    case 'clamp_max':
      return clamp(vector(first, evaluation), undefined, number(1));
    case 'round': {
      const multiple = args.length > 1 ? number(1) : undefined;
      return mapValues(vector(first, evaluation), (value, step) => roundTo(value, multiple?.[step] ?? 1));
    }
    case 'vector':
      return [
        {
          ...emptySeries(Labels.empty, evaluation),
          values: number(0),
          present: new Uint8Array(evaluation.times.length).fill(1),
        },
      ];
    case 'timestamp':
      return timestamps(first, evaluation);
    case 'sort':
    case 'sort_desc':
      return sortSeries(vector(first, evaluation), name === 'sort_desc');
    default:
      throw new ExecutionError(`not modelled by the sandbox: function ${name}()`);
  }
}

/** max(low, min(high, value)); nothing where the bounds cross. */
function clamp(series: StepSeries[], low: Float64Array | undefined, high: Float64Array | undefined): StepSeries[] {
  const bounded = mapValues(series, (value, step) =>
    Math.max(low?.[step] ?? -Infinity, Math.min(high?.[step] ?? Infinity, value)),
  );
  if (!low || !high) return bounded;
  const crossed = low.map((bound, step) => Number(bound > (high[step] as number)));
  return bounded
    .map((one) => ({ ...one, present: one.present.map((here, step) => (crossed[step] ? 0 : here)) }))
    .filter(hasAny);
}

function timestamps(arg: Expr, evaluation: Evaluation): StepSeries[] {
  const inner = unwrap(arg);
  if (inner.type !== 'selector') {
    return mapValues(vector(inner, evaluation), (_value, step) => (evaluation.times[step] as number) / 1000);
  }
  const series = instantTimestamps(inner, evaluation);
  return joinEqualLabels(series.map((one) => mapSeries(one, one.labels.withoutName(), (value) => value)));
}

function overRange(
  name: string,
  compute: RangeFunction,
  arg: Expr,
  param: Float64Array | undefined,
  evaluation: Evaluation,
): StepSeries[] {
  const inner = unwrap(arg);
  if (inner.type !== 'range' && inner.type !== 'subquery') throw new ExecutionError('expected a range vector');
  const keepsName = name === 'last_over_time';
  const columns = new Map<Samples, StepSeries>();
  eachWindow(inner, evaluation, (samples, step, window) => {
    const value = compute(window, param?.[step] ?? NaN);
    if (value === undefined) return;
    let column = columns.get(samples);
    if (!column) {
      column = emptySeries(keepsName ? samples.labels : samples.labels.withoutName(), evaluation);
      columns.set(samples, column);
    }
    column.present[step] = 1;
    column.values[step] = value;
  });
  return joinEqualLabels([...columns.values()]);
}

/** Calls `visit` for each series and step with at least one sample in its window, which is open on the left. */
function eachWindow(
  node: RangeSelector | Subquery,
  evaluation: Evaluation,
  visit: (samples: Samples, step: number, window: Window) => void,
): void {
  const reference = referenceTimes(node.type === 'range' ? node.selector : node, evaluation);
  const source = node.type === 'range' ? rangeSamples(node, evaluation) : subquerySamples(node, reference, evaluation);
  for (const samples of source) {
    const { times, timesFrom, length } = samples;
    let from = firstAfter(times, timesFrom, length, (reference[0] ?? 0) - node.rangeMs);
    let to = from;
    const window: Window = { samples, from, to, startMs: 0, endMs: 0 };
    for (let step = 0; step < reference.length; step++) {
      const endMs = reference[step] as number;
      const startMs = endMs - node.rangeMs;
      while (from < length && (times[timesFrom + from] as number) <= startMs) from++;
      if (to < from) to = from;
      while (to < length && (times[timesFrom + to] as number) <= endMs) to++;
      if (from === to) continue;
      window.from = from;
      window.to = to;
      window.startMs = startMs;
      window.endMs = endMs;
      visit(samples, step, window);
    }
  }
}

/** A subquery's inner results on its own grid, which is aligned to multiples of its step. */
function subquerySamples(node: Subquery, reference: Float64Array, evaluation: Evaluation): Samples[] {
  const stepMs = node.stepMs ?? evaluation.subqueryStepMs;
  const startMs = (reference[0] ?? 0) - node.rangeMs;
  const endMs = reference.at(-1) ?? 0;
  let first = Math.trunc(startMs / stepMs) * stepMs;
  if (first <= startMs) first += stepMs;
  const count = Math.max(0, Math.floor((endMs - first) / stepMs) + 1);
  spend(evaluation, count);
  const times = Float64Array.from({ length: count }, (_, i) => first + i * stepMs);
  if (count === 0) return [];
  return vector(node.expr, { ...evaluation, times }).map((series) => {
    const kept = times.filter((_, i) => series.present[i]);
    const values = series.values.filter((_, i) => series.present[i]);
    return { labels: series.labels, times: kept, timesFrom: 0, values, length: kept.length, falls: true };
  });
}
