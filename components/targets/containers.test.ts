import { expect, test } from 'vitest';
import { prepareContainers, sharedSecrets } from './containers';
import { hasPreset, isolationPresets, isTestEnvironment, togglePreset, withTestEnvironment } from './env-presets';
import { reviewsContainer } from './fixtures';
import { imageDifference, withTag } from './image';
import {
  emptyContainerDraft,
  emptyTarget,
  withContainer,
  withEnvRemoved,
  type ContainerDraft,
  type TargetDraft,
} from './target-draft';

const view = (draft: ContainerDraft, live = reviewsContainer) =>
  prepareContainers([live], withContainer(emptyTarget, live.name, draft))[0]!;
const environment = isolationPresets[0]!;

test('a Secret that stays is shared with the live version, a removed one is not', () => {
  expect(sharedSecrets([view(emptyContainerDraft)])).toEqual(['reviews-db']);
  expect(sharedSecrets([view(withEnvRemoved(emptyContainerDraft, 'DB_PASSWORD', true))])).toEqual([]);
});

test('a preset is added once and taken back', () => {
  const on = togglePreset(emptyContainerDraft, reviewsContainer, environment, true);
  expect(hasPreset(view(on), environment)).toBe(true);
  expect(togglePreset(on, reviewsContainer, environment, true).envAdded).toHaveLength(1);
  expect(hasPreset(view(togglePreset(on, reviewsContainer, environment, false)), environment)).toBe(false);
});

test('a preset changes the live variable of its name', () => {
  const live = { ...reviewsContainer, env: [{ name: 'ENVIRONMENT', value: 'prod', from: null, valueFrom: null }] };
  const on = togglePreset(emptyContainerDraft, live, environment, true);
  expect(view(on, live).env).toMatchObject([{ name: 'ENVIRONMENT', value: 'test', state: 'changed' }]);
  expect(view(togglePreset(on, live, environment, false), live).env).toMatchObject([
    { value: 'prod', state: 'copied' },
  ]);
});

test('a preset takes the place of a reference of its name', () => {
  const live = {
    ...reviewsContainer,
    env: [{ name: 'ENVIRONMENT', value: null, from: 'configMap a/b', valueFrom: { configMapKeyRef: {} } }],
  };
  const on = togglePreset(emptyContainerDraft, live, environment, true);
  expect(view(on, live).env.map((row) => row.state)).toEqual(['removed', 'added']);
});

test('the test environment is set on every container but init ones, shows as changed rows, and is taken back whole', () => {
  const live = [
    reviewsContainer,
    {
      ...reviewsContainer,
      name: 'agent',
      env: [{ name: 'ENVIRONMENT', value: 'prod', from: null, valueFrom: null }],
    },
    { ...reviewsContainer, name: 'migrate', init: true },
  ];
  const views = (target: TargetDraft) => prepareContainers(live, target);
  expect(isTestEnvironment(views(emptyTarget))).toBe(false);

  const on = withTestEnvironment(emptyTarget, views(emptyTarget), true);
  expect(isTestEnvironment(views(on))).toBe(true);
  const changed = views(on).map(({ env }) =>
    env.filter(({ state }) => state !== 'copied').map(({ name, value, state }) => `${name}=${value} ${state}`),
  );
  expect(changed).toEqual([
    ['ENVIRONMENT=test added', 'DISABLE_WRITE=true added'],
    ['ENVIRONMENT=test changed', 'DISABLE_WRITE=true added'],
    [],
  ]);
  expect(withTestEnvironment(on, views(on), true)).toEqual(on);

  const off = withTestEnvironment(on, views(on), false);
  expect(views(off).map(({ env }) => env)).toEqual(views(emptyTarget).map(({ env }) => env));
});

test.each([
  ['reviews-v1:1.16.2', 'reviews-v2:1.16.2', { start: 'reviews-', before: 'v1', after: 'v2', end: ':1.16.2' }],
  ['a:1', 'a:1', { start: 'a:1', before: '', after: '', end: '' }],
  ['a:1', 'b:1', { start: '', before: 'a', after: 'b', end: ':1' }],
  ['a:1.0', 'a:1.0.0', { start: 'a:1.0', before: '', after: '.0', end: '' }],
])('%s → %s marks what differs', (before, after, expected) => {
  expect(imageDifference(before, after)).toEqual(expected);
});

test.each([
  ['nginx', 'nginx:2'],
  ['nginx:1', 'nginx:2'],
  ['registry:5000/team/nginx', 'registry:5000/team/nginx:2'],
  ['registry:5000/team/nginx:1@sha256:abc', 'registry:5000/team/nginx:2'],
])('the tag of %s', (image, expected) => {
  expect(withTag(image, '2')).toBe(expected);
});
