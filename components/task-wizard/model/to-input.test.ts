import { describe, expect, test } from 'vitest';
import { reviews, reviewsContainer, reviewsV1 } from '@/components/targets/fixtures';
import {
  emptyContainerDraft,
  withContainer,
  withEnvAdded,
  withEnvRemoved,
  withEnvValue,
  withQuantity,
  type ContainerDraft,
  type TargetDraft,
} from '@/components/targets/target-draft';
import { CreateTaskInput } from '@/lib/contract/create-task-input';
import { choicesOf, facts, filled } from './fixtures';
import {
  emptyForm,
  placedTarget,
  withFurtherShare,
  withFurtherTarget,
  withoutFurtherTarget,
  withTarget,
  type WizardForm,
} from './form-model';
import { copiesReadsOnly, deniesWrites, leavesGrpcOut } from './safety';
import { toCreateTaskInput, toProbeInput } from './to-input';

const inputOf = (form: WizardForm, known = facts) => toCreateTaskInput(form, 'demo-project', choicesOf(form, known));
const withDraft = (edit: (draft: ContainerDraft) => ContainerDraft): WizardForm =>
  withContainer(filled, 'reviews', edit(emptyContainerDraft));

describe('form to CreateTaskInput', () => {
  test('untouched fields take the suggestion and leave every container as it is live', () => {
    expect(inputOf(filled)).toEqual({
      namespace: 'demo-project',
      name: 'reviews-v2-shadow',
      description: '',
      service: 'reviews',
      target: { kind: 'version', version: 'v2', replicas: 1, containers: [] },
      percentage: 10,
    });
  });

  test('the API accepts what the form makes', () => {
    const form = withContainer<WizardForm>({ ...filled, placement: 'dedicated', percentage: '0.57 %' }, 'reviews', {
      image: 'kubesphere/examples-bookinfo-reviews-v2:1.16.2',
      envAdded: [{ id: '1', name: 'ENVIRONMENT', value: 'test' }],
      requests: { cpu: '250m' },
    });
    expect(CreateTaskInput.safeParse(inputOf(form)).success).toBe(true);
    expect(inputOf(form)?.percentage).toBe(0.57);
  });

  test('versions beside the first become targets, each with its share: another image, or a copy of the live one', () => {
    const another = withTarget(withFurtherShare(withFurtherTarget(filled), '1', '20'), '1', (row) =>
      withContainer(row, 'reviews', { image: 'r:3' }),
    );
    const form = withFurtherTarget(another, 'v1-aa');
    const version = { kind: 'version', replicas: 1 };
    expect(inputOf(form)).toMatchObject({
      targets: [
        { ...version, version: 'v2', containers: [], percentage: 10 },
        { ...version, version: 'v3', containers: [{ name: 'reviews', image: 'r:3' }], percentage: 20 },
        { ...version, version: 'v1-aa', containers: [], percentage: 10 },
      ],
    });
    expect(inputOf(form)).not.toHaveProperty('target');
    expect(inputOf(form)).not.toHaveProperty('percentage');
    expect(CreateTaskInput.parse(inputOf(form))).toEqual(inputOf(form));
    expect(inputOf(withFurtherShare(form, '1', ''))).toBeNull();
    expect(inputOf(withoutFurtherTarget(withoutFurtherTarget(form, '1'), '2'))).toEqual(inputOf(filled));
  });

  test('placement and protection are asked for new versions alone, beside what is there already', () => {
    const chosen: WizardForm = { ...filled, placement: 'subset', denyWrites: false, marker: true, readsOnly: true };
    const existing = { targetKind: 'existing', existing: 'reviews-v1' } as const;
    const form = withTarget(withFurtherTarget(chosen), '1', (row) => ({ ...row, ...existing }));
    const methods = ['GET', 'HEAD', 'OPTIONS'];
    expect(inputOf(form)).toMatchObject({
      targets: [{ version: 'v2', placement: 'subset', safety: { denyWrites: false, marker: true } }, {}],
      safety: { methods },
    });
    expect(inputOf(form)?.targets?.[1]).toEqual({ kind: 'version', existing: 'reviews-v1', percentage: 10 });
    expect(inputOf(form)).not.toHaveProperty('placement');
    expect(CreateTaskInput.parse(inputOf(form))).toEqual(inputOf(form));
    // Where every version is new they are the task's, and where none is there is nothing to place or protect.
    expect(inputOf(withFurtherTarget(chosen))).toMatchObject({
      placement: 'subset',
      safety: { denyWrites: false, marker: true, methods },
    });
    const outside = { targetKind: 'external', externalHost: 'replay.example.com' } as const;
    const elsewhere = inputOf({ ...chosen, ...outside });
    expect(elsewhere).toMatchObject({ safety: { methods } });
    expect(CreateTaskInput.parse(elsewhere)).toEqual(elsewhere);
  });

  test('what was chosen for new versions is proposed anew once there is none, and kept while there is one', () => {
    const chosen: WizardForm = { ...filled, placement: 'subset', denyWrites: false };
    const toHost = (form: WizardForm, key: string | null): WizardForm =>
      withTarget(form, key, (target) => ({ ...target, targetKind: 'external' }));
    const several = withFurtherTarget(chosen);
    expect(toHost(several, null)).toMatchObject({ placement: 'subset', denyWrites: false });
    expect(toHost(toHost(several, null), '1')).toMatchObject({ placement: null, denyWrites: null });
    expect(withoutFurtherTarget(toHost(several, null), '1')).toMatchObject({ placement: null, denyWrites: null });
  });

  test('who is to write what others own is said where it is not the console', () => {
    expect(inputOf({ ...filled, delivery: 'patch' })).toHaveProperty('delivery', 'patch');
    expect(CreateTaskInput.safeParse(inputOf({ ...filled, delivery: 'patch' })).success).toBe(true);
    expect(inputOf({ ...filled, delivery: 'write' })).not.toHaveProperty('delivery');
    expect(inputOf(filled)).not.toHaveProperty('delivery');
  });

  test('nothing is asked before service, target and percentage are there', () => {
    expect(inputOf(emptyForm)).toBeNull();
    expect(inputOf({ ...filled, percentage: 'ten' })).toBeNull();
    expect(inputOf({ ...filled, targetKind: 'existing' })).toBeNull();
    expect(inputOf(filled, { ...facts, deployments: [] })).toBeNull();
  });

  test('only a changed image is sent', () => {
    const form = withContainer(filled, 'reviews', { image: ' registry:5000/reviews:2 ' });
    expect(inputOf(form)?.target).toMatchObject({
      containers: [{ name: 'reviews', image: 'registry:5000/reviews:2' }],
    });
    const same = withContainer(filled, 'reviews', { image: reviewsContainer.image });
    expect(inputOf(same)?.target).toMatchObject({ containers: [] });
  });

  test('a changed variable sends the whole list, references as they are', () => {
    const form = withDraft((draft) =>
      withEnvAdded(withEnvValue(draft, 'LOG_DIR', '/tmp/v2', '/tmp/logs'), 'DISABLE_WRITE', 'true'),
    );
    expect(inputOf(form)?.target).toMatchObject({
      containers: [
        {
          name: 'reviews',
          env: [
            { name: 'LOG_DIR', value: '/tmp/v2' },
            { name: 'DB_PASSWORD', valueFrom: { secretKeyRef: { name: 'reviews-db', key: 'password' } } },
            { name: 'DISABLE_WRITE', value: 'true' },
          ],
        },
      ],
    });
  });

  test('a removed reference is left out', () => {
    const form = withDraft((draft) => withEnvRemoved(draft, 'DB_PASSWORD', true));
    expect(inputOf(form)?.target).toMatchObject({ containers: [{ env: [{ name: 'LOG_DIR', value: '/tmp/logs' }] }] });
  });

  test('a changed quantity sends both sides, an emptied one goes', () => {
    const form = withDraft((draft) =>
      withQuantity(withQuantity(draft, 'requests', 'cpu', '', '100m'), 'limits', 'cpu', '1', undefined),
    );
    expect(inputOf(form)?.target).toMatchObject({
      containers: [{ resources: { requests: { memory: '256Mi' }, limits: { memory: '512Mi', cpu: '1' } } }],
    });
  });

  test('typing the live value again is no change', () => {
    const form = withDraft((draft) =>
      withEnvValue(withEnvValue(draft, 'LOG_DIR', 'x', '/tmp/logs'), 'LOG_DIR', '/tmp/logs', '/tmp/logs'),
    );
    expect(inputOf(form)?.target).toMatchObject({ containers: [] });
  });

  test('an existing workload is named, a placement only when it was chosen', () => {
    const known = {
      ...facts,
      deployments: [reviewsV1, { ...reviewsV1, name: 'reviews-v3', version: 'v3', createdAt: '2026-02-01T00:00:00Z' }],
    };
    const form: WizardForm = { ...filled, targetKind: 'existing', existing: 'reviews-v3' };
    expect(inputOf(form, known)?.target).toEqual({ kind: 'version', existing: 'reviews-v3' });
    expect(inputOf(form, known)).not.toHaveProperty('placement');
    expect(inputOf({ ...filled, placement: 'subset' })).toHaveProperty('placement', 'subset');
  });

  test('protection is named only when it is not as proposed, and proposed anew for another target', () => {
    expect(inputOf(filled)).not.toHaveProperty('safety');
    expect(inputOf({ ...filled, denyWrites: false })).toHaveProperty('safety', { denyWrites: false });
    expect(inputOf({ ...filled, marker: true })).toHaveProperty('safety', { marker: true });
    const other = withTarget({ ...filled, denyWrites: false }, null, (target) => ({
      ...target,
      targetKind: 'existing',
    }));
    expect(other.denyWrites).toBeNull();
  });

  test('only reads are copied to what is not the task’s, until the operator says otherwise of that very kind', () => {
    const methods = ['GET', 'HEAD', 'OPTIONS'];
    const of = (form: WizardForm, given = facts) => copiesReadsOnly(form, choicesOf(form, given));
    const towards = (form: WizardForm, targetKind: WizardForm['targetKind']) =>
      withTarget(form, null, (target) => ({ ...target, targetKind }));
    const outside = {
      ...towards(filled, 'external'),
      externalHost: 'audit.example.com',
    };
    expect(inputOf(outside)).toHaveProperty('safety', { methods });
    expect(inputOf({ ...outside, readsOnly: false })).not.toHaveProperty('safety');
    for (const kind of ['existing', 'service', 'external'] as const) expect(of(towards(filled, kind))).toBe(true);
    expect(of(filled)).toBe(false);
    // Beside a new version of the task's own, another target is as unguarded.
    const two = withFurtherTarget(filled);
    const beside = withTarget(two, two.further[0]!.id, (target) => ({ ...target, targetKind: 'service' as const }));
    expect(of(two)).toBe(false);
    expect(of(beside)).toBe(true);
    // What was said of the task's own version says nothing of somebody's.
    expect(of(towards({ ...filled, readsOnly: false }, 'existing'))).toBe(true);
    expect(of(towards({ ...filled, readsOnly: true }, 'existing'))).toBe(true);
    // Nor does what was said of one of somebody's say anything of another, or of one more.
    const to = (form: WizardForm, externalHost: string) =>
      withTarget(form, null, (target) => ({ ...target, targetKind: 'external' as const, externalHost }));
    const said = { ...to(filled, 'audit.example.com'), readsOnly: false };
    const more = withFurtherTarget(said);
    const toPayments = (target: TargetDraft) => ({
      ...target,
      targetKind: 'service' as const,
      targetService: 'payments',
    });
    expect(of(more)).toBe(false);
    expect(of(to(said, 'replay.example.com'))).toBe(true);
    expect(of(withTarget(said, null, toPayments))).toBe(true);
    expect(of(withTarget(more, more.further[0]!.id, toPayments))).toBe(true);
    expect(of(withTarget(said, null, (target) => ({ ...target, externalPort: '8080' })))).toBe(false);
    const grpc = {
      ...facts,
      services: [{ ...reviews, ports: [{ name: 'grpc', port: 9090, protocol: 'grpc' as const }] }],
    };
    expect(of(towards(filled, 'existing'), grpc)).toBe(false);
    // A gRPC port beside does not have writes of the others copied.
    const [port] = grpc.services[0]!.ports;
    const mixed = { ...facts, services: [{ ...reviews, ports: [...reviews.ports, port!] }] };
    expect(of(towards(filled, 'existing'), mixed)).toBe(true);
    expect(of(towards({ ...filled, ports: [9090] }, 'existing'), mixed)).toBe(false);
    const leavesOut = (form: WizardForm, given = facts) => leavesGrpcOut(form, choicesOf(form, given));
    expect(leavesOut(towards(filled, 'existing'), mixed)).toBe(true);
    expect(leavesOut(towards(filled, 'existing'))).toBe(false);
    expect(leavesOut({ ...towards(filled, 'existing'), readsOnly: false }, mixed)).toBe(false);
  });

  test('a policy is asked for at one workload of somebody’s, not at the next one that is chosen', () => {
    const towards = (form: WizardForm, existing: string) =>
      withTarget(form, null, (target) => ({ ...target, targetKind: 'existing' as const, existing }));
    const first = { ...towards(filled, 'reviews-next'), denyWrites: true };
    expect(towards(first, 'reviews-next').denyWrites).toBe(true);
    expect(towards(first, 'reviews-other').denyWrites).toBeNull();
  });

  test('writes are proposed to be denied where that loses nothing but writes', () => {
    const twoPorts = {
      ...facts,
      services: [{ ...reviews, ports: [...reviews.ports, { name: 'grpc', port: 9090, protocol: 'grpc' as const }] }],
    };
    const denies = (form: WizardForm, known = facts) => deniesWrites(form, choicesOf(form, known));
    expect(denies(filled)).toBe(true);
    expect(denies({ ...filled, denyWrites: false })).toBe(false);
    expect(denies(filled, twoPorts)).toBe(false);
    expect(denies({ ...filled, ports: [9080] }, twoPorts)).toBe(true);
    expect(denies({ ...filled, targetKind: 'existing' })).toBe(false);
    expect(denies({ ...filled, targetKind: 'existing', denyWrites: true })).toBe(true);
  });

  test('ports are named only when some are left out', () => {
    const twoPorts = {
      ...facts,
      services: [{ ...reviews, ports: [...reviews.ports, { name: 'grpc', port: 9090, protocol: 'grpc' as const }] }],
    };
    expect(inputOf({ ...filled, ports: [9090, 9080] }, twoPorts)).not.toHaveProperty('ports');
    expect(inputOf({ ...filled, ports: [9090] }, twoPorts)).toHaveProperty('ports', [9090]);
  });
});

