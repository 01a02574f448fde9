import { afterEach, beforeEach, describe, expect, vi } from 'vitest';
import type {
  ConfigMap,
  Deployment,
  DestinationRule,
  HttpRoute,
  Service,
  VirtualService,
} from '@/lib/domain/kubernetes';
import type { TaskRecord } from '@/lib/domain/task';
import { ClusterError } from '@/lib/server/cluster/cluster-error';
import { adoption, adoptTask } from './adopt-task';
import { createTask } from './create-task';
import { deleteTask } from './delete-task';
import { finishTask } from './finish-task';
import { getTask } from './get-task';
import { guardMirrors } from './guard-mirrors';
import { pauseTask } from './pause-task';
import { planVerbOnTask } from './plan-task';
import { restoreTask } from './restore-task';
import type { BasisInput } from './run-verb';
import { resumeTask } from './resume-task';
import { retryTask } from './retry-task';
import { actingBefore, dyingAt, intercepting } from './testing/count-calls';
import {
  copiesDuring,
  expectClientsUntouched,
  keyOf,
  ownersObjects,
  scenarios,
  startTask,
  type Scenario,
} from './testing/scenarios';
import { beginAnew, console, test, world } from './testing/in-world';
import { settleMs } from './testing/world';

let endGuard: () => void;
beforeEach(() => {
  endGuard = guardMirrors(console);
});
afterEach(() => endGuard());

const [subset, dedicated, , , pinning] = scenarios as readonly [Scenario, Scenario, Scenario, Scenario, Scenario];
const start = (scenario: Scenario) => startTask(world, console, scenario);
const mirroring = ({ input }: Scenario) => world.untilState(console, input.namespace, input.name, 'Mirroring');
const drifted = ({ input }: Scenario) => world.untilState(console, input.namespace, input.name, 'Drifted');
const ns = 'demo-project';
const editRoutes = (name: string, change: (routes: HttpRoute[]) => void) =>
  world.owner.edit<VirtualService>('VirtualService', ns, name, ({ spec }) => change(spec.http ?? []));
const share = (value: number) => (http: HttpRoute[]) => void (http[0]!.mirrorPercentage = { value });
const replicasOf = (name: string) => world.owner.get<Deployment>('Deployment', ns, name).spec.replicas;
/** What the owner of ratings makes for it. */
const ownersRoutes = () =>
  world.owner.create({
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: { name: 'zz-owners', namespace: ns },
    spec: { hosts: ['ratings'], http: [{ timeout: '2s', route: [{ destination: { host: 'ratings' } }] }] },
  } as VirtualService);
const routesOf = (service: string) =>
  (world.sandbox.store.list('networking.istio.io', 'VirtualService') as unknown as VirtualService[])
    .filter(({ spec }) => spec.hosts?.some((host) => host.split('.', 1)[0] === service))
    .map(({ metadata }) => metadata.name);
/** A team that calls details by a rule of its own, without the subset of the pins. */
const clientsRule = () => {
  const host = `details.${ns}.svc.cluster.local`;
  world.owner.create({
    apiVersion: 'networking.istio.io/v1',
    kind: 'DestinationRule',
    metadata: { name: 'details-for-clients', namespace: 'httpbin' },
    spec: { host, exportTo: ['.'], trafficPolicy: { connectionPool: {} } },
  } as DestinationRule);
  const requests = [{ host, port: 9080, method: 'GET', path: '/details', perSecond: 5 }];
  world.owner.edit<Deployment>('Deployment', 'httpbin', 'sleep', ({ spec }) => {
    spec.template.metadata ??= {};
    spec.template.metadata.annotations = { 'sandbox.mirror-console.io/requests': JSON.stringify(requests) };
  });
};
const unpin = (http: HttpRoute[]) => {
  for (const route of http) for (const { destination } of route.route ?? []) delete destination.subset;
};

