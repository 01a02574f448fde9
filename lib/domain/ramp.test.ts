import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  dueInMs,
  heldBy,
  heldRamp,
  holdSecondsMax,
  parseMinutes,
  rampAfter,
  rampProblems,
  rampStaleMs,
  rampSteps,
  withStepBegun,
  type Ramp,
  type RampReason,
  type RampStepAsked,
} from './ramp.ts';
import type { TaskRecord } from './task.ts';
import { mirroring } from './testing/standing-task.ts';

const start = Date.parse('2026-03-06T10:00:00Z');
const at = (seconds: number) => new Date(start + seconds * 1000).toISOString();
const steps = [
  { percentage: 5, holdSeconds: 600 },
  { percentage: 25, holdSeconds: 60 },
];
const by = { holder: 'replica-1', startedBy: 'admin' };
const lost: RampReason = { code: 'ramp_state', params: { state: 'Degraded' } };

/** A task whose ramp's first step began at 0. */
function ramping(): TaskRecord & { ramp: Ramp } {
  const { record } = mirroring();
  const ramp = rampAfter(record, { kind: 'start', steps, ...by }, at(-3))!;
  return withStepBegun({ ...record, ramp }, at(0)) as TaskRecord & { ramp: Ramp };
}

describe('a ramp', () => {
  it('is due once its step’s share was copied for its time, and not while that is put in', () => {
    const { ramp } = ramping();
    expect(dueInMs(ramp, start + 60_000)).toBe(540_000);
    expect(dueInMs({ ...ramp, since: null }, start + 999_000)).toBeNull();
    expect(dueInMs(heldRamp(ramp, lost, at(60)), start + 999_000)).toBeNull();
  });

  it('that is held goes on with what is left of its step, by whoever continues it', () => {
    const record = ramping();
    const held = rampAfter(record, { kind: 'hold', reason: lost }, at(60))!;
    expect(held.held).toEqual({ since: at(60), reason: lost, passedSeconds: 60 });
    const other = { holder: 'replica-2', startedBy: 'project-regular' };
    const on = rampAfter({ ...record, ramp: held }, { kind: 'continue', unrenewedMs: 0, ...other }, at(1000))!;
    expect(on).toMatchObject({ ...other, held: null, step: 0 });
    expect(dueInMs(on, start + 1000_000)).toBe(540_000);
  });

  it('that was held before its share was put in tells that it is, once that is done after all', () => {
    const record = ramping();
    const raised = rampAfter(record, { kind: 'raise', holder: by.holder }, at(600))!;
    const held = heldRamp(raised, lost, at(610));
    expect(held.since).toBeNull();
    const { ramp } = withStepBegun({ ...record, ramp: held }, at(700));
    expect(ramp).toMatchObject({ since: at(700), held: { passedSeconds: 0 } });
  });

  it('that goes on is not continued: its step would begin anew; one that nobody raises does', () => {
    const record = ramping();
    const continued = (unrenewedMs: number) => rampAfter(record, { kind: 'continue', unrenewedMs, ...by }, at(500));
    expect(continued(rampStaleMs)).toBeUndefined();
    expect(continued(rampStaleMs + 1)).toMatchObject({ since: at(500), held: null });
  });

  it('is raised only by its own driver, only while it is not held, and not past its end', () => {
    const record = ramping();
    const raise = (from: TaskRecord, holder = by.holder) => rampAfter(from, { kind: 'raise', holder }, at(600));
    expect(raise(record)).toMatchObject({ step: 1, since: null });
    expect(raise(record, 'replica-2')).toBeUndefined();
    expect(raise({ ...record, ramp: heldRamp(record.ramp, lost, at(1)) })).toBeUndefined();
    expect(raise({ ...record, ramp: { ...record.ramp, step: 1 } })).toBeUndefined();
  });

  it('does not run while its task copies nothing', () => {
    const paused: TaskRecord = { ...ramping(), desired: 'paused' };
    const begun = rampAfter(paused, { kind: 'start', steps, ...by }, at(0));
    expect(begun?.held?.reason.code).toBe('ramp_task_paused');
    expect(rampAfter(paused, { kind: 'continue', unrenewedMs: 0, ...by }, at(0))).toBeUndefined();
  });

  it('that nobody has been seen to raise for a while is told as held', () => {
    const { ramp } = ramping();
    expect(heldBy(ramp, rampStaleMs)).toBeNull();
    expect(heldBy(ramp, rampStaleMs + 1)?.reason.code).toBe('ramp_console_stopped');
    expect(heldBy(heldRamp(ramp, lost, at(5)), 0)).toMatchObject({ reason: lost });
  });
});

