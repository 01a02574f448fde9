/** Instant and range queries over the store, limits included. */
import { QueryError, unwrap } from './promql/ast.ts';
import { evaluate, evaluateRange } from './promql/evaluate.ts';
import { parsePromQL, typeName, typeOf } from './promql/parse.ts';
import type { Evaluation } from './promql/values.ts';
import type { Tsdb } from './tsdb.ts';

export type QueryResult =
  | { resultType: 'scalar'; result: [number, number] }
  | { resultType: 'string'; result: [number, string] }
  | { resultType: 'vector'; result: { metric: Record<string, string>; value: [number, number] }[] }
  | { resultType: 'matrix'; result: { metric: Record<string, string>; values: [number, number][] }[] };

export interface QueryOptions {
  lookbackMs?: number;
  subqueryStepMs?: number;
  /** Samples that one query may hold. */
  maxSamples?: number;
}

const defaultLookbackMs = 300_000;
const defaultSubqueryStepMs = 15_000;
const defaultMaxSamples = 50_000_000;

/**
 * Evaluates a query at one time (ms). Times in results are ms.
 * @throws QueryError, ExecutionError
 */
export function instantQuery(tsdb: Tsdb, query: string, timeMs: number, options: QueryOptions = {}): QueryResult {
  const expr = parsePromQL(query);
  const evaluation = prepare(tsdb, Float64Array.of(timeMs), timeMs, options);
  const inner = unwrap(expr);
  if (inner.type === 'range' || inner.type === 'subquery') {
    const series = evaluateRange(inner, evaluation);
    return {
      resultType: 'matrix',
      result: series
        .toSorted((a, b) => a.labels.compare(b.labels))
        .map(({ labels, points }) => ({ metric: labels.toRecord(), values: points })),
    };
  }
  const value = evaluate(expr, evaluation);
  if (value.type === 'scalar') return { resultType: 'scalar', result: [timeMs, value.values[0] as number] };
  if (value.type === 'string') return { resultType: 'string', result: [timeMs, value.value] };
  const result = value.series
    .filter((series) => series.present[0])
    .map((series) => ({
      metric: series.labels.toRecord(),
      value: [timeMs, series.values[0] as number] as [number, number],
    }));
  return { resultType: 'vector', result };
}

/**
 * Evaluates a query at every step from start to end (ms).
 * @throws QueryError, ExecutionError
 */
export function rangeQuery(
  tsdb: Tsdb,
  query: string,
  range: { startMs: number; endMs: number; stepMs: number },
  options: QueryOptions = {},
): QueryResult {
  const expr = parsePromQL(query);
  const type = typeOf(expr);
  if (type === 'matrix' || type === 'string') {
    throw new QueryError(
      `invalid expression type "${typeName(type)}" for range query, must be Scalar or instant Vector`,
    );
  }
  const count = Math.floor((range.endMs - range.startMs) / range.stepMs) + 1;
  const times = Float64Array.from({ length: count }, (_, i) => range.startMs + i * range.stepMs);
  const value = evaluate(expr, prepare(tsdb, times, range.endMs, options));
  if (value.type === 'string') throw new QueryError('invalid expression type "string" for range query');
  if (value.type === 'scalar') {
    const values = Array.from(value.values, (number, i): [number, number] => [times[i] as number, number]);
    return { resultType: 'matrix', result: [{ metric: {}, values }] };
  }
  const result = [];
  for (const series of value.series.toSorted((a, b) => a.labels.compare(b.labels))) {
    const values: [number, number][] = [];
    for (let i = 0; i < count; i++)
      if (series.present[i]) values.push([times[i] as number, series.values[i] as number]);
    if (values.length) result.push({ metric: series.labels.toRecord(), values });
  }
  return { resultType: 'matrix', result };
}

function prepare(tsdb: Tsdb, times: Float64Array, endMs: number, options: QueryOptions): Evaluation {
  return {
    tsdb,
    times,
    startMs: times[0] ?? 0,
    // The query's own end, which its last step need not reach.
    endMs,
    lookbackMs: options.lookbackMs ?? defaultLookbackMs,
    subqueryStepMs: options.subqueryStepMs ?? defaultSubqueryStepMs,
    budget: { cells: options.maxSamples ?? defaultMaxSamples },
  };
}
