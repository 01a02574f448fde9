import { describe, expect, test } from 'vitest';
import type { CreateTaskInput } from '@/lib/contract/create-task-input';
import type { Task } from '@/lib/contract/task';
import { inputHash } from '@/lib/domain/record';
import { isSameTask, placeOfPath } from './submission';

const input: CreateTaskInput = {
  namespace: 'demo-project',
  name: 'reviews-v2',
  description: '',
  service: 'reviews',
  target: { kind: 'version', version: 'v2', replicas: 1, containers: [{ name: 'reviews', image: 'reviews:2' }] },
  percentage: 10,
};
const task = { createdBy: 'admin', inputHash: inputHash(input) } as Task;

describe('a task of that name is ours only when creator and request are', () => {
  test('the same, whatever plan it was made on', () => {
    expect(isSameTask(task, input, 'admin')).toBe(true);
    expect(isSameTask(task, { ...input, basis: [] }, 'admin')).toBe(true);
  });

  test.each<[string, Partial<CreateTaskInput>]>([
    ['service', { service: 'ratings' }],
    ['percentage', { percentage: 11 }],
    ['description', { description: 'else' }],
    [
      'image',
      {
        target: { kind: 'version', version: 'v2', replicas: 1, containers: [{ name: 'reviews', image: 'reviews:3' }] },
      },
    ],
    [
      'replica count',
      {
        target: { kind: 'version', version: 'v2', replicas: 2, containers: [{ name: 'reviews', image: 'reviews:2' }] },
      },
    ],
    ['kind of target', { target: { kind: 'version', existing: 'reviews-v2' } }],
    ['placement', { placement: 'dedicated' }],
    ['ports', { ports: [9081] }],
  ])('another %s is another task', (_what, change) => {
    expect(isSameTask(task, { ...input, ...change }, 'admin')).toBe(false);
  });

  test('somebody else', () => {
    expect(isSameTask(task, input, 'project-regular')).toBe(false);
  });
});

test.each([
  ['name', 'basics', 'name'],
  ['ports[0]', 'service', 'ports'],
  ['target.version', 'version', 'version'],
  ['target.replicas', 'version', 'replicas'],
  ['target.existing', 'version', 'existing'],
  ['target.containers[0].image', 'version', 'container.reviews.image'],
  ['target.containers[0].resources.limits.cpu', 'version', 'container.reviews.limits.cpu'],
  ['target.containers[7].image', 'version', 'version'],
  ['percentage', 'strategy', 'percentage'],
  ['placement', 'strategy', 'placement'],
])('a finding at %s is mended on step %s at %s', (path, step, field) => {
  expect(placeOfPath(path, input, [])).toEqual({ step, field });
});

test('a finding elsewhere has no field', () => {
  expect(placeOfPath('basis[0].uid', input, [])).toBeNull();
  expect(placeOfPath('expiresAt', input, [])).toBeNull();
});

describe('a finding about one of several targets', () => {
  const { target: _target, percentage: _percentage, ...rest } = input;
  const version = { kind: 'version' as const, replicas: 1, percentage: 10 };
  const several: CreateTaskInput = {
    ...rest,
    targets: [
      { ...version, version: 'v2', containers: [{ name: 'reviews', image: 'reviews:2' }] },
      { ...version, version: 'v3', containers: [{ name: 'agent' }, { name: 'reviews', image: 'reviews:3' }] },
      { kind: 'service', namespace: 'httpbin', name: 'httpbin', port: 8000, percentage: 5 },
      { kind: 'external', host: 'replay.example.com', port: 80, tls: false, percentage: 5 },
      { kind: 'version', existing: 'reviews-next', percentage: 5 },
    ],
  };
  // A row between was removed: ids are not places.
  const rows = ['1', '3', '4', '7'];

  test.each([
    ['targets[0].version', 'version', 'version'],
    ['targets[0].containers[0].image', 'version', 'container.reviews.image'],
    ['targets[0].percentage', 'strategy', 'percentage'],
    ['targets[0].placement', 'strategy', 'placement'],
    ['targets[1].version', 'version', 'further.1.version'],
    ['targets[1].replicas', 'version', 'further.1.replicas'],
    ['targets[1].containers[1].image', 'version', 'further.1.container.reviews.image'],
    ['targets[1].containers[1].resources.limits.cpu', 'version', 'further.1.container.reviews.limits.cpu'],
    ['targets[1].percentage', 'version', 'further.1.percentage'],
    ['targets[1].safety.denyWrites', 'strategy', 'safety'],
    ['targets[2].name', 'version', 'further.3.targetService'],
    ['targets[2].port', 'version', 'further.3.targetPort'],
    ['targets[3].host', 'version', 'further.4.externalHost'],
    ['targets[3].port', 'version', 'further.4.externalPort'],
    ['targets[4].existing', 'version', 'further.7.existing'],
    ['targets', 'version', 'further'],
    ['targets[5].host', 'version', 'further'],
  ])('%s is mended on step %s at %s', (path, step, field) => {
    expect(placeOfPath(path, several, rows)).toEqual({ step, field });
  });
});
