import type { CreateTaskInput } from '@/lib/contract/create-task-input';
import { describe, expect, it } from 'vitest';
import { choicesOf, filled, reviewsContainer } from './fixtures';
import { withContainer, withEnvAdded, withEnvRemoved, withEnvValue, type WizardForm } from './form-model';
import { formFromTask } from './from-task';
import { toCreateTaskInput } from './to-input';

const live = [reviewsContainer];
const inputOf = (form: WizardForm): CreateTaskInput => {
  const input = toCreateTaskInput(form, 'demo-project', choicesOf(form));
  if (!input) throw new Error('the form is not complete');
  return input;
};
const base: CreateTaskInput = {
  namespace: 'demo-project',
  name: 'reviews-v2-2',
  description: 'Stars in colour',
  service: 'reviews',
  ports: [9080],
  target: { kind: 'version', version: 'v2', replicas: 3, containers: [] },
  percentage: 0.5,
  placement: 'dedicated',
};
const withContainers = (containers: Extract<CreateTaskInput['target'], { version: string }>['containers']) => ({
  ...base,
  target: { kind: 'version' as const, version: 'v2', replicas: 1, containers },
});

describe('a form filled in from another task', () => {
  it('has all that was chosen, and no version: the task’s own is in use', () => {
    expect(formFromTask(base, live)).toEqual({
      form: {
        ...filled,
        name: 'reviews-v2-2',
        description: 'Stars in colour',
        ports: [9080],
        version: null,
        replicas: 3,
        percentage: '0.5',
        placement: 'dedicated',
      },
      lost: [],
    });
  });

  it('has the existing workload that was chosen', () => {
    const { form } = formFromTask({ ...base, target: { kind: 'version', existing: 'reviews-next' } }, live);
    expect(form).toMatchObject({ targetKind: 'existing', existing: 'reviews-next' });
  });

  it('has which requests are copied, and what keeps the mirror from doing harm', () => {
    const match = [{ headers: { 'x-test-user': { exact: 'true' } } }, { path: { prefix: '/api' } }];
    const safety = { denyWrites: true, marker: true, methods: ['GET' as const, 'HEAD' as const, 'OPTIONS' as const] };
    const asked = { ...inputOf(filled), match, safety };
    expect(inputOf(formFromTask(asked, live).form)).toMatchObject({ match, safety });
    expect(formFromTask(asked, live).lost).toEqual([]);
    expect(formFromTask({ ...asked, safety: { methods: ['GET'] } }, live).lost).toEqual(['safety.methods']);
  });

  it('has the host outside that gets the copies', () => {
    const target = { kind: 'external', host: 'replay.example.com', port: 443, tls: true } as const;
    expect(formFromTask({ ...base, placement: undefined, target }, live).form).toMatchObject({
      targetKind: 'external',
      externalHost: 'replay.example.com',
      externalPort: '443',
      externalTls: true,
    });
  });

  it('has the other service that gets the copies', () => {
    const target = { kind: 'service', namespace: 'httpbin', name: 'httpbin', port: 8000 } as const;
    const { form } = formFromTask({ ...base, placement: undefined, target }, live);
    expect(form).toMatchObject({
      targetKind: 'service',
      targetNamespace: 'httpbin',
      targetService: 'httpbin',
      targetPort: 8000,
    });
    expect(formFromTask({ ...base, namespace: 'httpbin', target }, live).form.targetNamespace).toBeNull();
  });

  const listed = (version: string, image?: string) => ({
    kind: 'version' as const,
    version,
    replicas: 1,
    containers: image === undefined ? [] : [{ name: 'reviews', image }],
    percentage: 20,
  });
  const asked = (...targets: NonNullable<CreateTaskInput['targets']>): CreateTaskInput => {
    const { target: _target, percentage: _percentage, ...rest } = base;
    return { ...rest, targets };
  };

  it('has the further new versions, each with its image and share', () => {
    const { form, lost } = formFromTask(asked(listed('v2'), listed('v3', 'reviews:3'), listed('v1-aa')), live);
    expect(lost).toEqual([]);
    expect(form.moreVersions).toEqual([
      { id: '1', version: 'v3', image: 'reviews:3', percentage: '20' },
      { id: '2', version: 'v1-aa', image: null, percentage: '20' },
    ]);
    const again = inputOf({ ...form, version: 'v2' });
    expect(again.targets).toEqual([listed('v2'), listed('v3', 'reviews:3'), listed('v1-aa')]);
  });

  it('names of further targets what it cannot have, and nothing else', () => {
    const httpbin = { kind: 'service', namespace: 'httpbin', name: 'httpbin', port: 8000, percentage: 5 } as const;
    const other = {
      ...listed('v3'),
      replicas: 2,
      containers: [{ name: 'reviews', env: [{ name: 'A', value: 'b' }] }],
      placement: 'subset' as const,
      safety: { marker: true },
    };
    const { form, lost } = formFromTask(asked(listed('v2'), httpbin, other), live);
    expect(lost).toEqual([
      'targets[1]',
      'targets[2].replicas',
      'targets[2].containers',
      'targets[2].placement',
      'targets[2].safety',
    ]);
    expect(form.moreVersions.map(({ version }) => version)).toEqual(['v3']);
    // Beside what is there already the form asks for no new version.
    const beside = formFromTask(asked(httpbin, listed('v3')), live);
    expect([beside.lost, beside.form.moreVersions]).toEqual([['targets[1]'], []]);
  });

  it('asks for the same containers again: image, variables changed, taken out and added, quantities', () => {
    let form = withContainer(filled, 'reviews', {
      image: 'reviews:2',
      requests: { cpu: '200m', memory: '' },
      limits: { cpu: '1' },
    });
    const change = (next: (draft: WizardForm['containers'][string]) => WizardForm['containers'][string]) =>
      (form = withContainer(form, 'reviews', next(form.containers['reviews']!)));
    change((draft) => withEnvValue(draft, 'LOG_DIR', '/tmp/mirror', '/tmp/logs'));
    change((draft) => withEnvAdded(draft, 'DISABLE_WRITE', 'true'));
    const asked = inputOf(form);
    const again = formFromTask(asked, live);
    expect(again.lost).toEqual([]);
    expect(inputOf(again.form)).toEqual(asked);

    change((draft) => withEnvRemoved(draft, 'DB_PASSWORD', true));
    change((draft) => withEnvAdded(draft, 'DB_PASSWORD', 'another'));
    const replaced = inputOf(form);
    expect(inputOf(formFromTask(replaced, live).form)).toEqual(replaced);
  });

  it('leaves untouched what the live version has alike by now', () => {
    const { image, env } = reviewsContainer;
    const alike = env.map(({ name, value, valueFrom }) =>
      valueFrom ? { name, valueFrom } : { name, value: value ?? '' },
    );
    const { form } = formFromTask(withContainers([{ name: 'reviews', image, env: alike }]), live);
    expect(inputOf(form).target).toMatchObject({ containers: [] });
  });

  it('names what it cannot take over: a container that is gone, a reference that the live version does not have', () => {
    const other = { secretKeyRef: { name: 'other', key: 'password' } };
    const { lost } = formFromTask(
      withContainers([
        { name: 'agent', image: 'agent:1' },
        {
          name: 'reviews',
          env: [
            { name: 'DB_PASSWORD', valueFrom: other },
            { name: 'TOKEN', valueFrom: other },
          ],
        },
      ]),
      live,
    );
    expect(lost).toEqual(['agent', 'reviews DB_PASSWORD', 'reviews TOKEN']);
  });
});
