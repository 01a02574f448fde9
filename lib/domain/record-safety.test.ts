import { describe, expect, it } from 'vitest';
import type { HttpRoute, KubeObject, Service } from './kubernetes.ts';
import { planCreate } from './plan-create.ts';
import type { PlanningInput, PlanningSnapshot } from './planning-snapshot.ts';
import { fromConfigMap, toConfigMap } from './record.ts';
import { clone } from './structure.ts';
import type { TaskRecord, TaskSpec } from './task.ts';
import { deploymentOf, reviews, virtualServiceOf } from './testing/snapshot.ts';
import { created, mirroring } from './testing/standing-task.ts';

type Change = { snapshot?: Partial<PlanningSnapshot>; input?: Partial<PlanningInput> };

function specOf({ snapshot, input }: Change): TaskSpec {
  const seed = reviews();
  const { spec } = planCreate({ ...seed.input, ...input }, { ...seed.snapshot, ...snapshot });
  if (!spec) throw new Error('no plan');
  return clone(spec);
}

const open = virtualServiceOf('reviews', 'demo-project', {
  hosts: ['reviews'],
  http: [{ name: 'main', route: [{ destination: { host: 'reviews' } }] }],
});
const inSubset = () => specOf({});
const pinned = () => specOf({ snapshot: { virtualServices: [open] }, input: { placement: 'subset' } });
const apart = () => specOf({ snapshot: { virtualServices: [] }, input: { placement: 'dedicated' } });
const apartV2 = deploymentOf('reviews-v2', 'demo-project', { app: 'reviews-next', version: 'v2' });
const existing = () =>
  specOf({
    snapshot: { deployments: [...reviews().snapshot.deployments, apartV2] },
    input: { target: { kind: 'version', existing: 'reviews-v2' } },
  });

/** What becomes of a record with this spec when it is read. */
function read(spec: TaskSpec): string {
  const at = '2026-05-01T10:00:00.000Z';
  const record: TaskRecord = {
    schemaVersion: 2,
    spec,
    createdAt: at,
    createdBy: 'me',
    inputHash: '',
    percentageSince: at,
    desired: 'mirroring',
    desiredSince: at,
    operation: null,
    activity: [],
  };
  const result = fromConfigMap(toConfigMap(record));
  return 'record' in result ? 'a record' : result.problem.code;
}

/** Fields that the types do not give, as an editor of JSON may write them. */
function force(object: object, fields: object): void {
  Object.assign(object, fields);
}

