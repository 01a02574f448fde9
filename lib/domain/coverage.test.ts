import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { coverageFinding, coverageRatio, falseFindingsPerLook, minimumExpectedCopies } from './coverage.ts';

describe('coverage', () => {
  it('is the share of the expected copies that arrived', () => {
    expect(coverageRatio(500, 1000, 0.5)?.value).toBe(1);
    expect(coverageRatio(250, 1000, 0.5)?.value).toBe(0.5);
  });

  it('is not told from too few requests', () => {
    expect(coverageRatio(0, minimumExpectedCopies - 1, 1)).toBeNull();
    expect(coverageRatio(5, 1000, 0.005)).toBeNull();
    expect(coverageRatio(0, Number.NaN, 1)).toBeNull();
  });

  it('finds that copies are lost when none of many arrived, and not when few were expected', () => {
    expect(coverageFinding(0, 1000, 1)).toBe('lost');
    expect(coverageFinding(0, 50_000, 0.001)).toBe('lost');
    expect(coverageFinding(7, 10, 1)).toBeNull();
    expect(coverageFinding(0, 9, 1)).toBeNull();
    expect(coverageFinding(600, 1000, 1)).toBe('lost');
    expect(coverageFinding(0, Number.NaN, 1)).toBeNull();
  });

  it('finds that more copies arrive than the task asks for', () => {
    expect(coverageFinding(2000, 1000, 1)).toBe('surplus');
    expect(coverageFinding(1000, 1000, 0.5)).toBe('surplus');
    expect(coverageFinding(1100, 1000, 1)).toBeNull();
  });

  it('finds nothing in a healthy task more often than promised, however it is looked at', () => {
    // Exact: the chance of every pair of counts that is a finding, summed, of two Poisson counts with the same mean.
    for (const mean of [12, 40, 150]) {
      const chance = poisson(mean);
      let falseFindings = 0;
      for (let arrived = 0; arrived <= 4 * mean + 60; arrived++)
        for (let requests = 0; requests <= 4 * mean + 60; requests++)
          if (coverageFinding(arrived, requests, 1) !== null) falseFindings += chance(arrived) * chance(requests);
      expect(falseFindings).toBeLessThanOrEqual(falseFindingsPerLook);
    }
  });

  it('has an interval around its value that narrows with more requests', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 100, max: 1_000_000 }),
        fc.double({ min: 0.1, max: 1, noNaN: true }),
        fc.double({ min: 0, max: 1.2, noNaN: true }),
        (requests, share, covered) => {
          const arrived = requests * share * covered;
          const few = coverageRatio(arrived, requests, share)!;
          const many = coverageRatio(arrived * 10, requests * 10, share)!;
          expect(few.low).toBeLessThanOrEqual(few.value);
          expect(few.high).toBeGreaterThan(few.value);
          expect(many.high / many.value || 0).toBeLessThanOrEqual(few.high / few.value || Number.POSITIVE_INFINITY);
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('covers the truth at least 95 times in 100 when copies are drawn at random', () => {
    // A small deterministic generator (mulberry32): the same draws in every run.
    let state = 42;
    const random = () => {
      state = (state + 0x6d2b79f5) | 0;
      let bits = Math.imul(state ^ (state >>> 15), 1 | state);
      bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
      return ((bits ^ (bits >>> 14)) >>> 0) / 4_294_967_296;
    };
    let covered = 0;
    const rounds = 2000;
    for (let round = 0; round < rounds; round++) {
      let arrived = 0;
      for (let request = 0; request < 400; request++) if (random() < 0.5 * 0.8) arrived += 1;
      const { low, high } = coverageRatio(arrived, 400, 0.5)!;
      if (low <= 0.8 && 0.8 <= high) covered += 1;
    }
    expect(covered / rounds).toBeGreaterThanOrEqual(0.95);
  });
});

/** Chance of a count when `mean` are expected. */
function poisson(mean: number): (count: number) => number {
  const logFactorials = [0];
  return (count) => {
    for (let n = logFactorials.length; n <= count; n++) logFactorials.push(logFactorials[n - 1]! + Math.log(n));
    return Math.exp(count * Math.log(mean) - mean - logFactorials[count]!);
  };
}