describe('restore', () => {
  test.each<[string, Scenario, () => void]>([
    ['the share', subset, () => editRoutes('reviews', share(40))],
    ['the mirror', subset, () => editRoutes('reviews', ([route]) => delete route!.mirror)],
    [
      'the subset',
      subset,
      () => world.owner.edit<DestinationRule>('DestinationRule', ns, 'reviews', ({ spec }) => void spec.subsets!.pop()),
    ],
    [
      'the subset’s labels',
      subset,
      () =>
        world.owner.edit<DestinationRule>(
          'DestinationRule',
          ns,
          'reviews',
          ({ spec }) => void (spec.subsets!.at(-1)!.labels = { version: 'v9' }),
        ),
    ],
    ['the workload', subset, () => world.owner.delete('Deployment', ns, 'reviews-v2')],
    [
      'the Service',
      dedicated,
      () =>
        world.owner.edit<Service>(
          'Service',
          ns,
          'reviews-mirror-reviews-v2',
          ({ spec }) => void (spec.selector = { app: 'other' }),
        ),
    ],
  ])('puts %s back, and deleting leaves nothing of the task', async (_, scenario, change) => {
    const before = await start(scenario);
    change();
    await drifted(scenario);
    await restoreTask(console, keyOf(scenario));
    await mirroring(scenario);
    await world.pass(settleMs);
    expect(await copiesDuring(world, scenario, 10_000)).toBeGreaterThan(0);
    expectClientsUntouched(world, scenario);
    await deleteTask(console, keyOf(scenario));
    await world.untilGone(console, ns, scenario.input.name);
    expect(ownersObjects(world)).toEqual(before);
  });

  test('is planned before it is done, and writes nothing until then', async () => {
    await start(subset);
    editRoutes('reviews', share(40));
    await drifted(subset);
    const { changes, checks } = await planVerbOnTask(console, keyOf(subset), { verb: 'restore' });
    expect(changes.map(({ ref: { kind } }) => kind)).toEqual(['VirtualService']);
    expect(checks.map(({ severity }) => severity)).toEqual(['pass']);
    expect((await getTask(console, keyOf(subset))).derived.state).toBe('Drifted');
  });

  test('of a paused task takes the copies out, and it stays paused', async () => {
    await start(subset);
    await pauseTask(console, keyOf(subset));
    await world.untilState(console, ns, subset.input.name, 'Paused');
    const route = { host: 'reviews.demo-project.svc.cluster.local', subset: 'v2', port: { number: 9080 } };
    editRoutes('reviews', ([first]) => void (first!.mirror = route));
    await drifted(subset);
    await restoreTask(console, keyOf(subset));
    await world.untilState(console, ns, subset.input.name, 'Paused');
    await world.pass(settleMs);
    expect(await copiesDuring(world, subset, 10_000)).toBe(0);
  });

  test('is refused where the task is as it was left, and where somebody leads clients to the mirror', async () => {
    await start(subset);
    await expect(restoreTask(console, keyOf(subset))).rejects.toMatchObject({
      code: 'not_possible',
      details: [{ code: 'reason.action_not_drifted' }],
    });
    editRoutes('reviews', (http) => {
      http.unshift({
        match: [{ uri: { exact: '/beta' } }],
        route: [{ destination: { host: 'reviews', subset: 'v2' } }],
      });
    });
    await drifted(subset);
    await expect(restoreTask(console, keyOf(subset))).rejects.toMatchObject({
      code: 'not_possible',
      details: [{ code: 'reason.drift_serves_live' }],
    });
  });
});

test('restore gives a workload no labels that its record was made to say', async () => {
  await start(subset);
  const { namespace, name } = keyOf(subset);
  const labelsOf = () => world.owner.get<Deployment>('Deployment', ns, 'reviews-v2').spec.template.metadata?.labels;
  const labels = labelsOf();
  world.owner.edit<ConfigMap>('ConfigMap', namespace, `mirror-console.${name}`, (map) => {
    const record = JSON.parse(map.data?.['record'] ?? '') as TaskRecord;
    record.spec.targets[0].deployment!.spec.template.metadata!.labels!['role'] = 'payments';
    map.data = { record: JSON.stringify(record) };
  });
  await drifted(subset);
  const { checks } = await planVerbOnTask(console, keyOf(subset), { verb: 'restore' });
  expect(checks).toMatchObject([{ severity: 'fail', params: { reason: 'not_as_reviewed' } }]);
  await expect(restoreTask(console, keyOf(subset))).rejects.toMatchObject({ code: 'plan_infeasible' });
  expect(labelsOf()).toEqual(labels);
});

