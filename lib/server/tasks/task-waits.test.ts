import { beforeEach, describe, expect } from 'vitest';
import type { KubeObject, Pod, VirtualService } from '@/lib/domain/kubernetes';
import { taskLabel } from '@/lib/domain/task';
import type { Cluster } from '@/lib/server/cluster/cluster';
import { ClusterError } from '@/lib/server/cluster/cluster-error';
import { createTask } from './create-task';
import { deleteTask } from './delete-task';
import { getTask } from './get-task';
import { retryTask } from './retry-task';
import { intercepting } from './testing/count-calls';
import { expectClientsUntouched, ownersObjects, scenarios } from './testing/scenarios';
import { test, world } from './testing/in-world';
import { settleMs } from './testing/world';

/** A cluster whose watch of Deployments shows nothing of this name for its first `looks` looks. */
function lateWatch(cluster: Cluster, name: string, looks: number): Cluster {
  let left = looks;
  return new Proxy(cluster, {
    get(target, property) {
      const member: unknown = Reflect.get(target, property, target);
      if (property !== 'list') return typeof member === 'function' ? member.bind(target) : member;
      return async (...[kind, namespace]: Parameters<Cluster['list']>) => {
        const objects = await target.list(kind, namespace);
        const isLate = kind === 'Deployment' && left > 0 && objects.some(({ metadata }) => metadata.name === name);
        if (isLate) left -= 1;
        return isLate ? objects.filter(({ metadata }) => metadata.name !== name) : objects;
      };
    },
  });
}

test('a watch that shows the new Deployment late does not fail its creation', async () => {
  const scenario = scenarios[0]!;
  const { namespace, name } = scenario.input;
  const console = world.console('admin', (cluster) => lateWatch(cluster, scenario.mirror, 5));
  await createTask(console, scenario.input);
  await world.untilState(world.console(), namespace, name, 'Mirroring');
  expectClientsUntouched(world, scenario);
});

test('a step whose write is refused again and again says what is tried again, and goes on once it can', async () => {
  const scenario = scenarios[0]!;
  const { namespace, name } = scenario.input;
  let isFailing = true;
  const console = world.console('admin', (cluster) =>
    intercepting(cluster, {
      update: async (proceed, [object, options]) => {
        const isDryRun = (options as { dryRun?: boolean } | undefined)?.dryRun === true;
        const isStruck = isFailing && !isDryRun && (object as KubeObject).kind === 'VirtualService';
        if (isStruck) throw new ClusterError('other', 'etcdserver: leader changed', { status: 500 });
        return proceed();
      },
    }),
  );
  await createTask(console, scenario.input);
  const steps = async () => (await getTask(console, scenario.input)).record.operation?.steps ?? [];
  await world.until('the step says why', async () =>
    (await steps()).some(({ message }) => message?.code === 'retrying_write'),
  );
  const retried = (await steps()).find(({ message }) => message?.code === 'retrying_write');
  expect(retried).toMatchObject({
    id: `mirror:${namespace}/reviews`,
    state: 'pending',
    message: { params: { message: 'etcdserver: leader changed' } },
  });
  isFailing = false;
  await world.untilState(console, namespace, name, 'Mirroring');
  expectClientsUntouched(world, scenario);
});

test('a wait that cannot look says so, and goes on once it can', async () => {
  const scenario = scenarios[0]!;
  const { namespace, name } = scenario.input;
  let isFailing = false;
  const console = world.console('admin', (cluster) =>
    intercepting(cluster, {
      list: async (proceed, [kind]) => {
        if (isFailing && kind === 'Deployment')
          throw new ClusterError('other', 'etcdserver: too slow', { status: 500 });
        return proceed();
      },
    }),
  );
  const reader = world.console();
  await createTask(console, scenario.input);
  const stepOf = async (wanted: string) =>
    (await getTask(reader, scenario.input)).record.operation?.steps.find(({ id }) => id === wanted);
  const waiting = () => stepOf('ready');
  // The steps before look at Deployments too.
  await world.until('the workload is made', async () => (await stepOf('workload'))?.state === 'done');
  isFailing = true;
  await world.until('the step says why', async () => (await waiting())?.message?.code === 'retrying_read');
  expect(await waiting()).toMatchObject({ state: 'pending', message: { params: { message: 'etcdserver: too slow' } } });
  isFailing = false;
  await world.untilState(reader, namespace, name, 'Mirroring');
  expectClientsUntouched(world, scenario);
});

