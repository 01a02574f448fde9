import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { Labels } from '../labels.ts';
import { instantQuery, rangeQuery, type QueryResult } from '../query.ts';
import { stale, Tsdb } from '../tsdb.ts';

interface Answer {
  expr: string;
  start: number;
  end?: number;
  step?: number;
  error?: string;
  resultType?: string;
  result?: unknown;
}

type ApiSeries = { metric: Record<string, string>; values?: [number, string][]; value?: [number, string] };

const fixtures = path.join(import.meta.dirname, '../fixtures');
const answers = readLines<Answer>('answers.ndjson');
const tsdb = new Tsdb();
for (const { labels, samples } of readLines<{ labels: Record<string, string>; samples: [number, string][] }>(
  'samples.ndjson',
)) {
  tsdb.add(
    Labels.from(labels),
    samples.map(([timeMs, text]) => [timeMs, text === 'stale' ? stale : toNumber(text)]),
  );
}

describe('queries answered by Prometheus 3.5 itself', () => {
  it.each([...new Set(answers.map(({ expr }) => expr))])('%s', (asked) => {
    for (const answer of answers.filter(({ expr }) => expr === asked)) {
      if (answer.error === undefined) expectSame(ask(answer), answer);
      else expect(() => ask(answer)).toThrow();
    }
  });

  it('covers errors, gaps and every result type', () => {
    expect(answers.filter(({ error }) => error).length).toBeGreaterThan(10);
    expect(new Set(answers.map(({ resultType }) => resultType))).toEqual(
      new Set(['vector', 'matrix', 'scalar', 'string', undefined]),
    );
  });
});

it('words the errors of vector matching as Prometheus does', () => {
  for (const answer of answers.filter(({ error, expr }) => error && !expr.includes('nothing'))) {
    expect(() => ask(answer), answer.expr).toThrow(answer.error?.replace(/^invalid parameter "query": /, ''));
  }
});

function ask({ expr, start, end, step }: Answer): QueryResult {
  if (step === undefined) return instantQuery(tsdb, expr, start);
  return rangeQuery(tsdb, expr, { startMs: start, endMs: end ?? start, stepMs: step });
}

function expectSame(ours: QueryResult, theirs: Answer): void {
  expect(ours.resultType).toBe(theirs.resultType);
  if (ours.resultType === 'scalar') {
    expectNear(ours.result[1], toNumber((theirs.result as [number, string])[1]), theirs.expr);
    return;
  }
  if (ours.resultType === 'string') {
    expect(ours.result[1]).toBe((theirs.result as [number, string])[1]);
    return;
  }
  const expected = (theirs.result ?? []) as ApiSeries[];
  const isOrdered = /^(sort|topk|bottomk)/.test(theirs.expr) && ours.resultType === 'vector';
  const keys = (series: { metric: Record<string, string> }[]): string[] =>
    series.map(({ metric }) => Labels.from(metric).key);
  expect(isOrdered ? keys(ours.result) : keys(ours.result).toSorted()).toEqual(
    isOrdered ? keys(expected) : keys(expected).toSorted(),
  );
  const byKey = new Map(expected.map((series) => [Labels.from(series.metric).key, series]));
  for (const series of ours.result) {
    const points: [number, number][] = 'values' in series ? series.values : [series.value];
    const wanted = byKey.get(Labels.from(series.metric).key)!;
    const wantedPoints = wanted.values ?? [wanted.value!];
    expect(points.map(([timeMs]) => timeMs)).toEqual(wantedPoints.map(([seconds]) => Math.round(seconds * 1000)));
    for (const [index, [, value]] of points.entries())
      expectNear(value, toNumber(wantedPoints[index]![1]), theirs.expr);
  }
}

/** Equal to 1e-9 relative, NaN and infinities exactly. */
function expectNear(ours: number, theirs: number, expr: string): void {
  if (Number.isNaN(theirs) || !Number.isFinite(theirs)) expect(ours, expr).toBe(theirs);
  else expect(Math.abs(ours - theirs), expr).toBeLessThanOrEqual(1e-9 * Math.abs(theirs));
}

function toNumber(text: string): number {
  return Number(text.replace('Inf', 'Infinity'));
}

function readLines<T>(file: string): T[] {
  const text = readFileSync(path.join(fixtures, file), 'utf8').trimEnd();
  return text.split('\n').map((line): T => JSON.parse(line));
}
