import { describe, expect, it } from 'vitest';
import type { ChangeMarker } from '@/lib/contract/metrics';
import { estimateTextWidth, placeFlags, prepareMarkers } from './prepare-markers';

const marker = (at: number, kind: ChangeMarker['kind'], percentage: number): ChangeMarker => ({
  at,
  kind,
  percentage,
  text: '',
});

describe('prepareMarkers', () => {
  it('says from which percentage to which, in the order of time', () => {
    const markers = [marker(300, 'change', 25), marker(100, 'create', 10), marker(400, 'pause', 0)];
    expect(prepareMarkers(markers, 0, 1000)).toEqual([
      { at: 100, kind: 'create', from: null, to: 10 },
      { at: 300, kind: 'change', from: 10, to: 25 },
      { at: 400, kind: 'pause', from: 25, to: 0 },
    ]);
  });

  it('draws only what lies in the range, and still knows what came before it', () => {
    const markers = [marker(100, 'create', 10), marker(300, 'change', 25), marker(900, 'change', 50)];
    expect(prepareMarkers(markers, 200, 800)).toEqual([{ at: 300, kind: 'change', from: 10, to: 25 }]);
  });
});

describe('placeFlags', () => {
  const text = '10 → 25 %';

  it('puts flags that stand apart in one row', () => {
    expect(
      placeFlags(
        [
          { x: 50, text },
          { x: 300, text },
        ],
        44,
        540,
        2,
      ).map((flag) => flag.row),
    ).toEqual([0, 0]);
  });

  it('moves an overlapping flag to the next row and leaves out what has no room', () => {
    const flags = [50, 60, 70].map((x) => ({ x, text }));
    expect(placeFlags(flags, 44, 540, 2).map((flag) => flag.row)).toEqual([0, 1, null]);
  });

  it('keeps every flag inside the plot', () => {
    const [first, last] = placeFlags(
      [
        { x: 44, text },
        { x: 540, text },
      ],
      44,
      540,
      1,
    );
    expect(first?.left).toBe(44);
    expect((last?.left ?? 0) + (last?.width ?? 0)).toBe(540);
  });

  it('never draws two flags of a row over one another', () => {
    const flags = Array.from({ length: 30 }, (_, index) => ({ x: 44 + index * 17, text }));
    for (const row of [0, 1]) {
      const placed = placeFlags(flags, 44, 540, 2).filter((flag) => flag.row === row);
      for (const [index, flag] of placed.entries()) {
        const previous = placed[index - 1];
        if (previous) expect(flag.left).toBeGreaterThan(previous.left + previous.width);
      }
      expect(placed.length).toBeGreaterThan(1);
    }
  });
});

describe('estimateTextWidth', () => {
  it('gives Chinese characters the width they have', () => {
    expect(estimateTextWidth('暂停')).toBeGreaterThan(estimateTextWidth('ab'));
  });
});
