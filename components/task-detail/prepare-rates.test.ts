import { describe, expect, it } from 'vitest';
import type { TaskMetrics } from '@/lib/contract/metrics';
import { currentRate } from './prepare-rates';

function metrics(points: [number, number | null][]): TaskMetrics {
  return {
    start: 0,
    end: 100,
    stepSeconds: 10,
    scrapeIntervalSeconds: 5,
    series: [
      {
        metric: 'rate',
        side: 'primary',
        target: null,
        quantile: null,
        code: null,
        unit: 'requests_per_second',
        query: 'q',
        points,
      },
    ],
    totals: [],
    markers: [],
    problem: null,
  };
}

describe('currentRate', () => {
  it('is the newest measured value, zero included', () => {
    expect(
      currentRate(
        metrics([
          [90, 4],
          [100, 5],
        ]),
        'primary',
      ),
    ).toBe(5);
    expect(
      currentRate(
        metrics([
          [90, 4],
          [100, 0],
        ]),
        'primary',
      ),
    ).toBe(0);
  });

  it('waits one step for the newest value', () => {
    expect(
      currentRate(
        metrics([
          [90, 4],
          [100, null],
        ]),
        'primary',
      ),
    ).toBe(4);
  });

  it('does not take an old value for the current one', () => {
    expect(
      currentRate(
        metrics([
          [80, 4],
          [90, null],
          [100, null],
        ]),
        'primary',
      ),
    ).toBeNull();
    expect(currentRate(metrics([[50, 4]]), 'primary')).toBeNull();
  });

  it('is not known for a side that was not measured', () => {
    expect(currentRate(metrics([[100, 5]]), 'mirror')).toBeNull();
    expect(currentRate(undefined, 'primary')).toBeNull();
  });
});
