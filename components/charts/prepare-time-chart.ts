import type { MetricSide } from '@/lib/contract/metrics';

/** [unix seconds, value]; null where nothing was measured. */
export type ChartPoint = readonly [number, number | null];

/** One step of the time grid; null where a side was not measured. */
export interface ChartRow {
  at: number;
  primary: number | null;
  mirror: number | null;
}

/** A span without samples, between the samples that enclose it, and the sides that are missing in it. */
export interface ChartGap {
  start: number;
  end: number;
  sides: MetricSide[];
}

export interface TimeChartInput {
  start: number;
  end: number;
  stepSeconds: number;
  primary: readonly ChartPoint[] | null;
  mirror: readonly ChartPoint[] | null;
}

export interface TimeChart {
  rows: ChartRow[];
  /** Samples with no neighbour to draw a line to: drawn as dots, or they would not be seen. */
  lonePoints: { side: MetricSide; at: number; value: number }[];
  gaps: ChartGap[];
  /** The current value of each side; null when its newest steps were not measured. */
  last: Record<MetricSide, number | null>;
  lowest: number | null;
  highest: number | null;
}

const sides: readonly MetricSide[] = ['primary', 'mirror'];

/**
 * Decides what a chart over time draws, for the sides that are shown (null: hidden or absent). A step without a
 * sample stays null, so that no line bridges it.
 */
export function prepareTimeChart(input: TimeChartInput): TimeChart {
  const rows = toGrid(input);
  const shown = sides.filter((side) => input[side] !== null);
  const values = rows.flatMap((row) => shown.map((side) => row[side])).filter((value) => value !== null);
  return {
    rows,
    lonePoints: shown.flatMap((side) => findLonePoints(rows, side)),
    gaps: findGaps(rows, shown),
    last: { primary: lastOf(rows, 'primary'), mirror: lastOf(rows, 'mirror') },
    lowest: values.length > 0 ? Math.min(...values) : null,
    highest: values.length > 0 ? Math.max(...values) : null,
  };
}

function toGrid({ start, end, stepSeconds, primary, mirror }: TimeChartInput): ChartRow[] {
  const count = Math.floor((end - start) / stepSeconds + 1e-6) + 1;
  const rows = Array.from({ length: count }, (_, index): ChartRow => {
    return { at: start + index * stepSeconds, primary: null, mirror: null };
  });
  for (const [side, points] of [['primary', primary] as const, ['mirror', mirror] as const]) {
    for (const [at, value] of points ?? []) {
      const row = rows[Math.round((at - start) / stepSeconds)];
      if (row && value !== null && Number.isFinite(value)) row[side] = value;
    }
  }
  return rows;
}

function findLonePoints(rows: ChartRow[], side: MetricSide): TimeChart['lonePoints'] {
  return rows.flatMap((row, index) => {
    const value = row[side];
    const alone = (rows[index - 1]?.[side] ?? null) === null && (rows[index + 1]?.[side] ?? null) === null;
    return value !== null && alone ? [{ side, at: row.at, value }] : [];
  });
}

/**
 * The live side is expected from the first step on, the mirrored side from its first sample on: before that there was
 * nothing to measure. A step where nothing at all was measured misses every side. The newest step alone may still be on its way from the scrape and is no gap.
 */
function findGaps(rows: ChartRow[], shown: readonly MetricSide[]): ChartGap[] {
  const expectedFrom: Record<MetricSide, number> = {
    primary: 0,
    mirror: firstSample(rows, 'mirror'),
  };
  const missing = rows.map((row, index) => {
    const expected = shown.filter(
      (side) => index >= expectedFrom[side] && row[side] === null && !isLateNewest(rows, index, side),
    );
    const nothingAtAll = expected.length > 0 && shown.every((side) => row[side] === null);
    return nothingAtAll ? [...shown] : expected;
  });
  const gaps: ChartGap[] = [];
  let index = 0;
  while (index < rows.length) {
    const sidesMissing = missing[index] ?? [];
    let next = index + 1;
    while (next < rows.length && sameSides(missing[next] ?? [], sidesMissing)) next += 1;
    if (sidesMissing.length > 0) {
      const previous = gaps.at(-1);
      const afterPrevious = (missing[index - 1] ?? []).length > 0 && previous ? previous.end : null;
      const start = afterPrevious ?? rows[Math.max(0, index - 1)]?.at ?? 0;
      const end = rows[Math.min(rows.length - 1, next)]?.at ?? start;
      gaps.push({ start, end, sides: [...sidesMissing] });
    }
    index = next;
  }
  return gaps;
}

function firstSample(rows: ChartRow[], side: MetricSide): number {
  const index = rows.findIndex((row) => row[side] !== null);
  return index === -1 ? Number.POSITIVE_INFINITY : index;
}

function isLateNewest(rows: ChartRow[], index: number, side: MetricSide): boolean {
  return index === rows.length - 1 && (rows[index - 1]?.[side] ?? null) !== null;
}

function sameSides(left: readonly MetricSide[], right: readonly MetricSide[]): boolean {
  return left.length === right.length && left.every((side) => right.includes(side));
}

function lastOf(rows: ChartRow[], side: MetricSide): number | null {
  return rows.at(-1)?.[side] ?? rows.at(-2)?.[side] ?? null;
}
