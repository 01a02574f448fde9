import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { planCreate } from './plan-create.ts';
import { fromConfigMap, inputHash, recordMaxBytes, RecordTooLargeError, toConfigMap } from './record.ts';
import type { ActivityEntry, TaskRecord } from './task.ts';
import { reviews } from './testing/snapshot.ts';

function recordOf(change: Partial<TaskRecord> = {}): TaskRecord {
  const { snapshot, input } = reviews();
  const { spec } = planCreate(input, snapshot);
  if (!spec) throw new Error('no plan');
  const at = '2026-05-01T10:00:00.000Z';
  const times = { createdAt: at, percentageSince: at, desiredSince: at };
  return {
    schemaVersion: 2,
    spec,
    ...times,
    createdBy: 'me',
    inputHash: 'h',
    desired: 'mirroring',
    operation: null,
    activity: [],
    ...change,
  };
}

const entry: ActivityEntry = {
  at: '2026-05-01T10:00:00.000Z',
  by: 'me',
  verb: 'pause',
  outcome: 'done',
  detail: null,
  percentage: 10,
};

function operationWith(step: object): object {
  return {
    verb: 'create',
    holder: 'replica-1',
    startedAt: entry.at,
    renewedAt: entry.at,
    startedBy: 'me',
    steps: [{ id: 'record', verb: 'create', object: null, state: 'done', message: null, ...step }],
  };
}

const held = { since: entry.at, reason: { code: 'ramp_on_demand', params: {} }, passedSeconds: 5 };
const ramp = {
  steps: [{ percentage: 5, holdSeconds: 60 }],
  step: 0,
  since: entry.at,
  holder: 'replica-1',
  renewedAt: entry.at,
  startedBy: 'me',
  held: null,
};

