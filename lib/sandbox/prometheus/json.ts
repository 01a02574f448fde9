/** Values as Prometheus' HTTP API writes them. */
import type { QueryResult } from './query.ts';

/** The `data` of an answer: times in seconds, sample values as strings. */
export function toApiResult(result: QueryResult): unknown {
  switch (result.resultType) {
    case 'scalar':
      return { resultType: 'scalar', result: toPoint(result.result) };
    case 'string':
      return { resultType: 'string', result: [result.result[0] / 1000, result.result[1]] };
    case 'vector':
      return {
        resultType: 'vector',
        result: result.result.map(({ metric, value }) => ({ metric, value: toPoint(value) })),
      };
    case 'matrix':
      return {
        resultType: 'matrix',
        result: result.result.map(({ metric, values }) => ({ metric, values: values.map(toPoint) })),
      };
  }
}

function toPoint([timeMs, value]: [number, number]): [number, string] {
  return [timeMs / 1000, formatValue(value)];
}

/** A sample value as text: shortest decimal, `+Inf`, `-Inf`, `NaN`, exponents with two digits as Go writes them. */
export function formatValue(value: number): string {
  if (value === Infinity) return '+Inf';
  if (value === -Infinity) return '-Inf';
  if (Object.is(value, -0)) return '-0';
  return String(value).replace(/e([+-])(\d)$/, 'e$10$2');
}