describe('steps of a ramp', () => {
  const wrong = (asked: Parameters<typeof rampProblems>[0]) =>
    rampProblems(asked).map(({ step, field, code }) => `${step} ${field} ${code}`);

  it('rise one after the other, each but the last with a time', () => {
    expect(wrong([...steps, { percentage: 100 }])).toEqual([]);
    expect(wrong([{ percentage: 5 }, { percentage: 5, holdSeconds: 60 }, { percentage: 1 }])).toEqual([
      '0 holdSeconds ramp_hold_required',
      '1 percentage ramp_not_above',
      '2 percentage ramp_not_above',
    ]);
  });

  it('are compared with the last share that is there', () => {
    const withoutOne = (last: number) => [{ percentage: 50, holdSeconds: 1 }, { holdSeconds: 1 }, { percentage: last }];
    expect(wrong(withoutOne(51))).toEqual([]);
    expect(wrong(withoutOne(50))).toEqual(['2 percentage ramp_not_above']);
  });

  it('last for typed minutes of a second to a week', () => {
    expect(['10', ' 0,5 ', '.1', '10080'].map(parseMinutes)).toEqual(
      [600, 30, 6, holdSecondsMax].map((seconds) => ({ seconds })),
    );
    expect(['', 'ten', '-1', '0', '0.008', '10081'].map(parseMinutes)).toEqual([
      { problem: 'minutes_required' },
      ...['minutes_number', 'minutes_number'].map((problem) => ({ problem })),
      ...['minutes_range', 'minutes_range', 'minutes_range'].map((problem) => ({ problem })),
    ]);
  });
});

const ids = ['version', 'version-2', 'service'] as const;
const percentage = fc.integer({ min: 1, max: 100 });
const standing = fc.tuple(percentage, percentage, percentage).map((shares) => {
  const [first, ...others] = ids.map((id, index) => ({ id, percentage: shares[index] ?? 1 }));
  return [first!, ...others] as const;
});
const asked = fc.array(
  fc.record({
    targets: fc.uniqueArray(fc.record({ id: fc.constantFrom(...ids), percentage }), {
      selector: ({ id }) => id,
      minLength: 1,
    }),
    holdSeconds: fc.integer({ min: 1, max: 60 }),
  }),
  { minLength: 1, maxLength: 6 },
);

describe('steps of a ramp for several targets', () => {
  it('say the share of each: what a step names, else what the target had', () => {
    fc.assert(
      fc.property(asked, standing, (wanted, now) => {
        const full = rampSteps(wanted, [...now]);
        for (const [step, { percentages, percentage: first, holdSeconds }] of full.entries()) {
          const before = full[step - 1]?.percentages ?? now.map((target) => target.percentage);
          const named = (id: string) => wanted[step]?.targets.find((target) => target.id === id)?.percentage;
          expect(percentages).toEqual(ids.map((id, index) => named(id) ?? before[index]));
          expect([first, holdSeconds]).toEqual([percentages?.[0], wanted[step]?.holdSeconds]);
        }
        expect(full).toHaveLength(wanted.length);
      }),
    );
  });

  it('that have no problem lower no share after the first, and raise one at each', () => {
    fc.assert(
      fc.property(asked, standing, (wanted, now) => {
        fc.pre(rampProblems(wanted, now).length === 0);
        const full = rampSteps(wanted, [...now]).map(({ percentages = [] }) => percentages);
        for (const [step, shares] of full.entries()) {
          const before = full[step - 1];
          if (!before) continue;
          const rises = shares.map((share, index) => share - (before[index] ?? 0));
          expect(Math.min(...rises)).toBeGreaterThanOrEqual(0);
          expect(Math.max(...rises)).toBeGreaterThan(0);
        }
      }),
    );
  });

  it('are wrong just where a share that is named is not above what its target had', () => {
    fc.assert(
      fc.property(asked, standing, (wanted, now) => {
        const full = rampSteps(wanted, [...now]).map(({ percentages = [] }) => percentages);
        const falls = wanted.flatMap(({ targets }, step) =>
          targets.flatMap(({ id, percentage: share }, target) => {
            const had = full[step - 1]?.[ids.indexOf(id)];
            return had !== undefined && share <= had ? [[step, target]] : [];
          }),
        );
        expect(rampProblems(wanted, now).map(({ step, target }) => [step, target])).toEqual(falls);
      }),
    );
  });

  it('of the only target are of one share each', () => {
    const one: RampStepAsked[] = [{ percentage: 5, holdSeconds: 60 }, { percentage: 100 }];
    expect(rampSteps(one, [{ id: 'version', percentage: 50 }])).toEqual([
      { percentage: 5, holdSeconds: 60 },
      { percentage: 100, holdSeconds: 0 },
    ]);
  });
});
