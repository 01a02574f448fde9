import { describe, expect, it } from 'vitest';
import { minimumSamples, shareDifference } from './difference';

describe('the difference of two success shares', () => {
  it('has the interval of Newcombe 1998, table II, method 10', () => {
    // 56/70 against 48/80: 0.2000, 0.0524 to 0.3339.
    const found = shareDifference({ part: 56, whole: 70 }, { part: 48, whole: 80 });
    expect(found?.value).toBeCloseTo(0.2, 4);
    expect(found?.low).toBeCloseTo(0.0524, 4);
    expect(found?.high).toBeCloseTo(0.3339, 4);
  });

  it('is not sure of itself when nothing failed', () => {
    const found = shareDifference({ part: 100, whole: 100 }, { part: 100, whole: 100 });
    expect(found?.value).toBe(0);
    expect(found?.low).toBeLessThan(-0.02);
    expect(found?.high).toBeGreaterThan(0.02);
  });

  it('is not told from too few requests', () => {
    const enough = { part: 30, whole: minimumSamples };
    expect(shareDifference({ part: 1, whole: minimumSamples - 0.5 }, enough)).toBeNull();
    expect(shareDifference(enough, { part: 0, whole: 0 })).toBeNull();
    expect(shareDifference(enough, enough)).not.toBeNull();
  });
});
