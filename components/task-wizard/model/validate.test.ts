import { describe, expect, test } from 'vitest';
import { reviews, reviewsV1 } from '@/components/targets/fixtures';
import { emptyContainerDraft, emptyTarget, withContainer, type TargetDraft } from '@/components/targets/target-draft';
import { envField } from '@/components/targets/target-problems';
import { choicesOf, facts, filled } from './fixtures';
import type { WizardFacts } from './choices';
import { emptyForm, type FurtherTarget, type WizardForm } from './form-model';
import { problemsOf } from './validate';
import type { WizardStep } from './wizard-steps';

const codes = (step: WizardStep, form: WizardForm, known = facts): string[] =>
  problemsOf(step, form, choicesOf(form, known), known).map((problem) => `${problem.field} ${problem.code}`);

describe('basics', () => {
  test.each([
    ['', 'name name_required'],
    ['Reviews', 'name name_uppercase'],
    ['reviews_v2', 'name name_characters'],
    ['-reviews', 'name name_edges'],
    ['r'.repeat(64), 'name name_too_long'],
  ])('%j is refused', (name, expected) => {
    expect(codes('basics', { ...filled, name })).toEqual([expected]);
  });

  test('a name that is taken is refused, a free one passes', () => {
    expect(codes('basics', filled, { ...facts, nameTaken: true })).toEqual(['name name_taken']);
    expect(codes('basics', filled)).toEqual([]);
  });
});

describe('service', () => {
  test('one must be chosen, be there and be eligible', () => {
    expect(codes('service', emptyForm)).toEqual(['service service_required']);
    expect(codes('service', filled, { ...facts, services: undefined })).toEqual(['service service_unread']);
    expect(codes('service', { ...filled, service: 'gone' })).toEqual(['service service_gone']);
    expect(codes('service', filled, { ...facts, services: [{ ...reviews, eligible: false }] })).toEqual([
      'service service_unfit',
    ]);
    expect(codes('service', filled)).toEqual([]);
  });

  test('at least one port', () => {
    expect(codes('service', { ...filled, ports: [] })).toEqual(['ports ports_required']);
  });
});

describe('new version', () => {
  test('the suggestion passes', () => {
    expect(codes('version', filled)).toEqual([]);
  });

  test('each version beside it needs a name, an image and a share of its own', () => {
    const row: FurtherTarget = { ...emptyTarget, id: '1', version: 'v3', percentage: '20' };
    const withRow = (change: Partial<FurtherTarget>): string[] =>
      codes('version', { ...filled, further: [{ ...row, ...change }] });
    expect(withRow({})).toEqual([]);
    expect(withRow({ version: '' })).toEqual(['further.1.version version_required']);
    expect(withRow({ version: 'v2' })).toEqual(['further.1.version target_twice']);
    expect(withRow({ version: 'v1' })).toEqual(['further.1.version version_taken']);
    expect(withRow({ version: 'V2' })).toEqual(['further.1.version target_twice']);
    expect(withRow({ version: null, replicas: 0 })).toEqual(['further.1.replicas replicas_range']);
    expect(withRow({ percentage: '0' })).toEqual(['further.1.percentage percentage_range']);
    expect(withRow({ containers: { reviews: { ...emptyContainerDraft, image: ' ' } } })).toEqual([
      'further.1.container.reviews.image image_required',
    ]);
  });

  test('a version that runs already, or whose Deployment stands already, is refused', () => {
    expect(codes('version', { ...filled, version: 'v1' })).toEqual(['version version_taken']);
    const known = {
      ...facts,
      deployments: [reviewsV1, { ...reviewsV1, name: 'reviews-v2', services: [], version: null }],
    };
    expect(codes('version', { ...filled, version: 'v2' }, known)).toEqual(['version workload_taken']);
  });

  test('a version must be a label value', () => {
    expect(codes('version', { ...filled, version: '' })).toEqual(['version version_required']);
    expect(codes('version', { ...filled, version: 'v2/' })).toEqual(['version version_characters']);
  });

  test('replicas within bounds', () => {
    expect(codes('version', { ...filled, replicas: 0 })).toEqual(['replicas replicas_range']);
    expect(codes('version', { ...filled, replicas: 101 })).toEqual(['replicas replicas_range']);
  });

  test('images, variables and quantities are checked, each at its own control', () => {
    const form = withContainer(filled, 'reviews', {
      image: ' ',
      envAdded: [
        { id: '1', name: '', value: '' },
        { id: '2', name: '1A', value: '' },
        { id: '3', name: 'LOG_DIR', value: '' },
      ],
      requests: { cpu: '1 core' },
    });
    expect(codes('version', form)).toEqual([
      'container.reviews.image image_required',
      'container.reviews.env.added:1.name env_name_required',
      'container.reviews.env.added:2.name env_name_pattern',
      'container.reviews.env.added:3.name env_twice',
      'container.reviews.requests.cpu quantity_pattern',
    ]);
  });

  test('a secret value that the draft left out has to be typed again', () => {
    const form = withContainer(filled, 'reviews', { envAdded: [{ id: '1', name: 'API_TOKEN', value: null }] });
    const row = choicesOf(form).containers[0]!.env.at(-1)!;
    expect(codes('version', form)).toEqual([`${envField('reviews', row, 'value')} env_again`]);
  });
});

