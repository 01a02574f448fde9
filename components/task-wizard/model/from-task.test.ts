import { describe, expect, it } from 'vitest';
import { reviews, reviewsContainer, reviewsV1 } from '@/components/targets/fixtures';
import { withContainer, withEnvAdded, withEnvRemoved, withEnvValue } from '@/components/targets/target-draft';
import { CreateTaskInput } from '@/lib/contract/create-task-input';
import type { WizardFacts } from './choices';
import { choicesOf, facts, filled } from './fixtures';
import { type WizardForm } from './form-model';
import { formFromTask } from './from-task';
import { toCreateTaskInput } from './to-input';

const live = [reviewsContainer];
const fromTask = (input: CreateTaskInput, taken: readonly string[] = []) =>
  formFromTask(input, live, (version) => taken.includes(version));
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
    expect(fromTask(base)).toEqual({
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
    const { form } = fromTask({ ...base, target: { kind: 'version', existing: 'reviews-next' } });
    expect(form).toMatchObject({ targetKind: 'existing', existing: 'reviews-next' });
  });

  it('has which requests are copied, and what keeps the mirror from doing harm', () => {
    const match = [{ headers: { 'x-test-user': { exact: 'true' } } }, { path: { prefix: '/api' } }];
    const safety = { denyWrites: true, marker: true, methods: ['GET' as const, 'HEAD' as const, 'OPTIONS' as const] };
    const asked = { ...inputOf(filled), match, safety };
    expect(inputOf(fromTask(asked).form)).toMatchObject({ match, safety });
    expect(fromTask(asked).lost).toEqual([]);
    expect(fromTask({ ...asked, safety: { methods: ['GET'] } }).lost).toEqual(['safety.methods']);
  });

  it('has the host outside that gets the copies', () => {
    const target = { kind: 'external', host: 'replay.example.com', port: 443, tls: true } as const;
    expect(fromTask({ ...base, placement: undefined, target }).form).toMatchObject({
      targetKind: 'external',
      externalHost: 'replay.example.com',
      externalPort: '443',
      externalTls: true,
    });
  });

  it('has the other service that gets the copies', () => {
    const target = { kind: 'service', namespace: 'httpbin', name: 'httpbin', port: 8000 } as const;
    const { form } = fromTask({ ...base, placement: undefined, target });
    expect(form).toMatchObject({
      targetKind: 'service',
      targetNamespace: 'httpbin',
      targetService: 'httpbin',
      targetPort: 8000,
    });
    expect(fromTask({ ...base, namespace: 'httpbin', target }).form.targetNamespace).toBeNull();
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

  it('has the further new versions, each with its image and share, those in use under the suggested name', () => {
    const task = asked(listed('v2'), listed('v3', 'reviews:3'), listed('v1-aa'));
    const { form, lost } = fromTask(task);
    expect(lost).toEqual([]);
    expect(form.further).toMatchObject([
      { id: '1', version: 'v3', percentage: '20', containers: { reviews: { image: 'reviews:3' } } },
      { id: '2', version: 'v1-aa', percentage: '20', containers: {} },
    ]);
    expect(inputOf({ ...form, version: 'v2' }).targets).toEqual(task.targets);
    expect(fromTask(task, ['v3']).form.further.map(({ version }) => version)).toEqual([null, 'v1-aa']);
  });

  const next = { kind: 'version', existing: 'reviews-next', percentage: 1 } as const;
  const ratings = { kind: 'service', namespace: 'demo-project', name: 'ratings', port: 9080, percentage: 5 } as const;
  const httpbin = { kind: 'service', namespace: 'httpbin', name: 'httpbin', port: 8000, percentage: 5 } as const;
  const outside = { kind: 'external', host: 'replay.example.com', port: 443, tls: true, percentage: 0.5 } as const;
  const known: WizardFacts = {
    ...facts,
    services: [reviews, { ...reviews, name: 'ratings' }],
    deployments: [reviewsV1, { ...reviewsV1, name: 'reviews-next', version: 'next' }],
    targetServices: {
      httpbin: [{ ...reviews, name: 'httpbin', ports: [{ name: 'http', port: 8000, protocol: 'http' }] }],
    },
  };

  it('has the further targets, of whatever kind, and asks for the same ones again', () => {
    const changed = { ...listed('v3', 'reviews:3'), replicas: 2 };
    const targets = [changed, next, ratings, httpbin, outside];
    const { placement: _placement, ...rest } = asked();
    for (const first of targets) {
      const others = targets.filter((target) => target !== first);
      const task = { ...rest, targets: [first, ...others] };
      const { form, lost } = fromTask(task);
      expect(lost).toEqual([]);
      const again = toCreateTaskInput(
        { ...form, version: 'v3' },
        'demo-project',
        choicesOf({ ...form, version: 'v3' }, known),
      );
      expect(again).toEqual({ ...task, ports: undefined });
      expect(CreateTaskInput.parse(again)).toEqual(again);
    }
  });

  it('has the placement and the protection of the new versions, whatever stands before or beside them', () => {
    const safety = { denyWrites: true, marker: true };
    const made = { ...listed('v3'), placement: 'subset' as const, safety };
    // As a task's record has it: what is not done to a workload's proxies is said.
    const beside = { ...next, placement: 'dedicated' as const, safety: { denyWrites: false, marker: false } };
    const { form, lost } = fromTask(asked(outside, beside, made));
    expect(lost).toEqual([]);
    expect(form).toMatchObject({ placement: 'subset', denyWrites: true, marker: true });
    expect(fromTask(asked(outside, { ...beside, safety }, made)).lost).toEqual(['targets[1].safety']);
    expect(fromTask(asked(outside, { ...beside, safety })).form).toMatchObject({
      placement: 'dedicated',
      marker: true,
    });
  });

  it('names of further targets what it cannot have, and nothing else', () => {
    const other = {
      ...listed('v3'),
      containers: [
        { name: 'reviews', env: [{ name: 'A', value: 'b' }] },
        { name: 'agent', image: 'agent:1' },
      ],
      placement: 'subset' as const,
      safety: { marker: true },
    };
    const { form, lost } = fromTask(asked(listed('v2'), httpbin, other));
    expect(lost).toEqual(['targets[2].placement', 'targets[2].safety', 'targets[2] agent']);
    expect(form.further).toMatchObject([{ targetKind: 'service' }, { version: 'v3' }]);
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
    const again = fromTask(asked);
    expect(again.lost).toEqual([]);
    expect(inputOf(again.form)).toEqual(asked);

    change((draft) => withEnvRemoved(draft, 'DB_PASSWORD', true));
    change((draft) => withEnvAdded(draft, 'DB_PASSWORD', 'another'));
    const replaced = inputOf(form);
    expect(inputOf(fromTask(replaced).form)).toEqual(replaced);
  });

  it('leaves untouched what the live version has alike by now', () => {
    const { image, env } = reviewsContainer;
    const alike = env.map(({ name, value, valueFrom }) =>
      valueFrom ? { name, valueFrom } : { name, value: value ?? '' },
    );
    const { form } = fromTask(withContainers([{ name: 'reviews', image, env: alike }]));
    expect(inputOf(form).target).toMatchObject({ containers: [] });
  });

  it('names what it cannot take over: a container that is gone, a reference that the live version does not have', () => {
    const other = { secretKeyRef: { name: 'other', key: 'password' } };
    const { lost } = fromTask(
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
    );
    expect(lost).toEqual(['agent', 'reviews DB_PASSWORD', 'reviews TOKEN']);
  });
});
