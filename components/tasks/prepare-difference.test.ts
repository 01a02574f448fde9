import { describe, expect, it } from 'vitest';
import type { Task } from '@/lib/contract/task';
import { differencesOf, isWorse, worstDifference, type TaskDifference } from './prepare-difference';

const success: TaskDifference = {
  metric: 'success',
  value: -2,
  low: -4,
  high: -1,
  unit: 'percentage_points',
  samples: 500,
};
const latency: TaskDifference = { ...success, metric: 'latency_p95', value: 9, low: 3, high: 12, unit: 'milliseconds' };

describe('a difference is called worse', () => {
  it('when its whole interval is: fewer successes, longer answers', () => {
    expect(isWorse(success)).toBe(true);
    expect(isWorse(latency)).toBe(true);
    expect(isWorse({ ...success, low: 1, high: 4 })).toBe(false);
    expect(isWorse({ ...latency, low: -9, high: -3 })).toBe(false);
  });

  it('never when the interval holds zero or is not known', () => {
    expect(isWorse({ ...success, high: 0.5 })).toBe(false);
    expect(isWorse({ ...latency, low: -1 })).toBe(false);
    expect(isWorse({ ...success, low: null, high: null })).toBe(false);
    expect(isWorse({ ...latency, low: null, high: null })).toBe(false);
  });
});

describe('of several targets', () => {
  const of = (target: string, change: Partial<TaskDifference>) => ({
    ...success,
    target,
    low: null,
    high: null,
    ...change,
  });

  it('the difference shown is the one most to the mirror’s disadvantage', () => {
    expect(
      worstDifference([of('a', { value: -1 }), of('b', { value: -3 }), of('c', { value: 2 })], 'success')?.target,
    ).toBe('b');
    const slow = [of('a', { ...latency, value: 4 }), of('b', { ...latency, value: -9, low: -12, high: -3 })];
    expect(worstDifference(slow, 'latency_p95')?.target).toBe('a');
    expect(worstDifference(slow, 'success')).toBeUndefined();
  });

  it('one that is surely worse is never hidden by one that may be', () => {
    const sure = of('a', { value: -1, low: -2, high: -0.5 });
    expect(worstDifference([of('b', { value: -5, low: -11, high: 1 }), sure], 'success')).toBe(sure);
  });

  it('one that is not measured is not called the worst, and is no zero', () => {
    expect(worstDifference([of('a', { value: null }), of('b', { value: 3 })], 'success')?.target).toBe('b');
    expect(worstDifference([of('a', { value: null })], 'success')?.value).toBeNull();
  });

  it('a finished task’s are those that its report keeps, each of its target', () => {
    const figures = { differences: [success] };
    const report = {
      figures,
      others: [
        { target: 'version-2', figures },
        { target: 'service', figures: null },
      ],
    };
    const task = { state: 'Finished', report, targets: [{ id: 'version' }, { id: 'version-2' }, { id: 'service' }] };
    expect(differencesOf(task as unknown as Task, undefined).map(({ target }) => target)).toEqual([
      'version',
      'version-2',
    ]);
    expect(differencesOf({ ...task, report: null } as unknown as Task, undefined)).toEqual([]);
  });
});
