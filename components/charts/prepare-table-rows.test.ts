import { describe, expect, it } from 'vitest';
import { prepareTableRows } from './prepare-table-rows';
import { prepareTimeChart } from './prepare-time-chart';

const chart = prepareTimeChart({
  start: 100,
  end: 150,
  stepSeconds: 10,
  primary: [
    [100, 1],
    [110, 2],
    [120, null],
    [130, null],
    [140, 5],
    [150, 6],
  ],
  mirror: [
    [140, 0],
    [150, 3],
  ],
});

describe('prepareTableRows', () => {
  it('lists every sample, newest first, with a measured zero and a missing value apart', () => {
    const rows = prepareTableRows(chart, [], ['primary', 'mirror']);
    expect(rows).toEqual([
      { kind: 'sample', at: 150, primary: 6, mirror: 3 },
      { kind: 'sample', at: 140, primary: 5, mirror: 0 },
      { kind: 'gap', at: 120, start: 120, end: 130 },
      { kind: 'sample', at: 110, primary: 2, mirror: null },
      { kind: 'sample', at: 100, primary: 1, mirror: null },
    ]);
  });

  it('says no data for the sides that are shown only', () => {
    const rows = prepareTableRows(chart, [], ['mirror']);
    expect(rows.at(-1)).toEqual({ kind: 'gap', at: 100, start: 100, end: 130 });
  });

  it('puts the changes of the task between the samples', () => {
    const marker = { at: 115, kind: 'change', from: 10, to: 25 } as const;
    const rows = prepareTableRows(chart, [marker], ['primary', 'mirror']);
    expect(rows.map((row) => row.at)).toEqual([150, 140, 120, 115, 110, 100]);
    expect(rows[3]).toEqual({ kind: 'change', at: 115, marker });
  });
});
