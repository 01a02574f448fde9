import { describe, expect, it } from 'vitest';
import type { Coverage } from '@/lib/contract/task';
import { prepareCoverage } from './prepare-coverage';

const coverage = (value: number | null, finding: Coverage['finding'] = null): Coverage => ({
  value,
  low: value,
  high: value,
  arrivedPerSecond: value === null ? null : 45.6 * value,
  expectedPerSecond: 45.6,
  finding,
  reason: null,
});

describe('prepareCoverage', () => {
  it('is good unless the measurement has found something', () => {
    expect(prepareCoverage(coverage(0.991), 25).verdict).toBe('good');
    expect(prepareCoverage(coverage(0.8), 25).verdict).toBe('good');
    expect(prepareCoverage(coverage(0.8, 'lost'), 25).verdict).toBe('lost');
    expect(prepareCoverage(coverage(1.2, 'surplus'), 25).verdict).toBe('surplus');
  });

  it('says the share of live requests that arrived', () => {
    expect(prepareCoverage(coverage(0.992), 25).arrivedPercent).toBeCloseTo(24.8);
  });

  it('invents nothing when it cannot be told', () => {
    expect(prepareCoverage(null, 25)).toMatchObject({ verdict: 'unknown', arrivedPercent: null, value: null });
    expect(prepareCoverage(coverage(null), 25)).toMatchObject({ verdict: 'unknown', lostPerSecond: null });
  });

  it('never says that less than nothing was lost', () => {
    expect(prepareCoverage(coverage(1.02), 25).lostPerSecond).toBe(0);
    expect(prepareCoverage(coverage(0.9), 25).lostPerSecond).toBeCloseTo(4.56);
  });

  it('says that nothing was lost where the two rates differ by rounding alone', () => {
    expect(prepareCoverage(coverage(1 - 1e-12), 25).lostPerSecond).toBe(0);
    expect(prepareCoverage(coverage(0.9999), 25).lostPerSecond).toBeGreaterThan(0);
  });

  it('fills the gauge from its left end in proportion, and no further than full', () => {
    expect(prepareCoverage(coverage(0.5), 25).value).toBe('M26.0 104.0A84 84 0 0 1 110.0 20.0');
    expect(prepareCoverage(coverage(1.4), 25).value).toBe(prepareCoverage(coverage(1), 25).value);
    expect(prepareCoverage(coverage(1), 25).value).toBe('M26.0 104.0A84 84 0 0 1 194.0 104.0');
  });
});
