import { expect, it } from 'vitest';
import { DrivenClock } from '../core/clock.ts';
import { HandoverClock } from './handover-clock.ts';

it('runs the past at once and leaves later timers to the target', () => {
  const target = new DrivenClock(10_000);
  const clock = new HandoverClock(0);
  const fired: string[] = [];
  clock.after(3000, () => {
    fired.push(`past at ${clock.now()}`);
    clock.after(12_000, () => fired.push(`set in the past, at ${clock.now()}`));
  });
  clock.after(11_000, () => fired.push(`later at ${clock.now()}`));
  const cancel = clock.after(12_000, () => fired.push('cancelled'));
  clock.handOver(target);
  expect(fired).toEqual(['past at 3000']);
  expect(clock.now()).toBe(10_000);
  cancel();
  target.advance(10_000);
  expect(fired).toEqual(['past at 3000', 'later at 11000', 'set in the past, at 15000']);
  clock.after(5, () => fired.push(`new at ${clock.now()}`));
  target.advance(5);
  expect(fired.at(-1)).toBe('new at 20005');
});
