import { describe, expect, test } from 'vitest';
import { checkCodes } from '@/lib/domain/check';
import {
  reachableStep,
  stepAfter,
  stepBefore,
  stepFromAddress,
  stepOfCheck,
  wizardSteps,
  type WizardStep,
} from './wizard-steps';

describe('a step is reachable only when every earlier one is valid', () => {
  const validBut =
    (...invalid: WizardStep[]) =>
    (step: WizardStep): boolean =>
      !invalid.includes(step);

  test.each([
    ['review', [], 'review'],
    ['review', ['service'], 'service'],
    ['review', ['strategy', 'basics'], 'basics'],
    ['service', ['service'], 'service'],
    ['service', ['review'], 'service'],
    ['basics', ['basics'], 'basics'],
  ] as const)('%s with %j invalid shows %s', (asked, invalid, shown) => {
    expect(reachableStep(asked, validBut(...invalid))).toBe(shown);
  });
});

test('an address without a known step shows the first', () => {
  expect(stepFromAddress('strategy')).toBe('strategy');
  expect(stepFromAddress('constructor')).toBe('basics');
  expect(stepFromAddress('')).toBe('basics');
});

test('steps follow one another', () => {
  expect(wizardSteps.map(stepAfter)).toEqual(['service', 'version', 'strategy', 'review', null]);
  expect(wizardSteps.map(stepBefore)).toEqual([null, 'basics', 'service', 'version', 'strategy']);
});

test('a check leads to a step of the wizard or to none, never to the review itself', () => {
  for (const code of checkCodes) expect(stepOfCheck(code)).not.toBe('review');
  expect(stepOfCheck('workload_exists')).toBe('version');
  expect(stepOfCheck('permissions')).toBeNull();
});
