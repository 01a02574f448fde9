import { describe, expect, it } from 'vitest';
import type { TaskMetrics } from '@/lib/contract/metrics';
import { keepLastMeasured } from './keep-last-measured';

const measured: TaskMetrics = {
  start: 0,
  end: 900,
  stepSeconds: 15,
  scrapeIntervalSeconds: 15,
  series: [
    {
      metric: 'rate',
      side: 'primary',
      target: null,
      quantile: null,
      code: null,
      unit: 'requests_per_second',
      query: 'q',
      points: [[900, 5]],
    },
  ],
  totals: [],
  markers: [],
  problem: null,
};
const problem = { code: 'metrics_unreachable', params: {}, message: 'gone' };
const lost: TaskMetrics = { ...measured, start: 60, end: 960, series: [], problem };

describe('keepLastMeasured', () => {
  it('shows a new measurement as it is', () => {
    const next = { ...measured, end: 915 };
    expect(keepLastMeasured(measured, next)).toBe(next);
  });

  it('keeps the last series and their time when Prometheus is lost, and says what is wrong', () => {
    expect(keepLastMeasured(measured, lost)).toMatchObject({ end: 900, series: measured.series, problem });
  });

  it('still knows the last series after several failures', () => {
    expect(keepLastMeasured(keepLastMeasured(measured, lost), lost).series).toBe(measured.series);
  });

  it('shows changes that were made meanwhile', () => {
    const marker = { at: 950, kind: 'pause', percentage: 0, text: '' } as const;
    expect(keepLastMeasured(measured, { ...lost, markers: [marker] }).markers).toEqual([marker]);
  });

  it('has nothing to keep at first', () => {
    expect(keepLastMeasured(undefined, lost)).toBe(lost);
  });
});
