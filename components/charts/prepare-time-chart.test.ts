import { describe, expect, it } from 'vitest';
import { prepareTimeChart, type ChartPoint } from './prepare-time-chart';

const start = 1000;
const step = 10;

/** Points on the grid, `null` a step without a sample, `undefined` a step that the answer leaves out. */
function points(values: (number | null | undefined)[]): ChartPoint[] {
  return values.flatMap((value, index) => (value === undefined ? [] : [[start + index * step, value] as ChartPoint]));
}

function chart(primary: (number | null | undefined)[] | null, mirror: (number | null | undefined)[] | null = null) {
  const count = Math.max(primary?.length ?? 0, mirror?.length ?? 0);
  return prepareTimeChart({
    start,
    end: start + (count - 1) * step,
    stepSeconds: step,
    primary: primary && points(primary),
    mirror: mirror && points(mirror),
  });
}

const at = (index: number) => start + index * step;

describe('prepareTimeChart', () => {
  it('keeps a measured zero and makes a missing step null, never zero', () => {
    const { rows } = chart([5, 0, undefined, null, Number.NaN, 7]);
    expect(rows.map((row) => row.primary)).toEqual([5, 0, null, null, null, 7]);
    expect(rows.map((row) => row.at)).toEqual([0, 1, 2, 3, 4, 5].map(at));
  });

  it('shades the span between the samples that enclose a gap', () => {
    expect(chart([1, 1, null, null, 1, 1]).gaps).toEqual([{ start: at(1), end: at(4), sides: ['primary'] }]);
  });

  it('shades what is missing at the beginning and at the end', () => {
    expect(chart([null, null, 1, 1, null, null]).gaps).toEqual([
      { start: at(0), end: at(2), sides: ['primary'] },
      { start: at(3), end: at(5), sides: ['primary'] },
    ]);
  });

  it('does not take the newest step for a gap while it may still be on its way', () => {
    expect(chart([1, 1, 1, null]).gaps).toEqual([]);
    expect(chart([1, 1, null, null]).gaps).toHaveLength(1);
  });

  it('expects the mirrored side only from its first sample on', () => {
    expect(chart([1, 1, 1, 1], [null, null, 2, 2]).gaps).toEqual([]);
    expect(chart([1, 1, 1, 1], [null, null, null, null]).gaps).toEqual([]);
  });

  it('misses every shown side where nothing at all was measured, whether it was expected or not', () => {
    expect(chart([null, null, 1, 1], [null, null, null, 2]).gaps).toEqual([
      { start: at(0), end: at(2), sides: ['primary', 'mirror'] },
    ]);
  });

  it('names the sides that are missing and lets neighbouring gaps meet without overlap', () => {
    const { gaps } = chart([1, 1, null, null, 1, 1], [1, 1, null, null, null, 1]);
    expect(gaps).toEqual([
      { start: at(1), end: at(4), sides: ['primary', 'mirror'] },
      { start: at(4), end: at(5), sides: ['mirror'] },
    ]);
  });

  it('shades the whole chart when nothing was measured', () => {
    expect(chart([null, null, null]).gaps).toEqual([{ start: at(0), end: at(2), sides: ['primary'] }]);
  });

  it('shows a sample without neighbours as a point', () => {
    expect(chart([null, 3, null, 1, 1], [null, null, null, null, 4]).lonePoints).toEqual([
      { side: 'primary', at: at(1), value: 3 },
      { side: 'mirror', at: at(4), value: 4 },
    ]);
  });

  it('has no current value when the newest steps were not measured', () => {
    expect(chart([1, 2, 3]).last).toEqual({ primary: 3, mirror: null });
    expect(chart([1, 2, null]).last.primary).toBe(2);
    expect(chart([1, 2, null, null]).last.primary).toBeNull();
    expect(chart([1, 2, 0]).last.primary).toBe(0);
  });

  it('takes the ends of its axis from the sides that are shown', () => {
    const both = chart([5, 6], [1, 90]);
    expect([both.lowest, both.highest]).toEqual([1, 90]);
    const live = chart([5, 6], null);
    expect([live.lowest, live.highest]).toEqual([5, 6]);
    const none = chart([null, null], null);
    expect([none.lowest, none.highest]).toEqual([null, null]);
  });
});