describe('a restoration that cannot be done', () => {
  test('does not begin, and the task can still be finished', async () => {
    await start(subset);
    world.owner.edit<Deployment>('Deployment', ns, 'reviews-v1', ({ spec }) => {
      spec.template.spec.containers[0]!.env = [{ name: 'FLAG', value: 'on' }];
    });
    world.owner.delete('Deployment', ns, 'reviews-v2');
    await drifted(subset);
    await world.pass(settleMs);
    await expect(restoreTask(console, keyOf(subset))).rejects.toMatchObject({
      code: 'plan_infeasible',
      details: [{ code: 'check.server_dry_run.fail', params: { reason: 'not_as_reviewed', kind: 'Deployment' } }],
    });
    expect((await getTask(console, keyOf(subset))).derived.state).toBe('Drifted');
    await finishTask(console, keyOf(subset), { keepWorkload: false });
    await world.untilState(console, ns, subset.input.name, 'Finished');
    expectClientsUntouched(world, subset);
  });

  test('that is found out in the middle can be finished, and deleting leaves nothing of the task', async () => {
    const own = scenarios[2]!;
    const before = await start(own);
    const { record } = await getTask(console, keyOf(own));
    world.owner.delete('VirtualService', ns, record.spec.virtualService!.metadata.name);
    world.owner.delete('Service', ns, 'ratings-mirror-try-ratings');
    await drifted(own);
    await restoreTask(
      world.console('admin', (cluster) => actingBefore(cluster, 'create Service', ownersRoutes)),
      keyOf(own),
    );
    await world.untilState(console, ns, own.input.name, 'Incomplete');
    await finishTask(console, keyOf(own), { keepWorkload: false });
    await world.untilState(console, ns, own.input.name, 'Finished');
    await deleteTask(console, keyOf(own));
    await world.untilGone(console, ns, own.input.name);
    world.owner.delete('VirtualService', ns, 'zz-owners');
    expect(ownersObjects(world)).toEqual(before);
    expectClientsUntouched(world, own);
  });
});

describe('routes that the owner has made for the host since', () => {
  const own = scenarios[2]!;
  const removeOurs = async () => {
    const { record } = await getTask(console, keyOf(own));
    world.owner.delete('VirtualService', ns, record.spec.virtualService!.metadata.name);
  };

  test('are those that count: restore is refused, since no client would follow the task’s', async () => {
    await start(own);
    await removeOurs();
    ownersRoutes();
    await drifted(own);
    await world.pass(settleMs);
    await expect(restoreTask(console, keyOf(own))).rejects.toMatchObject({
      code: 'not_possible',
      details: [{ code: 'reason.drift_not_followed' }],
    });
    expect(routesOf('ratings')).toEqual(['zz-owners']);
  });

  test.each<[string, () => Promise<void>]>([
    [
      'restored',
      async () => {
        await start(own);
        await removeOurs();
        world.owner.delete('Service', ns, 'ratings-mirror-try-ratings');
        await drifted(own);
        await restoreTask(
          world.console('admin', (cluster) => actingBefore(cluster, 'create Service', ownersRoutes)),
          keyOf(own),
        );
      },
    ],
    [
      'created and is continued',
      async () => {
        const dying = world.console('admin', (cluster) => dyingAt(cluster, 3, 'before'));
        await createTask(dying, own.input);
        await world.untilState(console, ns, own.input.name, 'Incomplete');
        ownersRoutes();
        await world.pass(settleMs);
        await retryTask(console, keyOf(own));
      },
    ],
    [
      'resumed',
      async () => {
        await start(own);
        await pauseTask(console, keyOf(own));
        await world.untilState(console, ns, own.input.name, 'Paused');
        ownersRoutes();
        await world.pass(settleMs);
        await resumeTask(console, keyOf(own));
      },
    ],
  ])('get none of the task’s beside them while it is %s', async (_, act) => {
    await act();
    const { derived } = await world.untilState(console, ns, own.input.name, 'Incomplete');
    expect(derived.reason).toMatchObject({ code: 'not_as_reviewed', params: { kind: 'VirtualService' } });
    expect(routesOf('ratings')).toEqual(['zz-owners']);
    expectClientsUntouched(world, own);
  });
});

