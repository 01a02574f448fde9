import { describe, expect, it } from 'vitest';
import { prepareSuccessAxis, prepareTimeTicks, prepareZeroAxis, tickDecimals } from './prepare-ticks';

describe('prepareZeroAxis', () => {
  it.each([
    [240, [0, 100, 200, 300]],
    [182.4, [0, 50, 100, 150, 200]],
    [4, [0, 1, 2, 3, 4]],
    [0.3, [0, 0.1, 0.2, 0.3]],
    [0.0007, [0, 0.0002, 0.0004, 0.0006, 0.0008]],
    [98_765, [0, 25_000, 50_000, 75_000, 100_000]],
  ])('ends at a round number that still shows %s', (highest, ticks) => {
    expect(prepareZeroAxis(highest)).toEqual({ min: 0, max: ticks.at(-1), ticks });
  });

  it('starts at zero and is never too low for its data', () => {
    for (let value = 0.001; value < 1e6; value *= 1.37) {
      const axis = prepareZeroAxis(value);
      expect(axis.min).toBe(0);
      expect(axis.max).toBeGreaterThanOrEqual(value * (1 - 1e-9));
      expect(axis.ticks.length).toBeLessThanOrEqual(5);
    }
  });

  it('has an axis without data and for zero', () => {
    expect(prepareZeroAxis(null).max).toBe(1);
    expect(prepareZeroAxis(0).max).toBe(1);
  });
});

describe('prepareSuccessAxis', () => {
  it.each([
    [100, 99.5],
    [99.6, 99.5],
    [99.5, 99.5],
    [99.4, 99],
    [97, 95],
    [12, 0],
    [null, 99.5],
  ])('shows %s on an axis that starts at %s and ends at 100', (lowest, start) => {
    const axis = prepareSuccessAxis(lowest);
    expect([axis.min, axis.max]).toEqual([start, 100]);
    expect(axis.ticks[0]).toBe(start);
    expect(axis.ticks.at(-1)).toBe(100);
  });

  it('labels without rounding noise', () => {
    expect(prepareSuccessAxis(100).ticks).toEqual([99.5, 99.6, 99.7, 99.8, 99.9, 100]);
  });
});

describe('prepareTimeTicks', () => {
  const hour = 1_700_002_800; // 23:00:00 UTC

  it('stands on round minutes', () => {
    expect(prepareTimeTicks(hour + 37, hour + 937, 5, 0)).toEqual([hour + 300, hour + 600, hour + 900]);
  });

  it('never has more ticks than there is room for', () => {
    for (const most of [1, 2, 3, 5, 8, 12]) {
      for (const span of [900, 3600, 21_600, 86_400]) {
        expect(prepareTimeTicks(hour + 11, hour + 11 + span, most, 0).length).toBeLessThanOrEqual(most);
      }
    }
  });

  it('is round in the clock of the reader', () => {
    const ticks = prepareTimeTicks(hour, hour + 86_400, 4, 8 * 3600);
    for (const at of ticks) expect((at + 8 * 3600) % 21_600).toBe(0);
    expect(ticks.length).toBeGreaterThan(2);
  });
});

describe('tickDecimals', () => {
  it.each([
    [[0, 100], 0],
    [[0, 0.25, 0.5], 2],
    [[99.5, 99.6], 1],
    [[0, 2e-7], 7],
  ])('tells %j apart with %s digits', (ticks, digits) => {
    expect(tickDecimals(ticks)).toBe(digits);
  });
});