test('a probe does not change while the slider moves or before there is a name', () => {
  const probe = (form: WizardForm) => toProbeInput(form, 'demo-project', choicesOf(form), null);
  expect(probe({ ...filled, percentage: '3' })).toEqual(probe({ ...filled, percentage: 'x' }));
  expect(probe({ ...filled, denyWrites: true, marker: true })).toEqual(probe(filled));
  expect(probe({ ...filled, name: '' })?.name).not.toBe('');
  expect(CreateTaskInput.safeParse(probe({ ...filled, name: '' })).success).toBe(true);
});

test('a probe is about one target, whichever', () => {
  const outside = { targetKind: 'external', externalHost: 'replay.example.com' } as const;
  const form = withTarget(withFurtherTarget(filled), '1', (row) => ({ ...row, ...outside }));
  const probe = (key: string | null) => toProbeInput(form, 'demo-project', choicesOf(form), key);
  expect(probe(null)).toEqual(toProbeInput(filled, 'demo-project', choicesOf(filled), null));
  expect(probe('1')).toMatchObject({ target: { kind: 'external', host: 'replay.example.com' } });
  expect(CreateTaskInput.parse(probe('1'))).toEqual(probe('1'));
  // Placement is asked about the target that is placed, wherever it stands.
  expect(placedTarget(form)).toBeNull();
  expect(placedTarget({ ...form, ...outside, further: withFurtherTarget(form).further })).toBe('2');
});