describe('clients with a rule of their own that lacks the live subset', () => {
  test('are not pinned to it: restore is refused, and their requests do not fail', async () => {
    await start(pinning);
    editRoutes('details', unpin);
    clientsRule();
    await world.until('the new version is scaled to none', () => replicasOf('details-v2') === 0);
    await drifted(pinning);
    await world.pass(settleMs);
    await expect(restoreTask(console, keyOf(pinning))).rejects.toMatchObject({
      code: 'not_possible',
      details: [{ code: 'reason.drift_client_rule' }],
    });
    await world.pass(60_000);
    expect(world.sandbox.mesh.counters.clientFailures()).toEqual([]);
  });

  test('are told of when the rule comes while the pins stand, and finish takes the pins away from them', async () => {
    await start(pinning);
    clientsRule();
    const { derived } = await drifted(pinning);
    expect(derived.reason).toMatchObject({ code: 'drift_client_rule', params: { namespace: 'httpbin' } });
    await finishTask(console, keyOf(pinning), { keepWorkload: false });
    await world.untilState(console, ns, pinning.input.name, 'Finished');
    await world.pass(settleMs);
    world.sandbox.mesh.counters.reset();
    await world.pass(30_000);
    expect(world.sandbox.mesh.counters.clientFailures()).toEqual([]);
  });

  test.each<[string, () => Promise<void>]>([
    [
      'is restored',
      async () => {
        await start(pinning);
        editRoutes('details', unpin);
        await world.until('the new version is scaled to none', () => replicasOf('details-v2') === 0);
        await world.pass(settleMs);
        const { record } = await drifted(pinning);
        world.owner.delete('DestinationRule', ns, record.spec.subsets!.destinationRule.name);
        await world.pass(settleMs);
        await restoreTask(
          world.console('admin', (cluster) => actingBefore(cluster, 'create DestinationRule', clientsRule)),
          keyOf(pinning),
        );
      },
    ],
    [
      'is created and continued',
      async () => {
        pinning.prepare?.(world);
        await world.pass(settleMs);
        const dying = world.console('admin', (cluster) => dyingAt(cluster, 2, 'before'));
        await createTask(dying, pinning.input);
        await world.untilState(console, ns, pinning.input.name, 'Incomplete');
        clientsRule();
        await world.pass(settleMs);
        await retryTask(console, keyOf(pinning));
      },
    ],
  ])('are not pinned to it where it comes while a task %s', async (_, act) => {
    await act();
    const { derived } = await world.untilState(console, ns, pinning.input.name, 'Incomplete');
    expect(derived.reason).toMatchObject({ code: 'not_as_reviewed', params: { kind: 'VirtualService' } });
    await world.pass(60_000);
    expect(world.sandbox.mesh.counters.clientFailures()).toEqual([]);
    const { checks } = await planVerbOnTask(console, keyOf(pinning), { verb: 'retry' });
    expect(checks.filter(({ severity }) => severity === 'fail')).toContainEqual(
      expect.objectContaining({ code: 'placement_subset', params: expect.objectContaining({ reason: 'client_rule' }) }),
    );
  });
});

test('a drifted task names who wrote the object last, not the console', async () => {
  await start(subset);
  editRoutes('reviews', share(40));
  await drifted(subset);
  expect((await getTask(console, keyOf(subset))).derived).toMatchObject({ changedBy: 'kubectl-edit' });
});

