import { describe, expect, it } from 'vitest';
import { ChangeTaskInput } from '@/lib/contract/create-task-input';
import { presetRamp, rampOf, withNewStep, withShare, withStep, type RampStepDraft } from './ramp-draft';

const one = [{ id: 'version', percentage: 50 }];
const two = [...one, { id: 'version-2', percentage: 20 }];

const typed = (...rows: [percentage: string, minutes: string][]): RampStepDraft[] =>
  rows.map(([percentage, minutes], index) => ({ id: String(index + 1), shares: { version: percentage }, minutes }));
const wrong = (steps: RampStepDraft[], targets = one) =>
  rampOf(steps, targets).problems.map(({ field, code }) => `${field} ${code}`);

describe('typed steps of a ramp', () => {
  it('begin as a list that can be started, and say what the API takes', () => {
    const { ramp, problems } = rampOf(presetRamp(one), one);
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
      'ramp.1.share.version percentage_required',
      'ramp.1.minutes minutes_number',
      'ramp.2.minutes minutes_required',
      'ramp.3.minutes minutes_range',
      'ramp.3.share.version ramp_not_above',
      'ramp.4.share.version percentage_range',
    ]);
  });

  it('are refused by the screen just where the API refuses them', () => {
    for (const steps of [typed(['5', '1'], ['5', '']), typed(['50', '1'], ['5', '1'], ['60', ''])]) {
      const { ramp, problems } = rampOf(steps, one);
      const answer = ChangeTaskInput.safeParse({ ramp });
      const fields = answer.error?.issues.map(
        ({ path, message }) => `ramp.${Number(path[1]) + 1}.share.version ${message}`,
      );
      expect(problems.map(({ field, code }) => `${field} ${code}`)).toEqual(fields);
    }
  });

  it('are added, changed and taken out, each by itself', () => {
    const more = withNewStep(withStep(presetRamp(one), '2', null));
    expect(more.map(({ id }) => id)).toEqual(['1', '3', '4', '5']);
    const [, , last] = withShare(more, '4', 'version', '80');
    expect(last).toEqual({ id: '4', shares: { version: '80' }, minutes: '10' });
  });
});

describe('typed steps of a ramp for several targets', () => {
  const steps = (...rows: [first: string, second: string][]): RampStepDraft[] =>
    rows.map(([version, second], index) => ({
      id: String(index + 1),
      shares: { version, 'version-2': second },
      minutes: '1',
    }));

  it('say the share of each; one that is empty stays', () => {
    const { ramp, problems } = rampOf(steps(['5', ''], ['25', '30']), two);
    expect(problems).toEqual([]);
    expect(ramp).toEqual([
      { targets: [{ id: 'version', percentage: 5 }], holdSeconds: 60 },
      {
        targets: [
          { id: 'version', percentage: 25 },
          { id: 'version-2', percentage: 30 },
        ],
      },
    ]);
    expect(ChangeTaskInput.safeParse({ ramp }).success).toBe(true);
    expect(wrong(presetRamp(two), two)).toEqual([]);
  });

  it('name the target whose share is not above what it had, also what the first step leaves as it is', () => {
    expect(wrong(steps(['5', ''], ['4', '20']), two)).toEqual([
      'ramp.2.share.version ramp_not_above',
      'ramp.2.share.version-2 ramp_not_above',
    ]);
    expect(wrong(steps(['5', ''], ['', ''], ['', 'x']), two)).toEqual([
      'ramp.2.share.version percentage_required',
      'ramp.3.share.version-2 percentage_number',
    ]);
  });
});
