import { describe, expect, it } from 'vitest';
import { fillGrid, gridOf, rateWindowSeconds, stepFor, toNumber } from './grid';

describe('the step of a range', () => {
  it.each([
    [900, 15, 15],
    [3600, 15, 15],
    [21_600, 15, 60],
    [86_400, 15, 300],
    [900, 30, 30],
    [900, 45, 60],
    [900, 7200, 7200],
  ])('%i s scraped every %i s: %i s', (range, scrape, step) => {
    expect(stepFor(range, scrape)).toBe(step);
  });
});

it('looks within one step ask for the same points', () => {
  const first = gridOf(900, 15, 1_000_000_000);
  expect(gridOf(900, 15, 1_000_004_999)).toEqual(first);
  expect(first).toEqual({ start: 999_090, end: 999_990, stepSeconds: 15 });
  expect(gridOf(900, 15, 1_000_005_000).end).toBe(1_000_005);
});

it('the window is at least four scrapes and covers a step', () => {
  expect(rateWindowSeconds(15, 15)).toBe(60);
  expect(rateWindowSeconds(30, 30)).toBe(120);
  expect(rateWindowSeconds(300, 15)).toBe(315);
});

it('what is missing or no number is a gap, never zero', () => {
  const grid = { start: 0, end: 60, stepSeconds: 15 };
  expect(
    fillGrid(grid, [
      [0, '1.5'],
      [15, 'NaN'],
      [30, '+Inf'],
      [60, '0'],
    ]),
  ).toEqual([
    [0, 1.5],
    [15, null],
    [30, null],
    [45, null],
    [60, 0],
  ]);
});

it.each([
  ['-Inf', null],
  ['', null],
  ['1e3', 1000],
  ['-2', -2],
  ['x', null],
])('a sample of %j is %j', (text, value) => {
  expect(toNumber(text)).toBe(value);
});