describe('adopt', () => {
  test('takes another share over, and writes nothing but the record', async () => {
    await start(subset);
    editRoutes('reviews', share(40));
    await drifted(subset);
    const routes = world.owner.get<VirtualService>('VirtualService', ns, 'reviews');
    await adoptTask(console, keyOf(subset));
    const { record } = await mirroring(subset);
    expect(record).toMatchObject({ spec: { targets: [{ percentage: 40 }] }, mirroredPercentages: [40] });
    expect(record.activity.at(-1)).toMatchObject({ verb: 'adopt', outcome: 'done', percentage: 40 });
    expect(world.owner.get('VirtualService', ns, 'reviews')).toEqual(routes);
  });

  test('of a mirror that was taken out pauses the task, which can be resumed', async () => {
    await start(subset);
    editRoutes('reviews', ([route]) => {
      delete route!.mirror;
      delete route!.mirrorPercentage;
    });
    await drifted(subset);
    await adoptTask(console, keyOf(subset));
    await world.untilState(console, ns, subset.input.name, 'Paused');
    await resumeTask(console, keyOf(subset));
    await mirroring(subset);
    await world.pass(settleMs);
    expect(await copiesDuring(world, subset, 10_000)).toBeGreaterThan(0);
    expectClientsUntouched(world, subset);
  });

  test('is refused for what keeps clients away', async () => {
    await start(pinning);
    editRoutes('details', unpin);
    await drifted(pinning);
    await expect(adoptTask(console, keyOf(pinning))).rejects.toMatchObject({
      code: 'not_possible',
      details: [{ code: 'reason.adopt_not_safe' }],
    });
  });
});

describe('an answer to what was reviewed', () => {
  const relabelled = () =>
    world.owner.edit<DestinationRule>(
      'DestinationRule',
      ns,
      'reviews',
      ({ spec }) => void (spec.subsets!.at(-1)!.labels = { version: 'v9' }),
    );
  const answers = {
    restore: {
      plan: () => planVerbOnTask(console, keyOf(subset), { verb: 'restore' }),
      run: (basis: BasisInput) => restoreTask(console, keyOf(subset), basis),
    },
    adopt: {
      plan: async () => planVerbOnTask(console, keyOf(subset), await adoption(console, keyOf(subset))),
      run: (basis: BasisInput) => adoptTask(console, keyOf(subset), basis),
    },
  };
  test.each<[keyof typeof answers, string, () => void]>([
    ['restore', 'VirtualService demo-project/reviews', () => editRoutes('reviews', share(90))],
    ['restore', 'DestinationRule demo-project/reviews', relabelled],
    ['adopt', 'VirtualService demo-project/reviews', () => editRoutes('reviews', share(90))],
  ])('is not given to what came after it: %s, then %s changes', async (verb, object, change) => {
    await start(subset);
    editRoutes('reviews', share(40));
    await drifted(subset);
    const { basis } = await answers[verb].plan();
    change();
    await world.pass(settleMs);
    const found = ownersObjects(world);
    await expect(answers[verb].run(basis)).rejects.toMatchObject({ code: 'precondition_failed', params: { object } });
    const { record, derived } = await getTask(console, keyOf(subset));
    expect(derived.state).toBe('Drifted');
    expect(record.spec.targets[0].percentage).toBe(100);
    expect(ownersObjects(world)).toEqual(found);
  });
});

