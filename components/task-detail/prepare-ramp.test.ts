import { describe, expect, it } from 'vitest';
import type { TaskRamp } from '@/lib/contract/task';
import { prepareRamp } from './prepare-ramp';

const start = Date.parse('2026-03-06T10:00:00Z');
const ramp: TaskRamp = {
  steps: [
    { percentage: 5, holdSeconds: 600 },
    { percentage: 25, holdSeconds: 60 },
  ],
  step: 0,
  since: new Date(start).toISOString(),
  held: null,
  passedSeconds: null,
};
const held = { since: ramp.since!, reason: { code: 'ramp_on_demand', params: {}, message: '' } };

describe('a ramp on screen', () => {
  it('tells its step, what is left of it, and what comes next', () => {
    const first = { step: 1, total: 2, percentages: [5], leftMs: 540_000, next: [25] };
    expect(prepareRamp(ramp, start + 60_000)).toEqual(first);
    expect(prepareRamp({ ...ramp, step: 1 }, start + 90_000)).toMatchObject({
      percentages: [25],
      leftMs: 0,
      next: null,
    });
  });

  it('tells the shares of all targets', () => {
    const steps = ramp.steps.map((step) => ({ ...step, percentages: [step.percentage, 10] }));
    expect(prepareRamp({ ...ramp, steps }, start)).toMatchObject({ percentages: [5, 10], next: [25, 10] });
  });

  it('tells no time of a share that has not been put in, and of a held one what is left whenever it is looked at', () => {
    expect(prepareRamp({ ...ramp, since: null }, start).leftMs).toBeNull();
    expect(prepareRamp({ ...ramp, since: null, held, passedSeconds: 0 }, start).leftMs).toBeNull();
    expect(prepareRamp({ ...ramp, held, passedSeconds: 120 }, start + 9_999_000).leftMs).toBe(480_000);
    // Nobody wrote down when its console stopped: the step begins anew.
    expect(prepareRamp({ ...ramp, held }, start + 9_999_000).leftMs).toBe(600_000);
  });
});
