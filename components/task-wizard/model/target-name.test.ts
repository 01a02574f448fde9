import { expect, test } from 'vitest';
import { choicesOf, facts, filled, reviewsV1 } from './fixtures';
import type { WizardForm } from './form-model';
import { targetName } from './target-name';

const nameOf = (form: WizardForm) => targetName(form, choicesOf(form, known));
const known = { ...facts, deployments: [reviewsV1, { ...reviewsV1, name: 'details-v1', services: ['details'] }] };

test('a target is called by what tells it from the live version, and not at all before it is chosen', () => {
  expect(nameOf(filled)).toBe('v2');
  // Its version is the live one's.
  expect(nameOf({ ...filled, targetKind: 'existing', existing: 'details-v1' })).toBe('details-v1');
  expect(nameOf({ ...filled, targetKind: 'service', targetService: 'httpbin' })).toBe('httpbin');
  expect(nameOf({ ...filled, targetKind: 'external', externalHost: 'replay.example.com' })).toBe('replay.example.com');
  for (const targetKind of ['existing', 'service', 'external'] as const)
    expect(nameOf({ ...filled, targetKind })).toBeNull();
});