describe('a record', () => {
  it.each([
    ['in subset placement', inSubset],
    ['with pins of ours', pinned],
    ['in dedicated placement with a VirtualService of ours', apart],
    ['on an existing workload', existing],
  ])('is read as it was planned %s', (_, planned) => {
    expect(read(planned())).toBe('a record');
  });

  it('of a task whose rule for TLS was made before such rules looked for the host’s name in its certificate is read', () => {
    const target = { kind: 'external' as const, host: 'replay.example.com', port: 443, tls: true };
    const spec = specOf({ input: { target } });
    expect(read(spec)).toBe('a record');
    const policy = spec.targets[0].external!.tlsRule!.spec.trafficPolicy as { tls: { subjectAltNames?: string[] } };
    policy.tls.subjectAltNames = ['evil.example'];
    expect(read(spec)).toBe('record_unsafe');
    delete policy.tls.subjectAltNames;
    expect(read(spec)).toBe('a record');
  });

  it('may not give an owner’s route other fields than copies', () => {
    const spec = inSubset();
    force(spec.entries[0]!, { replaced: { route: [{ destination: { host: 'evil.example' } }] } });
    expect(read(spec)).toBe('record_unreadable');
  });

  it.each<[string, () => TaskSpec, (spec: TaskSpec) => void]>([
    ['pin live requests to the mirror', pinned, ({ pins }) => (pins[0]!.subset = 'v2')],
    ['pin to a subset that it does not name', pinned, ({ pins }) => (pins[0]!.subset = 'other')],
    [
      'call the mirror’s subset the live one as well',
      pinned,
      ({ subsets }) => subsets!.subsets.push({ name: 'v2', labels: {}, role: 'primary', created: true }),
    ],
    ['use the rule of another host', inSubset, ({ subsets }) => (subsets!.host = 'ratings')],
    ['copy to the live subset', inSubset, ({ entries }) => (entries[0]!.destination.subset = 'v1')],
    ['copy to a host of another choice', inSubset, ({ entries }) => (entries[0]!.destination.host = 'evil.example')],
    ['copy more than every request', inSubset, (spec) => (spec.targets[0].percentage = 1_000)],
    [
      'take the clones of another task out',
      inSubset,
      ({ entries }) => (entries[0]!.cloneName = 'mirror-console-other'),
    ],
    ['take an owner’s route out', inSubset, ({ entries }) => (entries[0]!.cloneName = 'prod')],
    ['route another host', apart, ({ virtualService }) => (virtualService!.spec.hosts = ['bank.example'])],
    [
      'route for a gateway',
      apart,
      ({ virtualService }) => (virtualService!.spec.gateways = ['istio-system/ingress', 'mesh']),
    ],
    [
      'route elsewhere',
      apart,
      ({ virtualService }) => (httpOf(virtualService!)[0]!.route![0]!.destination.host = 'evil'),
    ],
    [
      'add to what its routes do',
      apart,
      ({ virtualService }) => force(httpOf(virtualService!)[0]!, { timeout: '1ms' }),
    ],
    [
      'name an address outside',
      apart,
      ({ targets: [{ mirrorService }] }) => (mirrorService!.spec.externalName = 'evil.example'),
    ],
    [
      'make another type of Service',
      apart,
      ({ targets: [{ mirrorService }] }) => (mirrorService!.spec.type = 'LoadBalancer'),
    ],
    [
      'name other pods',
      apart,
      ({ targets: [{ mirrorService }] }) => (mirrorService!.spec.selector = { app: 'payments' }),
    ],
    ['name every pod', apart, ({ targets: [{ mirrorService }] }) => (mirrorService!.spec.selector = {})],
    [
      'take the name of another Service',
      apart,
      ({ targets: [{ mirrorService }] }) => rename(mirrorService!, 'payments'),
    ],
    [
      'make a Deployment in another namespace',
      apart,
      ({ targets: [{ deployment }] }) => (deployment!.metadata.namespace = 'other'),
    ],
    ['make a Deployment of another name', apart, ({ targets: [{ deployment }] }) => rename(deployment!, 'payments')],
    [
      'make a Deployment that is not labelled as its own',
      apart,
      ({ targets: [{ deployment }] }) => delete deployment!.metadata.labels,
    ],
    [
      'have an object removed with another one',
      apart,
      ({ targets: [{ deployment }] }) =>
        (deployment!.metadata.ownerReferences = [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'x', uid: 'x' }]),
    ],
    [
      'make a workload where one was chosen',
      apart,
      ({ targets: [target] }) => force(target, { input: existing().targets[0].input }),
    ],
    ['remove a workload that was chosen', existing, ({ targets: [target] }) => (target.created = true)],
  ])('may not %s', (_, planned, tamper) => {
    const spec = planned();
    tamper(spec);
    expect(read(spec)).toBe('record_unsafe');
  });
});

describe('the shares that a record notes beside those of its targets', () => {
  const readWith = (percentages: number[], where: 'before' | 'mirrored') => {
    const { record } = mirroring();
    const holder = { holder: 'replica-1', startedAt: created, renewedAt: created, startedBy: 'me' };
    const operation = {
      verb: 'change' as const,
      ...holder,
      steps: [],
      before: { desired: 'mirroring' as const, percentages },
    };
    const changed = where === 'before' ? { ...record, operation } : { ...record, mirroredPercentages: percentages };
    const result = fromConfigMap(toConfigMap(changed));
    return 'record' in result ? 'a record' : result.problem.code;
  };

  it.each(['before', 'mirrored'] as const)('are one for each, and none that a target may not have (%s)', (where) => {
    expect(readWith([0.0001], where)).toBe('a record');
    expect(readWith([100], where)).toBe('a record');
    for (const shares of [[], [10, 10], [0], [-1], [1_000]]) {
      expect(readWith(shares, where), String(shares)).toBe('record_unsafe');
    }
  });
});

function httpOf({ spec }: { spec: { http?: HttpRoute[] } }): HttpRoute[] {
  return spec.http ?? [];
}

function rename(object: KubeObject | Service, name: string): void {
  object.metadata.name = name;
}
