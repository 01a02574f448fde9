import { describe, expect, it } from 'vitest';
import { isWorse, type TaskDifference } from './prepare-difference';

const success: TaskDifference = {
  metric: 'success',
  value: -2,
  low: -4,
  high: -1,
  unit: 'percentage_points',
  samples: 500,
};
const latency: TaskDifference = { ...success, metric: 'latency_p95', value: 9, low: 3, high: 12, unit: 'milliseconds' };

describe('a difference is called worse', () => {
  it('when its whole interval is: fewer successes, longer answers', () => {
    expect(isWorse(success)).toBe(true);
    expect(isWorse(latency)).toBe(true);
    expect(isWorse({ ...success, low: 1, high: 4 })).toBe(false);
    expect(isWorse({ ...latency, low: -9, high: -3 })).toBe(false);
  });

  it('never when the interval holds zero or is not known', () => {
    expect(isWorse({ ...success, high: 0.5 })).toBe(false);
    expect(isWorse({ ...latency, low: -1 })).toBe(false);
    expect(isWorse({ ...success, low: null, high: null })).toBe(false);
    expect(isWorse({ ...latency, low: null, high: null })).toBe(false);
  });
});
