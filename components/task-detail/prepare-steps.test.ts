import { describe, expect, it } from 'vitest';
import type { Task } from '@/lib/contract/task';
import { prepareSteps } from './prepare-steps';

const step = (id: string, state: 'pending' | 'done' | 'failed'): Task['steps'][number] => ({
  id,
  verb: 'update',
  object: { apiVersion: 'networking.istio.io/v1', kind: 'VirtualService', namespace: 'demo', name: 'reviews' },
  state,
  message: null,
});

const progress = (steps: Task['steps'], running: boolean) =>
  prepareSteps(steps, running).steps.map((each) => each.progress);

describe('prepareSteps', () => {
  const steps = [step('record', 'done'), step('workload', 'pending'), step('mirror:demo/reviews', 'pending')];

  it('shows the first step that is not done as running, the later ones as waiting', () => {
    expect(progress(steps, true)).toEqual(['done', 'running', 'waiting']);
  });

  it('shows nothing as running when the operation was interrupted', () => {
    expect(progress(steps, false)).toEqual(['done', 'waiting', 'waiting']);
  });

  it('keeps a failed step failed', () => {
    const prepared = prepareSteps([step('record', 'done'), step('workload', 'failed')], false);
    expect(prepared).toMatchObject({ done: 1, failed: 1 });
  });

  it('finds the text of a step by its id without the object', () => {
    expect(prepareSteps(steps, true).steps[2]).toMatchObject({
      code: 'mirror',
      params: { kind: 'VirtualService', name: 'reviews', namespace: 'demo' },
    });
  });
});
