import { describe, expect, test } from 'vitest';
import { layOutPlot, nearestStep } from './lay-out-plot';

const span = { start: 1000, end: 2000, axis: { min: 90, max: 100, ticks: [90, 95, 100] } };
const plot = layOutPlot({ width: 564, height: 212, above: 20 }, span);

describe('a plot', () => {
  test('has room for values, times and what stands above the lines', () => {
    expect(plot).toMatchObject({ left: 46, right: 546, top: 28, bottom: 186 });
  });

  test('spans the time from left to right and the axis from bottom to top', () => {
    expect([plot.x(1000), plot.x(1500), plot.x(2000)]).toEqual([46, 296, 546]);
    expect([plot.y(90), plot.y(95), plot.y(100)]).toEqual([186, 107, 28]);
  });

  test('never turns inside out where it has no room', () => {
    const narrow = layOutPlot({ width: 20, height: 212, above: 500 }, span);
    expect(narrow.right).toBe(narrow.left);
    expect(narrow.top).toBe(narrow.bottom);
    expect(nearestStep(narrow, 10, 5)).toBe(0);
  });
});

describe('the step under the cursor', () => {
  test('is the nearest one', () => {
    expect(nearestStep(plot, 46 + 125 * 1.4, 5)).toBe(1);
    expect(nearestStep(plot, 46 + 125 * 1.6, 5)).toBe(2);
  });

  test('is the first or the last outside the plot', () => {
    expect(nearestStep(plot, -100, 5)).toBe(0);
    expect(nearestStep(plot, 9000, 5)).toBe(4);
  });
});
