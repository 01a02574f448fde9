import { expect, test } from 'vitest';
import { reviews, reviewsV1 } from './fixtures';
import { readService, readTarget } from './target-choices';
import { emptyTarget, type TargetDraft } from './target-draft';
import { targetName } from './target-name';

const details = { ...reviewsV1, name: 'details-v1', services: ['details'] };
const facts = { services: [reviews], deployments: [reviewsV1, details] };
const nameOf = (fields: Partial<TargetDraft>) => {
  const target = { ...emptyTarget, ...fields };
  return targetName(target, readTarget(target, readService('reviews', facts), facts));
};

test('a target is called by what tells it from the live version, and not at all before it is chosen', () => {
  expect(nameOf({})).toBe('v2');
  // Its version is the live one's.
  expect(nameOf({ targetKind: 'existing', existing: 'details-v1' })).toBe('details-v1');
  expect(nameOf({ targetKind: 'service', targetService: 'httpbin' })).toBe('httpbin');
  expect(nameOf({ targetKind: 'external', externalHost: 'replay.example.com' })).toBe('replay.example.com');
  for (const targetKind of ['existing', 'service', 'external'] as const) expect(nameOf({ targetKind })).toBeNull();
});
