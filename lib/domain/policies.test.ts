import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Check } from './check.ts';
import { adoptionOf, isAdoption, restoreRefusal } from './drift-answers.ts';
import { findDrift } from './drift.ts';
import { editFor } from './edit.ts';
import type { Deployment } from './kubernetes.ts';
import { permissionsNeeded, permissionText } from './permissions.ts';
import { planCreate } from './plan-create.ts';
import type { PlanningInput, PlanningSnapshot } from './planning-snapshot.ts';
import { policiesOf } from './policies.ts';
import { fromConfigMap, toConfigMap } from './record.ts';
import { planAnew } from './replan.ts';
import { selects } from './selectors.ts';
import { stepsFor } from './steps.ts';
import { clone } from './structure.ts';
import type { TaskPolicies, TaskSpec } from './task.ts';
import { ShapeCount, worldsOfAnyPlacement } from './testing/arbitraries.ts';
import { MemoryCluster } from './testing/memory-cluster.ts';
import { deploymentOf, podsOf, reviews, serviceOf, snapshotOf, virtualServiceOf } from './testing/snapshot.ts';
import { mirroring } from './testing/standing-task.ts';
import { templateLabels } from './workloads.ts';

type Safety = PlanningInput['safety'];
const both: Safety = { denyWrites: true, marker: true };
const isHttp = { name: 'http', port: 9080 };
const isGrpc = { name: 'grpc', port: 9090 };

interface Given {
  safety?: NonNullable<Safety>;
  ports?: { name: string; port: number }[];
  chosen?: number[];
  existing?: boolean;
  snapshot?: Partial<PlanningSnapshot>;
  placement?: 'dedicated' | 'subset';
  selection?: PlanningInput['selection'];
  /** Another service, `audit`, gets the copies. */
  elsewhere?: boolean;
}

/** A task of a service `shop` without rules, on a new version or on the workload `shop-v2` beside it. */
function plan({ safety, ports = [isHttp], chosen, existing, snapshot, placement, selection, elsewhere }: Given) {
  const v1 = deploymentOf('shop-v1', 'demo', { app: 'shop', version: 'v1' });
  const v2 = deploymentOf('shop-v2', 'demo', { app: 'shop-next', version: 'v2' });
  const deployments = existing ? [v1, v2] : [v1];
  const world = snapshotOf({
    services: [serviceOf('shop', 'demo', ports), serviceOf('audit', 'demo', [isHttp])],
    deployments,
    pods: podsOf(...deployments),
    ...snapshot,
  });
  const input: PlanningInput = {
    namespace: 'demo',
    name: 'try-shop',
    service: 'shop',
    target: elsewhere
      ? { kind: 'service', namespace: 'demo', name: 'audit', port: 9080 }
      : existing
        ? { kind: 'version', existing: 'shop-v2' }
        : { kind: 'version', version: 'v2', replicas: 1, containers: [] },
    percentage: 100,
    ...(chosen ? { ports: chosen } : {}),
    ...(safety ? { safety } : {}),
    ...(placement ? { placement } : {}),
    ...(selection ? { selection } : {}),
  };
  const { spec, checks } = planCreate(input, world);
  if (!spec) throw new Error(JSON.stringify(checks));
  return {
    spec,
    world,
    checks,
    told: checks.filter(({ code }) => code === 'deny_writes' || code === 'marker').map(textOf),
  };
}

function textOf({ code, severity, params }: Check): string {
  return [code, severity, params.reason].filter(Boolean).join(' ');
}

