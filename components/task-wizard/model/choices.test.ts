import { expect, test } from 'vitest';
import { reviews, reviewsV1 } from '@/components/targets/fixtures';
import { choicesOf, facts, filled } from './fixtures';

test('the suggested version is one whose Deployment does not stand yet', () => {
  const mirror = { ...reviewsV1, name: 'reviews-v2', services: [], version: 'v2', task: 'reviews-v2' };
  expect(choicesOf(filled).version).toBe('v2');
  expect(choicesOf(filled, { ...facts, deployments: [reviewsV1, mirror] })).toMatchObject({
    version: 'v3',
    workload: 'reviews-v3',
  });
  expect(choicesOf(filled, { ...facts, deployments: [{ ...reviewsV1, version: null }] }).version).toBe('');
});

test('a new version is copied from what answers clients, not from the first by name', () => {
  const canary = { ...reviewsV1, name: 'a-canary', version: 'v9', containers: [] };
  const known = {
    services: [
      {
        ...reviews,
        versions: ['v1', 'v9'],
        workloads: [
          ...reviews.workloads,
          { kind: 'Deployment', name: 'a-canary', version: 'v9', ready: 1, desired: 1 },
        ],
      },
    ],
    deployments: [canary, reviewsV1],
    nameTaken: false,
  };
  const choices = choicesOf(filled, known);
  expect(choices.source?.name).toBe('reviews-v1');
  expect(choices.liveVersions).toEqual(['v1']);
});
