import { describe, expect, it } from 'vitest';
import type { MetricSeries } from '@/lib/contract/metrics';
import { prepareSparkline } from './prepare-sparkline';

function rate(side: 'primary' | 'mirror', values: (number | null)[]): MetricSeries {
  return {
    metric: 'rate',
    side,
    target: side === 'mirror' ? 'v2' : null,
    quantile: null,
    code: null,
    unit: 'requests_per_second',
    query: 'q',
    points: values.map((value, index) => [index * 60, value]),
  };
}

describe('prepareSparkline', () => {
  it('draws nothing when nothing was measured', () => {
    expect(prepareSparkline([], 100, 30)).toBeNull();
    expect(prepareSparkline([rate('primary', [null, null, null])], 100, 30)).toBeNull();
  });

  it('never draws a line across missing samples', () => {
    const line = prepareSparkline([rate('primary', [10, 10, null, null, 10, 10])], 100, 30);
    expect(line?.sides[0]?.path.match(/M/g)).toHaveLength(2);
    expect(line?.sides[0]?.path).not.toMatch(/NaN|null/);
  });

  it('shades the span between the samples around a gap, also at the end', () => {
    expect(prepareSparkline([rate('primary', [10, 10, null, 10, 10, 10])], 100, 30)?.gaps).toEqual([
      { x: 20, width: 40 },
    ]);
    expect(prepareSparkline([rate('primary', [10, 10, 10, 10, null, null])], 100, 30)?.gaps).toEqual([
      { x: 60, width: 40 },
    ]);
  });

  it('draws a lone sample as a dot', () => {
    const line = prepareSparkline([rate('primary', [10, 10, 10]), rate('mirror', [null, 5, null])], 100, 30);
    expect(line?.sides[1]?.path).toMatch(/^M50 [\d.]+h\.01$/);
  });

  it('draws zero on the base line only when zero was measured, both sides on one scale', () => {
    const line = prepareSparkline([rate('primary', [20, 20]), rate('mirror', [0, 0])], 100, 30);
    const heights = line?.sides.map((side) => Number(/M0 ([\d.]+)/.exec(side.path)?.[1]));
    expect(heights?.[1]).toBe(29.5);
    expect(heights?.[0]).toBeLessThan(6);
  });

  it('keeps every line within its box', () => {
    const line = prepareSparkline([rate('primary', [0, 1e6, 3, 0.0001]), rate('mirror', [1, 2, 3, 4])], 80, 34);
    for (const { path } of line?.sides ?? []) {
      for (const [, x, y] of path.matchAll(/(-?[\d.]+) (-?[\d.]+)/g)) {
        expect(Number(x)).toBeGreaterThanOrEqual(0);
        expect(Number(x)).toBeLessThanOrEqual(80);
        expect(Number(y)).toBeGreaterThanOrEqual(0);
        expect(Number(y)).toBeLessThanOrEqual(34);
      }
    }
  });
});
