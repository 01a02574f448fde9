import { afterEach, beforeEach, describe, expect } from 'vitest';
import type {
  ConfigMap,
  Deployment,
  DestinationRule,
  HttpRoute,
  Service,
  VirtualService,
} from '@/lib/domain/kubernetes';
import { createTask } from './create-task';
import { deleteTask } from './delete-task';
import { finishTask } from './finish-task';
import { getTask } from './get-task';
import { guardMirrors } from './guard-mirrors';
import { keepRecords } from './keep-records';
import { planVerbOnTask } from './plan-task';
import { restoreTask } from './restore-task';
import { retryTask } from './retry-task';
import { intercepting, notingWrites } from './testing/count-calls';
import { expectClientsUntouched, keyOf, ownersObjects, scenarios, startTask, type Scenario } from './testing/scenarios';
import { console, test, world } from './testing/in-world';
import { settleMs, type World } from './testing/world';

let ends: (() => void)[];
beforeEach(() => {
  ends = [guardMirrors(console), keepRecords(console)];
});
afterEach(() => ends.forEach((end) => end()));

const [, dedicated, , , pinning] = scenarios as readonly [Scenario, Scenario, Scenario, Scenario, Scenario];
const ns = 'demo-project';
const until = ({ input }: Scenario, state: Parameters<World['untilState']>[3]) =>
  world.untilState(console, input.namespace, input.name, state);
const start = (scenario: Scenario) => startTask(world, console, scenario);
const scale = (name: string, replicas: number) =>
  world.owner.edit<Deployment>('Deployment', ns, name, ({ spec }) => void (spec.replicas = replicas));
const select = (selector: Record<string, string>, name = 'details') =>
  world.owner.edit<Service>('Service', ns, name, ({ spec }) => void (spec.selector = selector));
const route = (name: string, change: (destination: NonNullable<HttpRoute['route']>[number]['destination']) => void) =>
  world.owner.edit<VirtualService>('VirtualService', ns, name, ({ spec }) => {
    for (const { destination } of (spec.http ?? []).flatMap(({ route = [] }) => route)) change(destination);
  });
const unpin = () => route('details', (destination) => delete destination.subset);
const isPinned = () =>
  (world.owner.get<VirtualService>('VirtualService', ns, 'details').spec.http ?? []).some(({ route = [] }) =>
    route.some(({ destination }) => destination.subset !== undefined),
  );
const leadTo = (subset: string) => route('details', (destination) => void (destination.subset = subset));
const replicasOf = (name: string) => world.owner.get<Deployment>('Deployment', ns, name).spec.replicas;
const failures = () => world.sandbox.mesh.counters.clientFailures().reduce((sum, { count }) => sum + count, 0);
const failuresDuring = async (ms: number) => {
  const before = failures();
  await world.pass(ms);
  return failures() - before;
};

describe('a new version that alone answers', () => {
  test.each<[string, () => void]>([
    [
      'the Service selects no other',
      () => {
        select({ app: 'details', version: 'v2' });
        unpin();
      },
    ],
    [
      'the live one was scaled to none with the same stroke',
      () => {
        scale('details-v1', 0);
        unpin();
      },
    ],
  ])('is not scaled down by us: %s', async (_, promote) => {
    await start(pinning);
    promote();
    await until(pinning, 'Drifted');
    await world.pass(60_000);
    expect(replicasOf('details-v2')).toBe(1);
    // What the change itself cost is over.
    expect(await failuresDuring(60_000)).toBe(0);
  });

  test('is not removed by delete or finish, which say so, and goes once a live version answers again', async () => {
    await start(pinning);
    scale('details-v1', 0);
    unpin();
    await until(pinning, 'Drifted');
    const plan = await planVerbOnTask(console, keyOf(pinning), { verb: 'delete' });
    expect(plan.checks).toMatchObject([{ severity: 'fail', params: { reason: 'mirror_answers_alone' } }]);
    await world.pass(settleMs);
    const before = failures();
    await deleteTask(console, keyOf(pinning));
    const left = await until(pinning, 'Incomplete');
    expect(left.derived.reason).toMatchObject({ code: 'mirror_answers_alone' });
    expect(replicasOf('details-v2')).toBe(1);
    await world.pass(60_000);
    scale('details-v1', 1);
    await world.until(
      'the live version is back',
      () => world.owner.get<Deployment>('Deployment', ns, 'details-v1').status?.readyReplicas === 1,
    );
    await world.pass(settleMs);
    await retryTask(console, keyOf(pinning));
    await world.untilGone(console, ns, pinning.input.name);
    expect(failures()).toBe(before);
  });

  test('is left to its owner who led clients to it and then takes the subsets out', async () => {
    await start(pinning);
    leadTo('v2');
    await until(pinning, 'Drifted');
    await world.pass(settleMs);
    scale('details-v2', 3);
    unpin();
    await world.pass(60_000);
    expect(replicasOf('details-v2')).toBe(3);
  });

  test('and was kept is left to its owner, and stays when somebody deletes the record', async () => {
    await start(pinning);
    await finishTask(console, keyOf(pinning), { keepWorkload: true });
    await until(pinning, 'Finished');
    const subsets = world.owner.get<DestinationRule>('DestinationRule', ns, 'details-mirror-try-details').spec.subsets;
    leadTo(subsets!.find(({ labels }) => labels?.['version'] === 'v2')!.name);
    await world.pass(settleMs);
    world.owner.delete('ConfigMap', ns, `mirror-console.${pinning.input.name}`);
    expect(await failuresDuring(60_000)).toBe(0);
    unpin();
    await world.pass(60_000);
    expect(replicasOf('details-v2')).toBe(1);
  });
});

