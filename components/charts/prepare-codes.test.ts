import { describe, expect, it } from 'vitest';
import { logPosition, prepareCodes } from './prepare-codes';

const total = (side: 'primary' | 'mirror', code: string, count: number) => ({
  side,
  code,
  count,
  target: side === 'mirror' ? 'v2' : null,
  query: 'q',
});

describe('prepareCodes', () => {
  it('makes shares of 10,000 responses per side, so that sides of different size compare', () => {
    const chart = prepareCodes([
      total('primary', '200', 9990),
      total('primary', '503', 10),
      total('mirror', '200', 999),
      total('mirror', '503', 1),
    ]);
    expect(chart.rows.map((row) => row.code)).toEqual(['200', '503']);
    expect(chart.rows[1]?.primary?.perTenThousand).toBeCloseTo(10);
    expect(chart.rows[1]?.mirror?.perTenThousand).toBeCloseTo(10);
    expect(chart.sums).toEqual({ primary: 10_000, mirror: 1000 });
  });

  it('says zero for a code that a measured side never answered', () => {
    const chart = prepareCodes([total('primary', '200', 10), total('mirror', '200', 9), total('mirror', '500', 1)]);
    expect(chart.rows[1]).toMatchObject({ code: '500', primary: { count: 0, perTenThousand: 0 } });
  });

  it('says nothing about a side that was not measured', () => {
    const chart = prepareCodes([total('primary', '200', 10)]);
    expect(chart.rows[0]?.mirror).toBeNull();
    expect(chart.sums.mirror).toBeNull();
    expect(prepareCodes([total('primary', '200', 0)])).toMatchObject({ rows: [], sums: { primary: null } });
  });

  it('gives every measured share a bar, however small', () => {
    for (const count of [1, 7, 1000]) {
      const chart = prepareCodes([total('primary', '200', 1_000_000), total('primary', '500', count)]);
      const position = logPosition(chart.rows[1]?.primary?.perTenThousand ?? 0, chart.ticks);
      expect(position).toBeGreaterThan(0);
      expect(position).toBeLessThan(1);
    }
  });

  it('starts the axis at 1 when no share is smaller and ends it at 10,000', () => {
    expect(prepareCodes([total('primary', '200', 9962), total('primary', '503', 38)]).ticks).toEqual([
      1, 10, 100, 1000, 10_000,
    ]);
  });
});

describe('logPosition', () => {
  const ticks = [1, 10, 100, 1000, 10_000];
  it.each([
    [0, 0],
    [1, 0],
    [100, 0.5],
    [10_000, 1],
  ])('puts %s at %s of the axis', (value, position) => {
    expect(logPosition(value, ticks)).toBeCloseTo(position);
  });
});