describe('record', () => {
  it('comes back from its ConfigMap as it was', () => {
    const record = recordOf({ activity: [entry], ramp: { ...ramp, held } });
    const map = toConfigMap(record);
    expect(map.metadata).toMatchObject({
      name: 'mirror-console.reviews-v2',
      namespace: 'demo-project',
      labels: { 'app.kubernetes.io/managed-by': 'mirror-console', 'mirror-console.io/task': 'reviews-v2' },
    });
    expect(fromConfigMap(map)).toEqual({ record });
  });

  it('is read from a record of version 1, which knew of one target, as that target’s', () => {
    const old = readFileSync(new URL('testing/record-version-1.json', import.meta.url), 'utf8');
    const result = fromConfigMap({ ...toConfigMap(recordOf()), data: { record: old } });
    const { snapshot, input } = reviews();
    const { spec } = planCreate({ ...input, placement: 'dedicated', percentage: 30 }, snapshot);
    expect(result).toMatchObject({
      record: {
        schemaVersion: 2,
        spec,
        mirroredPercentages: [20],
        operation: { before: { desired: 'mirroring', percentages: [20] } },
        activity: [{ percentage: 20 }],
      },
    });
    if ('problem' in result) return;
    expect(Object.keys(result.record.spec).toSorted()).toEqual(Object.keys(spec ?? {}).toSorted());
    // Written again it is one of today.
    expect(fromConfigMap(toConfigMap(result.record))).toEqual(result);
  });

  it.each([
    ['record_empty', {}],
    ['record_unreadable', { record: '{' }],
    ['record_unreadable', { record: '[]' }],
    ['record_version', { record: '{"schemaVersion":3}' }],
    ['record_unreadable', { record: '{"schemaVersion":1,"spec":{}}' }],
  ])('is refused as %s', (code, data: Record<string, string>) => {
    const map = { ...toConfigMap(recordOf()), data };
    expect(fromConfigMap(map)).toMatchObject({ problem: { code } });
  });

  it.each(['entries', 'pins', 'primary', 'service', 'targets'])(
    'is refused without a proper %s: nothing is planned from a broken record',
    (field) => {
      const record = recordOf();
      const broken = { ...record, spec: { ...record.spec, [field]: [{}] } };
      const map = { ...toConfigMap(record), data: { record: JSON.stringify(broken) } };
      expect(fromConfigMap(map)).toMatchObject({ problem: { code: 'record_unreadable' } });
    },
  );

  it.each<[string, unknown]>([
    ['no live workload', { spec: { ...recordOf().spec, primary: [] } }],
    ['an entry of the activity that is none', { activity: [null] }],
    ['an entry of the activity without a time', { activity: [{ ...entry, at: undefined }] }],
    ['a detail that is no message', { activity: [{ ...entry, detail: 'text' }] }],
    ['a step on something that is no object', { operation: operationWith({ object: 'Deployment' }) }],
    ['a step with a message that is none', { operation: operationWith({ message: { code: 5 } }) }],
    ['a ramp whose step began at no time', { ramp: { ...ramp, since: 'tomorrow' } }],
    [
      'a ramp whose step says shares of other targets',
      { ramp: { ...ramp, steps: [{ ...ramp.steps[0], percentages: [5, 5] }] } },
    ],
    ['a ramp that is past its steps', { ramp: { ...ramp, step: 1 } }],
    [
      'a ramp that was held for longer than there is time',
      { ramp: { ...ramp, held: { ...held, passedSeconds: 1e15 } } },
    ],
    ['a ramp that was held at no time', { ramp: { ...ramp, held: { ...held, since: 'x' } } }],
    ['a lock that is released in no proper way', { operation: { ...operationWith({}), released: 'yes' } }],
  ])('is refused with %s: one broken record must not take the list of all tasks down', (_, change) => {
    const whole = { ...recordOf(), ...(change as object) };
    const map = { ...toConfigMap(recordOf()), data: { record: JSON.stringify(whole) } };
    expect(fromConfigMap(map)).toMatchObject({ problem: { code: 'record_unreadable' } });
  });

  it('of a version before locks could be released is still read', () => {
    const record = recordOf({ operation: operationWith({}) as TaskRecord['operation'], activity: [entry] });
    expect(fromConfigMap(toConfigMap(record))).toEqual({ record });
  });

  it('is refused where it names another task or namespace than its ConfigMap', () => {
    const map = toConfigMap(recordOf());
    const moved = { ...map, metadata: { ...map.metadata, namespace: 'other' } };
    const renamed = { ...map, metadata: { ...map.metadata, name: 'mirror-console.other' } };
    for (const foreign of [moved, renamed])
      expect(fromConfigMap(foreign)).toMatchObject({ problem: { code: 'record_misplaced' } });
  });

  it('drops the oldest activity to stay within its size, and says when that is not enough', () => {
    const wordy = (number: number): ActivityEntry => ({
      ...entry,
      detail: { code: 'x', params: { number, text: '镜'.repeat(1000) } },
    });
    const activity = Array.from({ length: 500 }, (_, number) => wordy(number));
    const map = toConfigMap(recordOf({ activity }));
    expect(new TextEncoder().encode(map.data?.record).length).toBeLessThanOrEqual(recordMaxBytes);
    const read = fromConfigMap(map);
    const kept = 'record' in read ? read.record.activity : [];
    expect(kept.length).toBeGreaterThan(10);
    expect(kept.at(-1)).toEqual(activity.at(-1));
    const huge = recordOf();
    huge.spec.description = 'x'.repeat(recordMaxBytes);
    expect(() => toConfigMap(huge)).toThrow(RecordTooLargeError);
  });

  it('hashes what was asked for, whatever its key order and basis', () => {
    const hash = inputHash({ name: 'a', percentage: 10 });
    expect(inputHash({ percentage: 10, name: 'a', basis: [{}] })).toBe(hash);
    expect(inputHash({ name: 'a', percentage: 11 })).not.toBe(hash);
  });
});