describe('a new version that clients could reach', () => {
  test('is found in dedicated placement too, when the live Service comes to select it', async () => {
    await start(dedicated);
    route('reviews', (destination) => delete destination.subset);
    const { labels = {} } = world.owner.get<Deployment>('Deployment', ns, 'reviews-v2').spec.template.metadata ?? {};
    const [shared] = Object.entries(labels).filter(
      ([key, value]) =>
        world.owner.get<Deployment>('Deployment', ns, 'reviews-v1').spec.template.metadata?.labels?.[key] === value,
    );
    select(Object.fromEntries([shared!]), 'reviews');
    await world.until('it is scaled to none', () => replicasOf('reviews-v2') === 0);
    expect((await until(dedicated, 'Drifted')).derived.reason).toMatchObject({ code: 'drift_serves_live' });
  });

  test.each(['create', 'restore'] as const)(
    'gets no pods where its pin goes just before %s puts them in, and gets them when that continues',
    async (verb) => {
      ends.forEach((end) => end());
      // As late as can still be seen: when the step looks at the workload that it will write.
      const losingThePin = world.console('admin', (cluster) =>
        intercepting(cluster, {
          get: async (proceed, [kind, , name]) => {
            if (kind === 'Deployment' && name === 'details-v2' && isPinned()) unpin();
            return proceed();
          },
        }),
      );
      if (verb === 'create') {
        pinning.prepare?.(world);
        await world.pass(settleMs);
        await createTask(losingThePin, pinning.input);
      } else {
        await start(pinning);
        scale('details-v2', 0);
        await until(pinning, 'Drifted');
        await restoreTask(losingThePin, keyOf(pinning));
      }
      const left = await until(pinning, 'Incomplete');
      expect(left.derived.reason).toMatchObject({ code: 'workload_would_serve' });
      await world.pass(settleMs);
      expectClientsUntouched(world, pinning);
      await retryTask(console, keyOf(pinning));
      await until(pinning, 'Mirroring');
      expect(replicasOf('details-v2')).toBe(1);
      expectClientsUntouched(world, pinning);
    },
  );

  test('is brought back by restore once its owner has put the pin back himself', async () => {
    await start(pinning);
    const pinned = world.owner.get<VirtualService>('VirtualService', ns, 'details').spec;
    unpin();
    await world.until('it is scaled to none', () => replicasOf('details-v2') === 0);
    world.owner.edit<VirtualService>('VirtualService', ns, 'details', (object) => void (object.spec = pinned));
    await world.until('only the pods are missing', async () => {
      const { derived } = await getTask(console, keyOf(pinning));
      return derived.reason?.code === 'drift_workload_stopped';
    });
    await restoreTask(console, keyOf(pinning));
    await until(pinning, 'Mirroring');
    expect(replicasOf('details-v2')).toBe(1);
  });

  test('is not tried to be stopped by the console of somebody who may not', async () => {
    await start(pinning);
    ends.forEach((end) => end());
    const noted: string[] = [];
    ends = [guardMirrors(world.console('viewer', (cluster) => notingWrites(cluster, noted)))];
    unpin();
    await world.pass(120_000);
    expect(noted).toEqual([]);
  });
});

test('a record that another console ended while this one saw nothing does not come back', async () => {
  const before = await start(pinning);
  const record = world.owner.get<ConfigMap>('ConfigMap', ns, `mirror-console.${pinning.input.name}`);
  const other = world.console();
  await deleteTask(other, keyOf(pinning));
  await world.untilGone(other, ns, pinning.input.name);
  // What a watch that reads the list again makes of it: the record as it was last seen.
  const listeners: ((change: { type: 'DELETED'; object: ConfigMap; isInferred: boolean }) => void)[] = [];
  const late = world.console();
  ends.push(
    keepRecords({
      ...late,
      cluster: new Proxy(late.cluster, {
        get(target, property) {
          if (property === 'subscribe') {
            return (listener: (typeof listeners)[number]) => {
              listeners.push(listener);
              return () => {};
            };
          }
          const member: unknown = Reflect.get(target, property, target);
          return typeof member === 'function' ? (member.bind(target) as unknown) : member;
        },
      }),
    }),
  );
  for (const listener of listeners) listener({ type: 'DELETED', object: record, isInferred: true });
  await world.pass(60_000);
  expect(ownersObjects(world)).toEqual(before);
});