describe('denying writes', () => {
  it.each<[string, Given, boolean, string[]]>([
    ['on for a new version by HTTP', {}, true, ['deny_writes pass']],
    ['off where that was asked for', { safety: { denyWrites: false } }, false, []],
    ['off for a new version by gRPC', { ports: [isGrpc] }, false, []],
    ['off where some chosen port is gRPC', { ports: [isHttp, isGrpc] }, false, []],
    ['on where the gRPC port is not chosen', { ports: [isHttp, isGrpc], chosen: [9080] }, true, ['deny_writes pass']],
    [
      'told to lose every copy of gRPC ports',
      { ports: [isGrpc], safety: { denyWrites: true } },
      true,
      ['deny_writes fail grpc'],
    ],
    [
      'told to lose the copies of one gRPC port of two',
      { ports: [isHttp, isGrpc], safety: { denyWrites: true } },
      true,
      ['deny_writes warn grpc'],
    ],
    ['off for somebody’s workload', { existing: true }, false, []],
    [
      'on for somebody’s workload when asked for, and told to act on it',
      { existing: true, safety: { denyWrites: true } },
      true,
      ['deny_writes warn existing'],
    ],
  ])('is %s', (_, given, expected, told) => {
    const found = plan(given);
    expect(found.spec.targets[0].policies?.denyWrites ?? false).toBe(expected);
    expect(found.told).toEqual(told);
  });

  it.each<[string, Given, string]>([
    ['passes where proxies deny writes', {}, 'pass denied'],
    [
      'passes where only reads are copied',
      { elsewhere: true, selection: { match: [], methods: ['GET'] } },
      'pass reads',
    ],
    [
      'passes where every condition asks for a read',
      { existing: true, selection: { match: [{ method: { exact: 'HEAD' } }], methods: null } },
      'pass reads',
    ],
    ['warns where somebody let writes through', { safety: { denyWrites: false } }, 'warn'],
    ['warns of an existing workload', { existing: true }, 'warn'],
    ['warns of another service', { elsewhere: true }, 'warn'],
    [
      'warns where writes are among the methods',
      { existing: true, selection: { match: [], methods: ['GET', 'POST'] } },
      'warn',
    ],
    [
      'warns where one condition lets any method through',
      {
        existing: true,
        selection: { match: [{ method: { exact: 'GET' } }, { path: { prefix: '/a' } }], methods: null },
      },
      'warn',
    ],
    ['warns of gRPC, whose calls are all POST', { ports: [isGrpc] }, 'warn'],
  ])('%s, in the check of copied writes', (_, given, expected) => {
    const found = plan(given).checks.filter(({ code }) => code === 'writes_copied');
    expect(found.map(textOf)).toEqual([`writes_copied ${expected}`]);
  });

  it('says when no proxy is there to deny or mark', () => {
    const bare = podsOf(deploymentOf('shop-v1', 'demo', { app: 'shop', version: 'v1' })).map((pod) => ({
      ...pod,
      spec: { containers: [] },
    }));
    const ready = podsOf(deploymentOf('shop-v1', 'demo', { app: 'shop', version: 'v1' }));
    expect(plan({ safety: both, snapshot: { pods: bare } }).told).toEqual([
      'deny_writes fail sidecar',
      'marker fail sidecar',
    ]);
    expect(plan({ safety: both, snapshot: { pods: [...bare, ...ready] } }).told).toEqual([
      'deny_writes warn sidecar',
      'marker warn sidecar',
    ]);
    const unreadable = [{ kind: 'Pod', namespace: 'demo' }];
    expect(plan({ safety: both, snapshot: { unreadable } }).told).toEqual([
      'deny_writes unknown unreadable',
      'marker unknown unreadable',
    ]);
  });

  it('is refused where the labels of the mirror’s pods are others’ too', () => {
    const twin = deploymentOf('shop-v2-batch', 'demo', { app: 'shop-next', version: 'v2', role: 'batch' });
    const own = deploymentOf('shop-v2', 'demo', { app: 'shop-next', version: 'v2' });
    const live = deploymentOf('shop-v1', 'demo', { app: 'shop', version: 'v1' });
    const { told } = plan({ existing: true, safety: both, snapshot: { deployments: [live, own, twin] } });
    expect(told).toEqual(['deny_writes fail others', 'marker fail others']);
  });
});

const ownersRoute = virtualServiceOf('shop', 'demo', {
  hosts: ['shop'],
  http: [{ route: [{ destination: { host: 'shop' } }] }],
});
const seed = () => mirroring({ safety: both });

