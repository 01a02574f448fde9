import { expect, it } from 'vitest';
import { formatQuantity, parseQuantity } from './quantity.ts';

it.each([
  ['500m', 0.5],
  ['2', 2],
  ['1.5', 1.5],
  ['64Mi', 64 * 2 ** 20],
  ['1G', 1e9],
  ['1e3', 1000],
  ['1E', 1e18],
  [3, 3],
  ['five', null],
  ['5 Mi', null],
])('%s stands for %s', (text, value) => {
  expect(parseQuantity(text)).toBe(value);
});

it('writes sums as people do', () => {
  expect(formatQuantity(0.1 + 0.2, 'requests.cpu')).toBe('300m');
  expect(formatQuantity(2, 'limits.cpu')).toBe('2');
  expect(formatQuantity(1.5 * 2 ** 30, 'requests.memory')).toBe('1.5Gi');
  expect(formatQuantity(3, 'pods')).toBe('3');
});
