import { describe, expect, it } from 'vitest';
import { ChangeTaskInput } from '@/lib/contract/create-task-input';
import { presetRamp, rampOf, withNewStep, withStep, type RampStepDraft } from './ramp-draft';

const typed = (...rows: [percentage: string, minutes: string][]): RampStepDraft[] =>
  rows.map(([percentage, minutes], index) => ({ id: String(index + 1), percentage, minutes }));
const wrong = (steps: RampStepDraft[]) => rampOf(steps).problems.map(({ field, code }) => `${field} ${code}`);

describe('typed steps of a ramp', () => {
  it('begin as a list that can be started, and say what the API takes', () => {
    const { ramp, problems } = rampOf(presetRamp);
    expect(problems).toEqual([]);
    expect(ramp).toEqual([
      { percentage: 5, holdSeconds: 600 },
      { percentage: 25, holdSeconds: 600 },
      { percentage: 50, holdSeconds: 600 },
      { percentage: 100 },
    ]);
    expect(ChangeTaskInput.safeParse({ ramp }).success).toBe(true);
  });

  it('name each field once that is not yet anything, or makes no ramp with the others', () => {
    expect(wrong(typed(['', 'x'], ['25', ''], ['5', '0'], ['101', '']))).toEqual([
      'ramp.1.percentage percentage_required',
      'ramp.1.minutes minutes_number',
      'ramp.2.minutes minutes_required',
      'ramp.3.minutes minutes_range',
      'ramp.3.percentage ramp_not_above',
      'ramp.4.percentage percentage_range',
    ]);
  });

  it('are refused by the screen just where the API refuses them', () => {
    for (const steps of [typed(['5', '1'], ['5', '']), typed(['50', '1'], ['5', '1'], ['60', ''])]) {
      const { ramp, problems } = rampOf(steps);
      const answer = ChangeTaskInput.safeParse({ ramp });
      const fields = answer.error?.issues.map(
        ({ path, message }) => `ramp.${Number(path[1]) + 1}.percentage ${message}`,
      );
      expect(problems.map(({ field, code }) => `${field} ${code}`)).toEqual(fields);
    }
  });

  it('are added, changed and taken out, each by itself', () => {
    const more = withNewStep(withStep(presetRamp, '2', null));
    expect(more.map(({ id }) => id)).toEqual(['1', '3', '4', '5']);
    const [, , last] = withStep(more, '4', { percentage: '80' });
    expect(last).toEqual({ id: '4', percentage: '80', minutes: '10' });
  });
});