test('an existing workload must be chosen and be there', () => {
  const form: WizardForm = { ...filled, targetKind: 'existing' };
  expect(codes('version', form)).toEqual(['existing existing_required']);
  expect(codes('version', { ...form, existing: 'gone' })).toEqual(['existing existing_gone']);
});

describe('targets beside the first', () => {
  const httpbin = { ...reviews, name: 'httpbin', ports: [{ name: 'http', port: 8000, protocol: 'http' as const }] };
  const known: WizardFacts = {
    ...facts,
    services: [reviews, { ...httpbin, name: 'ratings' }],
    deployments: [reviewsV1, { ...reviewsV1, name: 'reviews-next', version: 'next' }],
    targetServices: { httpbin: [httpbin] },
  };
  const toService: Partial<TargetDraft> = {
    targetKind: 'service',
    targetNamespace: 'httpbin',
    targetService: 'httpbin',
  };
  const toHost: Partial<TargetDraft> = { targetKind: 'external', externalHost: 'replay.example.com' };
  const toWorkload: Partial<TargetDraft> = { targetKind: 'existing', existing: 'reviews-next' };
  const form = (...targets: Partial<TargetDraft>[]): WizardForm => ({
    ...filled,
    ...targets[0],
    further: targets.slice(1).map((target, index) => ({
      ...emptyTarget,
      ...target,
      id: String(index + 1),
      percentage: '5',
    })),
  });

  test('of every kind pass beside each other', () => {
    expect(codes('version', form({}, toWorkload, toService, toHost, {}), known)).toEqual([]);
    expect(
      codes(
        'version',
        form(toHost, toService, { ...toService, targetNamespace: null, targetService: 'ratings' }),
        known,
      ),
    ).toEqual([]);
  });

  test('say what is missing, each at its own control', () => {
    const missing = form(
      {},
      { targetKind: 'existing' },
      { targetKind: 'service' },
      { targetKind: 'external', externalPort: '0' },
      { ...toService, targetNamespace: 'elsewhere' },
    );
    expect(codes('version', missing, known)).toEqual([
      'further.1.existing existing_required',
      'further.2.targetService target_service_required',
      'further.3.externalHost host_required',
      'further.3.externalPort host_port',
      'further.4.targetService target_unread',
    ]);
    expect(
      codes('version', form({}, { ...toService, targetNamespace: null, targetService: 'reviews' }), known),
    ).toEqual(['further.1.targetService target_service_same']);
  });

  test('are never one that is there above, wherever it is', () => {
    expect(codes('version', form(toHost, toService, { ...toHost, externalPort: '8080' }), known)).toEqual([
      'further.2.externalHost target_twice',
    ]);
    expect(codes('version', form({}, toService, toService), known)).toEqual(['further.2.targetService target_twice']);
    expect(codes('version', form(toWorkload, toWorkload), known)).toEqual(['further.1.existing target_twice']);
  });
});

test.each([
  ['', 'percentage_required'],
  ['ten', 'percentage_number'],
  ['0', 'percentage_range'],
  ['100.1', 'percentage_range'],
  ['0.00001', 'percentage_range'],
  ['1.00001', 'percentage_step'],
])('percentage %j is refused', (percentage, code) => {
  expect(codes('strategy', { ...filled, percentage })).toEqual([`percentage ${code}`]);
});

test.each(['0.0001', '100', '12,5', '10 %'])('percentage %j passes', (percentage) => {
  expect(codes('strategy', { ...filled, percentage })).toEqual([]);
});

test('a condition says what is missing in it, field by field', () => {
  const header = { id: '1', name: 'x-user', kind: 'exact' as const, value: '1' };
  const condition = { id: '1', method: '' as const, pathKind: 'prefix' as const, path: '', headers: [] };
  const found = (change: object) => codes('strategy', { ...filled, conditions: [{ ...condition, ...change }] });
  expect(found({})).toEqual(['match.1.method condition_empty']);
  expect(found({ method: 'GET' })).toEqual([]);
  expect(found({ path: 'reviews' })).toEqual(['match.1.path path_slash']);
  expect(found({ path: '.*', pathKind: 'regex' })).toEqual([]);
  expect(found({ headers: [{ ...header, name: '' }] })).toEqual(['match.1.header.1.name header_required']);
  expect(found({ headers: [{ ...header, name: 'a b' }] })).toEqual(['match.1.header.1.name header_pattern']);
  expect(found({ headers: [{ ...header, name: 'Host' }] })).toEqual(['match.1.header.1.name header_not_matched']);
  expect(found({ headers: [header, { ...header, id: '2', name: 'X-User' }] })).toEqual([
    'match.1.header.2.name header_twice',
  ]);
  expect(found({ headers: [{ ...header, value: '' }] })).toEqual(['match.1.header.1.value header_value_required']);
  expect(found({ headers: [{ ...header, kind: 'present', value: '' }] })).toEqual([]);
});