describe('a lost pin', () => {
  const lose = async () => {
    const before = await start(pinning);
    editRoutes('details', unpin);
    await world.until('the new version is scaled to none', () => replicasOf('details-v2') === 0);
    const { derived } = await drifted(pinning);
    expect(derived.reason).toMatchObject({ code: 'drift_serves_live', params: { replicas: 0 } });
    return before;
  };

  test('has the new version scaled to none at once; restore pins first and brings it back', async () => {
    const before = await lose();
    await world.pass(settleMs);
    const answered = world.sandbox.mesh.counters.answeredBy(ns, 'details-v2');
    await restoreTask(console, keyOf(pinning));
    await mirroring(pinning);
    await world.pass(settleMs);
    expect(replicasOf('details-v2')).toBe(1);
    expect(await copiesDuring(world, pinning, 10_000)).toBeGreaterThan(0);
    // From the restoration on no client was answered by it, and no client failed at any time.
    expect(world.sandbox.mesh.counters.answeredBy(ns, 'details-v2')).toBe(answered);
    expect(world.sandbox.mesh.counters.clientFailures()).toEqual([]);
    await deleteTask(console, keyOf(pinning));
    await world.untilGone(console, ns, pinning.input.name);
    expect(ownersObjects(world)).toEqual(before);
  });

  test.each<[string, Scenario, string]>([
    ['of the task’s own', pinning, 'details'],
    ['of its owner’s', subset, 'reviews'],
  ])('%s has the new version scaled to none before a proxy hears of it: it answers no client', async (...of) => {
    const [, scenario, service] = of;
    endGuard();
    await beginAnew({ pushDelayMs: 2_000 });
    endGuard = guardMirrors(console);
    await start(scenario);
    const lostAt = world.clock.now();
    editRoutes(service, unpin);
    // The clock stands still meanwhile: nothing waits for a timer.
    await vi.waitFor(() => expect(replicasOf(`${service}-v2`)).toBe(0), { timeout: 10_000 });
    expect(world.clock.now()).toBe(lostAt);
    await drifted(scenario);
    await world.pass(60_000);
    expectClientsUntouched(world, scenario);
  });

  test.each([
    ['pin', 0],
    ['workload', 1],
  ] as const)('is restored by the next console where the first dies having written the %s', async (_, nth) => {
    await lose();
    await world.pass(settleMs);
    const answered = world.sandbox.mesh.counters.answeredBy(ns, 'details-v2');
    const dying = world.console('admin', (cluster) => dyingAt(cluster, nth, 'after'));
    await restoreTask(dying, keyOf(pinning));
    await world.untilState(console, ns, pinning.input.name, 'Incomplete');
    await retryTask(console, keyOf(pinning));
    await mirroring(pinning);
    expect(replicasOf('details-v2')).toBe(1);
    expect(world.sandbox.mesh.counters.answeredBy(ns, 'details-v2')).toBe(answered);
    expect(world.sandbox.mesh.counters.clientFailures()).toEqual([]);
  });

  test('is restored though the live version has become another one since', async () => {
    await lose();
    world.owner.edit<Deployment>('Deployment', ns, 'details-v1', ({ spec }) => {
      spec.template.spec.containers[0]!.env = [{ name: 'FLAG', value: 'on' }];
    });
    await world.pass(settleMs);
    await restoreTask(console, keyOf(pinning));
    await mirroring(pinning);
    expect(replicasOf('details-v2')).toBe(1);
  });

  test('is answered by finish, too', async () => {
    const before = await lose();
    await finishTask(console, keyOf(pinning), { keepWorkload: false });
    await world.untilState(console, ns, pinning.input.name, 'Finished');
    await deleteTask(console, keyOf(pinning));
    await world.untilGone(console, ns, pinning.input.name);
    expect(Object.keys(ownersObjects(world))).toEqual(Object.keys(before));
    expect(world.sandbox.mesh.counters.clientFailures()).toEqual([]);
  });

  test('leaves a new version alone that somebody sends clients to on purpose: they would fail', async () => {
    await start(pinning);
    editRoutes('details', (http) => {
      for (const { destination } of http.flatMap(({ route = [] }) => route)) destination.subset = 'v2';
    });
    await drifted(pinning);
    await world.pass(60_000);
    expect(replicasOf('details-v2')).toBe(1);
    expect(world.sandbox.mesh.counters.clientFailures()).toEqual([]);
  });

  test('of one task that cannot be stopped leaves the other guarded, and is tried again', async () => {
    const ratings = scenarios[3]!;
    await start(pinning);
    await start(ratings);
    endGuard();
    let isRefusing = true;
    const refusing = world.console('admin', (cluster) =>
      intercepting(cluster, {
        update: async (proceed, [object]) => {
          const { kind, metadata } = object as Deployment;
          if (isRefusing && kind === 'Deployment' && metadata.name === 'details-v2')
            throw new ClusterError('other', 'etcdserver: leader changed', { status: 500 });
          return proceed();
        },
      }),
    );
    endGuard = guardMirrors(refusing);
    editRoutes('details', unpin);
    const own = (await getTask(console, keyOf(ratings))).record.spec.virtualService!.metadata.name;
    editRoutes(own, unpin);
    await world.until('the other is scaled to none', () => replicasOf('ratings-v2') === 0);
    expect(replicasOf('details-v2')).toBe(1);
    isRefusing = false;
    await world.until('the first is, too', () => replicasOf('details-v2') === 0);
  });

  test('is found by a console that starts afterwards', async () => {
    await start(pinning);
    endGuard();
    editRoutes('details', unpin);
    await drifted(pinning);
    expect(replicasOf('details-v2')).toBe(1);
    endGuard = guardMirrors(world.console());
    await world.until('the new version is scaled to none', () => replicasOf('details-v2') === 0);
  });
});
