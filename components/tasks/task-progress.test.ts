import { describe, expect, it } from 'vitest';
import type { Task } from '@/lib/contract/task';
import { runningOperation, taskProgress } from './task-progress';

const operation: NonNullable<Task['operation']> = {
  verb: 'create',
  holder: 'a',
  startedAt: '',
  renewedAt: '',
  startedBy: 'admin',
  stale: false,
};
const step = (state: 'done' | 'pending' | 'failed') =>
  ({ id: 's', verb: 'update', object: null, state, message: null }) as const;

describe('runningOperation', () => {
  it('is none when the operation failed or its driver is gone, so that nothing spins for ever', () => {
    expect(runningOperation({ state: 'Preparing', operation })).toBe(operation);
    expect(runningOperation({ state: 'Incomplete', operation })).toBeNull();
    expect(runningOperation({ state: 'Deleting', operation: { ...operation, stale: true } })).toBeNull();
    expect(runningOperation({ state: 'Mirroring', operation: null })).toBeNull();
  });
});

describe('taskProgress', () => {
  it('counts the step under way, never past the last', () => {
    expect(taskProgress({ steps: [step('done'), step('pending'), step('pending')] })).toEqual({ step: 2, total: 3 });
    expect(taskProgress({ steps: [step('done'), step('failed')] })).toEqual({ step: 2, total: 2 });
    expect(taskProgress({ steps: [step('done'), step('done')] })).toEqual({ step: 2, total: 2 });
    expect(taskProgress({ steps: [] })).toBeNull();
  });
});
