import { describe, expect, it } from 'vitest';
import { rollbackOf } from './rollback.ts';
import { stepsFor } from './steps.ts';
import { withPercentages } from './targets.ts';
import type { Operation, OperationVerb, TaskRecord } from './task.ts';
import { created, mirroring } from './testing/standing-task.ts';

type Before = NonNullable<Operation['before']>;

/** A task of 40 % in the middle of a verb. */
function amid(verb: OperationVerb, desired: TaskRecord['desired'], before?: Before): TaskRecord {
  const { record } = mirroring();
  const holder = { holder: 'replica-1', startedAt: created, renewedAt: created, startedBy: 'project-regular' };
  const operation: Operation = { verb, ...holder, steps: [], ...(before ? { before } : {}) };
  return { ...record, desired, spec: withPercentages(record.spec, [40]), operation };
}

describe('taking an operation back', () => {
  it('ends a creation by removing all of it', () => {
    expect(rollbackOf(amid('create', 'mirroring'))).toEqual({
      verb: 'rollback',
      desired: 'deleted',
      percentages: [40],
    });
  });

  it('leads to the percentage and the state from before', () => {
    const mirrored: Before = { desired: 'mirroring', percentages: [7] };
    const paused: Before = { desired: 'paused', percentages: [7] };
    expect(rollbackOf(amid('change', 'mirroring', mirrored))).toEqual({ verb: 'change', ...mirrored });
    expect(rollbackOf(amid('pause', 'paused', mirrored))).toEqual({ verb: 'resume', ...mirrored });
    expect(rollbackOf(amid('resume', 'mirroring', paused))).toEqual({ verb: 'pause', ...paused });
    expect(rollbackOf(amid('finish', 'finished', mirrored))).toEqual({ verb: 'restore', ...mirrored });
    expect(rollbackOf(amid('finish', 'finished', paused))).toEqual({ verb: 'restore', ...paused });
  });

  it('of a deletion leads back while its owner’s patch is waited for, and not once something can be gone', () => {
    const waiting = (settled: 'pending' | 'done'): TaskRecord => {
      const record = amid('delete', 'deleted', { desired: 'mirroring', percentages: [40] });
      const steps = stepsFor('delete', { ...record.spec, delivery: 'patch' }).map((step) => ({
        ...step,
        state: step.id === 'settle-unmirror' ? settled : ('pending' as const),
        message: null,
      }));
      return { ...record, operation: record.operation && { ...record.operation, steps } };
    };
    expect(rollbackOf(waiting('pending'))).toEqual({ verb: null, desired: 'mirroring', percentages: [40] });
    expect(rollbackOf(waiting('done'))).toBeNull();
  });

  it('drops a wait that goes back already or answers a drift, and asks for what others have taken out meanwhile', () => {
    const before: Before = { desired: 'mirroring', percentages: [40] };
    const awaiting = (verb: OperationVerb, desired: TaskRecord['desired'], wait: string, done: string[] = []) => {
      const record = amid(verb, desired, before);
      const steps = [...done, wait].map((id) => ({
        id,
        verb: 'wait' as const,
        object: null,
        message: null,
        state: id === wait ? ('pending' as const) : ('done' as const),
      }));
      return { ...record, operation: record.operation && { ...record.operation, steps } };
    };
    expect(rollbackOf(awaiting('restore', 'mirroring', 'await-mirror:a/b'))).toEqual({ verb: null, ...before });
    expect(rollbackOf(awaiting('restore', 'finished', 'await-unmirror:a/b'))).toMatchObject({
      verb: null,
      desired: 'finished',
    });
    expect(rollbackOf(awaiting('change', 'mirroring', 'await-mirror:a/b'))).toEqual({ verb: null, ...before });
    expect(rollbackOf(awaiting('delete', 'deleted', 'await-unmirror:a/c', ['await-unmirror:a/b']))).toEqual({
      verb: 'resume',
      ...before,
    });
  });

  it('is not offered where nothing runs, for what goes back already, what leaves, and answers to a drift', () => {
    const before: Before = { desired: 'mirroring', percentages: [7] };
    const { record } = mirroring();
    expect(rollbackOf(record)).toBeNull();
    expect(rollbackOf(amid('pause', 'mirroring', { ...before, percentages: [40] }))).toBeNull();
    expect(rollbackOf(amid('delete', 'deleted', before))).toBeNull();
    expect(rollbackOf(amid('restore', 'mirroring', before))).toBeNull();
    expect(rollbackOf(amid('pause', 'paused'))).toBeNull();
  });
});
