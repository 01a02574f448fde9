import { expect, test } from 'vitest';
import { prepareContainers, sharedSecrets } from './containers';
import { hasPreset, isolationPresets, isTestEnvironment, togglePreset, withTestEnvironment } from './env-presets';
import { expectedCopies } from './expected-copies';
import { appsOf, filterServices } from './filter-services';
import { choicesOf, facts, filled, reviews, reviewsContainer, reviewsV1 } from './fixtures';
import { emptyContainerDraft, withContainer, withEnvRemoved, type ContainerDraft, type WizardForm } from './form-model';
import { imageDifference, withTag } from './image';

const view = (draft: ContainerDraft, live = reviewsContainer) =>
  prepareContainers([live], withContainer(filled, live.name, draft))[0]!;
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
  const views = (form: WizardForm) => prepareContainers(live, form);
  expect(isTestEnvironment(views(filled))).toBe(false);

  const on = withTestEnvironment(filled, views(filled), true);
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
  expect(views(off).map(({ env }) => env)).toEqual(views(filled).map(({ env }) => env));
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

test('no measured rate gives no number of copies', () => {
  expect(expectedCopies(null, 10, 2)).toEqual({ perSecond: null, perPod: null });
  expect(expectedCopies(182.4, 10, 2)).toEqual({ perSecond: expect.closeTo(18.24), perPod: expect.closeTo(9.12) });
  expect(expectedCopies(10, 10, 0).perPod).toBeNull();
});

test('the suggested version is one whose Deployment does not stand yet', () => {
  const mirror = { ...reviewsV1, name: 'reviews-v2', services: [], version: 'v2', task: 'reviews-v2' };
  expect(choicesOf(filled).version).toBe('v2');
  expect(choicesOf(filled, { ...facts, deployments: [reviewsV1, mirror] })).toMatchObject({
    version: 'v3',
    workload: 'reviews-v3',
  });
  expect(choicesOf(filled, { ...facts, deployments: [{ ...reviewsV1, version: null }] }).version).toBe('');
});

test('services are found by app and name, those that can be chosen first', () => {
  const services = [
    { ...reviews, name: 'zeta', app: null, eligible: true },
    { ...reviews, name: 'details', eligible: false },
    reviews,
  ];
  expect(appsOf(services)).toEqual([
    { app: 'bookinfo', count: 2 },
    { app: '', count: 1 },
  ]);
  expect(filterServices(services, null, '').map((service) => service.name)).toEqual(['reviews', 'zeta', 'details']);
  expect(filterServices(services, 'bookinfo', ' TAIL').map((service) => service.name)).toEqual(['details']);
  expect(filterServices(services, '', '').map((service) => service.name)).toEqual(['zeta']);
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