describe('a task’s policies', () => {
  it('hold what the mirroring guide’s section on safety asks for', () => {
    const { spec } = plan({ safety: both, placement: 'dedicated' });
    expect(policiesOf(spec)).toMatchObject([
      {
        apiVersion: 'security.istio.io/v1',
        kind: 'AuthorizationPolicy',
        spec: {
          selector: { matchLabels: { app: 'shop-mirror-try-shop', version: 'v2' } },
          action: 'DENY',
          rules: [{ to: [{ operation: { notMethods: ['GET', 'HEAD', 'OPTIONS'] } }] }],
        },
      },
      {
        apiVersion: 'networking.istio.io/v1alpha3',
        kind: 'EnvoyFilter',
        spec: { workloadSelector: { labels: { app: 'shop-mirror-try-shop', version: 'v2' } } },
      },
    ]);
  });

  it('select the mirror’s pods and no live ones, wherever the mirror stands; all goes with the task', () => {
    const seen = new ShapeCount();
    fc.assert(
      fc.property(worldsOfAnyPlacement(), fc.nat(), (world, data) => {
        const { spec, checks } = planCreate({ ...world.input, safety: both }, world.snapshot);
        fc.pre(spec !== null && !checks.some(({ severity }) => severity === 'fail'));
        if (!spec) return;
        seen.add([String(spec.targets[0].placement)]);
        const { selector } = spec.targets[0].policies as TaskPolicies;
        expect(selects(selector, templateLabels(spec.targets[0].deployment as Deployment))).toBe(true);
        for (const live of world.snapshot.deployments) expect(selects(selector, templateLabels(live))).toBe(false);

        const { services, virtualServices, destinationRules } = world.snapshot;
        const cluster = new MemoryCluster([...services, ...virtualServices, ...destinationRules]);
        const before = cluster.content();
        const steps = stepsFor('create', spec);
        for (const step of steps.slice(0, data % (steps.length + 1))) cluster.apply(step, spec);
        for (const step of steps) cluster.apply(step, spec);
        expect(cluster.policies).toHaveLength(2);
        for (const step of steps) expect(cluster.apply(step, spec)).toBe(false);
        cluster.run(data % 2 === 0 ? 'delete' : 'rollback', spec);
        expect(cluster.content()).toEqual(before);
      }),
      { numRuns: 200 },
    );
    for (const placement of ['dedicated', 'subset']) expect(seen.of(placement), placement).toBeGreaterThan(0);
  });

  it('are in every proxy before a copy is sent, and stay until no copy and no pod is left', () => {
    const given: Given[] = [
      { placement: 'dedicated' },
      { placement: 'subset' },
      { existing: true, safety: { denyWrites: true } },
      {
        existing: true,
        safety: { denyWrites: true },
        snapshot: { virtualServices: [ownersRoute] },
      },
    ];
    for (const one of given) {
      const { spec } = plan(one);
      for (const verb of ['create', 'restore'] as const) {
        const ids = stepsFor(verb, spec).map((step) => (step.verb === 'settle' ? 'settle' : step.id));
        const at = ids.findIndex((id) => id.includes('policies:'));
        const settled = ids.indexOf('settle', at);
        const firstCopy = ids.findIndex((id) => id.startsWith('mirror:'));
        expect([at < settled, settled < firstCopy], `${verb}: ${ids.join(' ')}`).toEqual([true, true]);
        expect(ids.filter((id) => id === 'settle').length).toBe(spec.pins.length > 0 ? 2 : 1);
      }
      for (const verb of ['delete', 'finish', 'rollback'] as const) {
        const ids = stepsFor(verb, spec).map(({ id }) => id);
        const at = ids.indexOf('remove-policies:AuthorizationPolicy');
        expect(at, verb).toBeGreaterThan(ids.indexOf('settle-unmirror'));
        expect(at, verb).toBeGreaterThan(ids.indexOf('gone'));
      }
    }
  });

  it('go when the task is finished, from a workload that is kept too: clients may be led to that', () => {
    const { spec } = plan({});
    const cluster = new MemoryCluster([]);
    cluster.run('create', spec);
    cluster.run('finish', spec, { keepWorkload: true });
    expect(cluster.policies).toEqual([]);
    cluster.run('restore', spec, { paused: true, keepWorkload: true });
    expect(cluster.policies).toEqual([]);
  });

  it('belong to nobody’s garbage collection, and need exactly the rights to their kinds', () => {
    const { spec } = plan({});
    const cluster = new MemoryCluster([]);
    cluster.run('create', spec);
    expect(cluster.policies.map(({ metadata }) => metadata.ownerReferences)).toEqual([undefined]);
    const rights = (of: TaskSpec) => permissionsNeeded('create', of).map(permissionText);
    expect(rights(spec)).toContain('create authorizationpolicies.security.istio.io (demo)');
    expect(rights(spec)).toContain('delete authorizationpolicies.security.istio.io (demo)');
    expect(rights(spec).some((one) => one.includes('envoyfilters'))).toBe(false);
    expect(rights(plan({ safety: { denyWrites: false } }).spec).some((one) => one.includes('policies'))).toBe(false);
  });

  it('leave a foreign object of their name alone', () => {
    const { spec } = plan({});
    const [policy] = policiesOf(spec);
    const foreign = { ...policy!, metadata: { ...policy!.metadata, labels: {}, uid: 'theirs' } };
    const edit = (id: string, verb: 'create' | 'delete') => {
      const step = { id, verb, object: { ...policy!, namespace: 'demo', name: policy!.metadata.name } };
      return editFor(step, spec, foreign, { recordUid: 'r' });
    };
    expect(edit('policies:AuthorizationPolicy', 'create')).toMatchObject({ reason: { code: 'foreign_object' } });
    expect(edit('remove-policies:AuthorizationPolicy', 'delete')).toEqual({ kind: 'none' });
  });

  it.each([
    ['removed', 'drift_policy_gone', (live: ReturnType<typeof seed>['live']) => ({ ...live, policies: [] })],
    [
      'opened',
      'drift_policy_changed',
      (live: ReturnType<typeof seed>['live']) => ({
        ...live,
        policies: live.policies.map((object) => ({ ...object, spec: { ...object.spec, action: 'ALLOW' } })),
      }),
    ],
  ])('are missed when somebody has %s them, and can be restored but not taken over', (_, code, change) => {
    const { record, live } = seed();
    expect(findDrift(record, live)).toBeNull();
    const changed = change(live);
    expect(findDrift(record, changed)?.reason.code).toBe(code);
    expect(restoreRefusal(record, changed)).toBeNull();
    expect(isAdoption(adoptionOf(record, changed))).toBe(false);
    const hidden = { ...changed, unreadable: ['AuthorizationPolicy', 'EnvoyFilter'] };
    expect(findDrift(record, hidden)).toBeNull();
  });

  it('come out the same when the task is planned anew, and older records say of none', () => {
    for (const safety of [both, { denyWrites: false, marker: true }, { denyWrites: false }, {}]) {
      const { record, live } = mirroring({ safety });
      const { snapshot } = reviews();
      const standing = { ...snapshot, authorizationPolicies: live.policies, virtualServices: live.virtualServices };
      expect(planAnew(record.spec, standing).spec?.targets[0].policies).toEqual(record.spec.targets[0].policies);
    }
    const { policies: _none, ...target } = seed().record.spec.targets[0];
    const older: TaskSpec = { ...seed().record.spec, targets: [target] };
    expect(policiesOf(older)).toEqual([]);
    expect(fromConfigMap(toConfigMap({ ...seed().record, spec: older }))).toHaveProperty('record');
    // Nobody was asked then: one more version is protected as one of a new task is.
    const v3 = { kind: 'version' as const, version: 'v3', replicas: 1, containers: [], percentage: 5 };
    const { spec: more } = planAnew(older, reviews().snapshot, [v3]);
    expect(more?.targets.map(({ policies }) => policies?.denyWrites ?? false)).toEqual([false, true]);
  });
});

describe('a record that somebody edited', () => {
  it.each<[string, (policies: TaskPolicies) => void]>([
    ['deny writes to the live pods', (policies) => (policies.selector = { app: 'reviews' })],
    ['deny writes to every pod', (policies) => (policies.selector = {})],
    ['make a policy that does nothing', (policies) => Object.assign(policies, { denyWrites: false, marker: false })],
    ['write to another API', (policies) => (policies.securityApiVersion = 'rbac.authorization.k8s.io/v1')],
    ['leave the version out', (policies) => Reflect.deleteProperty(policies, 'securityApiVersion')],
    ['select by what is no label', (policies) => Object.assign(policies.selector, { version: 2 })],
  ])('may not %s', (_, change) => {
    const { record } = seed();
    const spec = clone(record.spec);
    change(spec.targets[0].policies as TaskPolicies);
    expect(fromConfigMap(toConfigMap({ ...record, spec }))).toHaveProperty('problem');
  });
});
