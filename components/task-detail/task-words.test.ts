import { describe, expect, it } from 'vitest';
import type { Task } from '@/lib/contract/task';
import { isCopying, replicasOf, versionOf } from './task-words';

const primary = (version: string, replicas: Task['primary'][number]['replicas']) => ({
  workload: `reviews-${version}`,
  version,
  image: null,
  replicas,
});
const task = (parts: Partial<Task>) => parts as Task;
const operation = (verb: 'create' | 'change' | 'resume'): Task['operation'] => ({
  verb,
  holder: 'a',
  startedAt: '',
  renewedAt: '',
  startedBy: 'admin',
  stale: false,
});

describe('versionOf', () => {
  it('names every live version once', () => {
    const two = [primary('v1', null), primary('v1', null), primary('v3', null)];
    expect(versionOf(task({ primary: two }), 'primary')).toBe('v1, v3');
  });
});

describe('replicasOf', () => {
  it('sums the workloads of a side', () => {
    const two = [primary('v1', { ready: 1, desired: 2 }), primary('v3', { ready: 3, desired: 3 })];
    expect(replicasOf(task({ primary: two }), 'primary')).toEqual({ ready: 4, desired: 5 });
  });

  it('does not know the sum when one workload cannot be read', () => {
    const two = [primary('v1', { ready: 1, desired: 2 }), primary('v3', null)];
    expect(replicasOf(task({ primary: two }), 'primary')).toBeNull();
    expect(replicasOf(task({ targets: [] }), 'mirror')).toBeNull();
  });
});

describe('isCopying', () => {
  it.each([
    ['Mirroring', null, true],
    ['Degraded', null, true],
    ['Mirroring', 'change', true],
    ['Degraded', 'create', false],
    ['Preparing', 'create', false],
    ['Paused', null, false],
    ['Paused', 'resume', false],
    ['Incomplete', null, false],
  ] as const)('%s with operation %s: %s', (state, verb, copying) => {
    expect(isCopying({ state, operation: verb && operation(verb) })).toBe(copying);
  });
});
