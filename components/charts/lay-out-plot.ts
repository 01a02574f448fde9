import type { Axis } from './prepare-ticks';

/** Px around the lines: values on the left, times below. */
const margins = { top: 8, right: 18, bottom: 26, left: 46 };

export interface Plot {
  /** Of the box that the lines are in, px. */
  left: number;
  right: number;
  top: number;
  bottom: number;
  /** Where a time (unix seconds) stands, px. */
  x: (at: number) => number;
  /** Where a value stands, px. */
  y: (value: number) => number;
}

/** Where the parts of a chart of this size stand. `above`: px to keep free over the lines. */
export function layOutPlot(
  size: { width: number; height: number; above: number },
  { start, end, axis }: { start: number; end: number; axis: Axis },
): Plot {
  const [left, right] = [margins.left, Math.max(margins.left, size.width - margins.right)];
  const bottom = size.height - margins.bottom;
  const top = Math.min(bottom, margins.top + size.above);
  return {
    left,
    right,
    top,
    bottom,
    x: (at) => left + ((at - start) / (end - start)) * (right - left),
    y: (value) => bottom - ((value - axis.min) / (axis.max - axis.min)) * (bottom - top),
  };
}

/** Which of `count` steps, spread evenly over a plot, is the nearest to `x`. */
export function nearestStep({ left, right }: Pick<Plot, 'left' | 'right'>, x: number, count: number): number {
  const share = right > left ? (x - left) / (right - left) : 0;
  return Math.max(0, Math.min(count - 1, Math.round(share * (count - 1))));
}
