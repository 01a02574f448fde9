import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Throttle } from './throttle';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('lets a burst through as its first and its last call, and no more than one per gap', () => {
  const throttle = new Throttle(250);
  const calls: string[] = [];
  for (const call of ['a', 'b', 'c']) throttle.run('task', () => calls.push(call));
  throttle.run('other', () => calls.push('other'));
  expect(calls).toEqual(['a', 'other']);
  vi.advanceTimersByTime(250);
  expect(calls).toEqual(['a', 'other', 'c']);
  throttle.run('task', () => calls.push('d'));
  expect(calls).toHaveLength(3);
  vi.advanceTimersByTime(250);
  expect(calls.at(-1)).toBe('d');
  vi.advanceTimersByTime(250);
  expect(vi.getTimerCount()).toBe(0);
});
