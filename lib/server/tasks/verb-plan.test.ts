import { describe, expect, test } from 'vitest';
import { planCreate } from '@/lib/domain/plan-create';
import { stepsFor } from '@/lib/domain/steps';
import type { OperationVerb, Step, TaskRecord } from '@/lib/domain/task';
import { reviews } from '@/lib/domain/testing/snapshot';
import { planVerb } from './verb-plan';

const at = '2026-05-01T10:00:00.000Z';
const { input, snapshot } = reviews();
const spec = planCreate(input, snapshot).spec!;

function interruptedIn(verb: OperationVerb, steps: Step[], change: Partial<TaskRecord> = {}): TaskRecord {
  return {
    schemaVersion: 2,
    spec,
    createdAt: at,
    createdBy: 'me',
    inputHash: '',
    percentageSince: at,
    desired: 'mirroring',
    desiredSince: at,
    operation: {
      verb,
      holder: 'gone',
      startedAt: at,
      renewedAt: at,
      startedBy: 'me',
      steps: steps.map((step) => ({ ...step, state: 'pending', message: null })),
    },
    activity: [],
    ...change,
  };
}

const stepsOf = (record: TaskRecord, verb: 'delete' | 'retry' | 'rollback') =>
  planVerb(record, { verb }, at)?.steps.map(({ id }) => id);

describe('a task that has not begun', () => {
  test.each<[string, Partial<TaskRecord>]>([
    ['says so', { begun: false }],
    ['was stored by a version that did not say it', {}],
  ])(
    'only has its record removed, by whichever verb and however often that is interrupted, when it %s',
    (_, change) => {
      const left = interruptedIn('create', stepsFor('create', spec), change);
      for (const verb of ['delete', 'rollback'] as const) {
        const first = planVerb(left, { verb }, at)!;
        expect(first.steps.map(({ id }) => id)).toEqual(['record']);
        const { operation } = interruptedIn(first.verb ?? verb, first.steps);
        const record = { ...first.record, operation };
        expect(stepsOf(record, 'retry')).toEqual(['record']);
        expect(stepsOf(record, 'delete')).toEqual(['record']);
      }
    },
  );
});

describe('a task that has begun', () => {
  test.each<[string, TaskRecord]>([
    ['says so', interruptedIn('create', stepsFor('create', spec), { begun: true })],
    ['was stored by an older version in another operation', interruptedIn('delete', stepsFor('delete', spec))],
    ['was stored by an older version at rest', interruptedIn('create', [], { operation: null })],
  ])('is taken out whole when it %s', (_, record) => {
    expect(stepsOf(record, 'delete')).toEqual(stepsFor('delete', spec).map(({ id }) => id));
  });
});

test('what a verb would store is refused where no task may ask for it', () => {
  const left = interruptedIn('change', stepsFor('change', spec));
  const back = (percentage: number) => {
    const operation = { ...left.operation!, before: { desired: 'mirroring' as const, percentages: [percentage] } };
    return planVerb({ ...left, operation }, { verb: 'rollback' }, at)?.record.spec.targets[0].percentage;
  };
  expect(back(7)).toBe(7);
  expect(() => back(1_000)).toThrow(
    expect.objectContaining({
      code: 'not_possible',
      details: [expect.objectContaining({ code: 'reason.record_unsafe' })],
    }),
  );
});