describe('what keeps live requests away from the mirror', () => {
  const scenario = scenarios[4]!;
  const { namespace, name } = scenario.input;
  const task = { namespace, name };

  const mirrorPods = () =>
    world.sandbox.store
      .list('', 'Pod')
      .filter(({ metadata }) => metadata.namespace === namespace && metadata.name.startsWith(`${scenario.mirror}-`));
  const pinnedSubset = () =>
    world.owner.get<VirtualService>('VirtualService', namespace, 'details').spec.http?.at(-1)?.route?.[0]?.destination
      .subset;

  const rulesOfTask = () =>
    world.sandbox.store
      .list('networking.istio.io', 'DestinationRule')
      .filter(({ metadata }) => metadata.labels?.[taskLabel] === name);

  /** Deletes the task while something of its mirror is left, sees that clients are shielded, and removes the rest. */
  async function deleteWhileLeft(user: 'admin' | 'project-regular', removeRest: () => void) {
    const before = ownersBefore;
    const console = world.console(user);
    await deleteTask(console, task);
    await world.pass(120_000);
    expect(mirrorPods()).not.toEqual([]);
    expect(pinnedSubset()).toBe('v1');
    expect(rulesOfTask()).toHaveLength(1);
    expectClientsUntouched(world, scenario);

    await world.untilState(console, namespace, name, 'Incomplete');
    removeRest();
    await retryTask(console, task);
    await world.untilGone(console, namespace, name);
    await world.pass(2 * settleMs);
    expect(ownersObjects(world)).toEqual(before);
    expectClientsUntouched(world, scenario);
  }

  let ownersBefore: Record<string, unknown>;
  beforeEach(async () => {
    scenario.prepare?.(world);
    await world.pass(settleMs);
    ownersBefore = ownersObjects(world);
    const console = world.console();
    await createTask(console, scenario.input);
    await world.untilState(console, namespace, name, 'Mirroring');
  });

  test.each(['admin', 'project-regular'] as const)(
    'stays while a ReplicaSet outlives the Deployment (%s)',
    async (user) => {
      world.owner.delete('Deployment', namespace, scenario.mirror, 'Orphan');
      const [replicaSet] = world.sandbox.store
        .list('apps', 'ReplicaSet')
        .filter(({ metadata }) => metadata.name.startsWith(`${scenario.mirror}-`));
      await deleteWhileLeft(user, () => world.owner.delete('ReplicaSet', namespace, replicaSet!.metadata.name));
    },
  );

  test('stays while a pod that somebody took out of the workload is selected by the Service', async () => {
    const kept = mirrorPods()[0]!.metadata.name;
    world.owner.edit<Pod>('Pod', namespace, kept, ({ metadata }) => {
      metadata.labels = { ...metadata.labels, version: 'debug' };
      // What the ReplicaSet's controller does then.
      delete metadata.ownerReferences;
    });
    await world.pass(settleMs);
    await deleteWhileLeft('admin', () => world.owner.delete('Pod', namespace, kept));
  });
});

test('what a wait has to tell does not pile up while the server takes nothing', async () => {
  const scenario = scenarios[0]!;
  const { namespace, name } = scenario.input;
  let isFailing = false;
  let recordWrites = 0;
  const refuseWhileFailing = async (proceed: () => Promise<unknown>) => {
    if (isFailing) throw new ClusterError('other', 'etcdserver: leader changed', { status: 500 });
    return proceed();
  };
  const console = world.console('admin', (cluster) =>
    intercepting(cluster, {
      update: async (proceed, [object]) => {
        if ((object as KubeObject).kind === 'ConfigMap') recordWrites += 1;
        return refuseWhileFailing(proceed);
      },
      get: (proceed, [kind]) => (kind === 'Deployment' ? refuseWhileFailing(proceed) : proceed()),
      readAll: refuseWhileFailing,
    }),
  );
  await createTask(console, scenario.input);
  await world.untilState(console, namespace, name, 'Mirroring');
  await deleteTask(console, { namespace, name });
  await world.until('its end is waited for', async () => {
    const { record } = await getTask(console, { namespace, name });
    const next = record.operation?.steps.find(({ state }) => state === 'pending');
    return next?.id === 'gone';
  });
  isFailing = true;
  await world.pass(25_000);
  isFailing = false;
  recordWrites = 0;
  await world.pass(2_000);
  expect(recordWrites).toBeLessThan(10);
  await world.untilGone(world.console(), namespace, name);
});
