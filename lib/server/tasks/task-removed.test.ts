import { afterEach, beforeEach, describe, expect } from 'vitest';
import type { VirtualService } from '@/lib/domain/kubernetes';
import { deleteObject } from '@/lib/sandbox/kube/deletion';
import { resourceOfKind } from '@/lib/sandbox/kube/resources';
import type { TaskContext } from './context';
import { createTask } from './create-task';
import { deleteTask } from './delete-task';
import { finishTask } from './finish-task';
import { getTask } from './get-task';
import { guardMirrors } from './guard-mirrors';
import { keepRecords } from './keep-records';
import { listTasks } from './list-tasks';
import { pauseTask } from './pause-task';
import { retryTask } from './retry-task';
import { expectClientsUntouched, keyOf, ownersObjects, scenarios, startTask, type Scenario } from './testing/scenarios';
import { console, test, world } from './testing/in-world';
import { settleMs } from './testing/world';

let ends: (() => void)[];
beforeEach(() => {
  ends = [guardMirrors(console), keepRecords(console)];
});
afterEach(() => ends.forEach((end) => end()));

const [subset, dedicated, , , pinning, existing] = scenarios as readonly [
  Scenario,
  Scenario,
  Scenario,
  Scenario,
  Scenario,
  Scenario,
];
const recordOf = ({ input }: Scenario) => `mirror-console.${input.name}`;
const start = (scenario: Scenario) => startTask(world, console, scenario);

const problemsFor = async (context: TaskContext, namespace: string) => {
  const query = { namespace, states: [], q: '', sort: 'name', limit: 9, continue: null } as const;
  return (await listTasks(context, query)).problems;
};

describe('a record that is deleted by hand', () => {
  test.each([subset, dedicated, pinning, existing])('is back as an Incomplete task: $title', async (scenario) => {
    const { namespace, name } = keyOf(scenario);
    const before = await start(scenario);
    world.owner.delete('ConfigMap', namespace, recordOf(scenario));
    const { derived, actions } = await world.untilState(console, namespace, name, 'Incomplete');
    expect(derived.reason).toMatchObject({ code: 'record_removed' });
    expect(actions.filter(({ allowed }) => allowed).map(({ verb }) => verb)).toEqual(['delete', 'retry']);
    await world.pass(2 * settleMs);
    expectClientsUntouched(world, scenario);
    await retryTask(console, { namespace, name });
    await world.untilGone(console, namespace, name);
    await world.pass(2 * settleMs);
    expect(ownersObjects(world)).toEqual(before);
    expectClientsUntouched(world, scenario);
  });

  test('in the middle of a creation is back, too, and takes out what there was', async () => {
    const { namespace, name } = keyOf(pinning);
    pinning.prepare?.(world);
    await world.pass(settleMs);
    const before = ownersObjects(world);
    await createTask(console, pinning.input);
    await world.until('the workload is made', async () => {
      const { record } = await getTask(console, keyOf(pinning));
      return record.operation?.steps.find(({ id }) => id === 'workload')?.state === 'done';
    });
    world.owner.delete('ConfigMap', namespace, recordOf(pinning));
    await world.untilState(console, namespace, name, 'Incomplete');
    await deleteTask(console, { namespace, name });
    await world.untilGone(console, namespace, name);
    await world.pass(2 * settleMs);
    expect(ownersObjects(world)).toEqual(before);
    expectClientsUntouched(world, pinning);
  });

  test('while no console runs has its leftovers named, to whoever may see every record', async () => {
    const { namespace } = keyOf(pinning);
    await start(pinning);
    await world.pass(120_000);
    expect(await problemsFor(console, namespace)).toEqual([]);
    ends.forEach((end) => end());
    world.owner.delete('ConfigMap', namespace, recordOf(pinning));
    await world.until('the console sees it', async () => (await problemsFor(console, namespace)).length > 0);
    const left = (kind: string, name: string) => ({ code: 'orphaned_changes', params: { kind, namespace, name } });
    await world.until('garbage is collected', async () => (await problemsFor(console, namespace)).length === 3);
    expect(await problemsFor(console, namespace)).toEqual([
      left('VirtualService', 'details'),
      left('DestinationRule', 'details-mirror-try-details'),
      left('AuthorizationPolicy', 'details-mirror-try-details-deny-writes'),
    ]);
    expect(await problemsFor(world.console('viewer'), namespace)).toEqual([]);
  });

  test.each([scenarios[2]!, scenarios[3]!])(
    'is the owner’s alone, and named as nobody’s leftover, where he put routes into a VirtualService of ours: $title',
    async (scenario) => {
      const { namespace, name } = keyOf(scenario);
      await start(scenario);
      const { record } = await getTask(console, keyOf(scenario));
      const own = record.spec.virtualService!.metadata.name;
      world.owner.edit<VirtualService>('VirtualService', namespace, own, ({ spec }) => {
        spec.http?.unshift({
          name: 'theirs',
          match: [{ uri: { prefix: '/theirs' } }],
          route: [{ destination: { host: scenario.input.service } }],
        });
      });
      await deleteTask(console, keyOf(scenario));
      await world.untilGone(console, namespace, name);
      await world.pass(120_000);
      const { metadata, spec } = world.owner.get<VirtualService>('VirtualService', namespace, own);
      expect(spec.http?.[0]?.name).toBe('theirs');
      expect(metadata.labels ?? {}).toEqual({});
      expect((metadata.managedFields ?? []).map(({ manager }) => manager)).not.toContain('mirror-console');
      expect(await problemsFor(console, namespace)).toEqual([]);
    },
  );

  test('stays away where nothing is left of its task', async () => {
    const { namespace, name } = keyOf(subset);
    const before = await start(subset);
    await finishTask(console, keyOf(subset), { keepWorkload: false });
    await world.untilState(console, namespace, name, 'Finished');
    world.owner.delete('ConfigMap', namespace, recordOf(subset));
    await world.untilGone(console, namespace, name);
    await world.pass(60_000);
    expect(ownersObjects(world)).toEqual(before);
    await start(dedicated);
    await deleteTask(console, keyOf(dedicated));
    await world.untilGone(console, namespace, name);
    await world.pass(60_000);
    expect(ownersObjects(world)).toEqual(before);
  });
});

describe('a namespace that is deleted under a task', () => {
  const deleteNamespace = (name: string) =>
    deleteObject(world.sandbox.registry, resourceOfKind('', 'Namespace'), undefined, name, {});
  const isOver = () =>
    world.until(
      'the namespace is gone',
      () => world.sandbox.store.get('', 'Namespace', undefined, 'demo-project') === undefined,
    );

  test.each<[string, () => Promise<unknown>]>([
    ['created', () => createTask(console, pinning.input)],
    ['mirroring', () => start(pinning)],
    [
      'deleted',
      async () => {
        await start(pinning);
        await deleteTask(console, keyOf(pinning));
      },
    ],
  ])('while it is being %s takes the task with it; the console goes on', async (_, bring) => {
    await createTask(console, existing.input);
    await world.untilState(console, 'httpbin', existing.input.name, 'Mirroring');
    await bring();
    deleteNamespace('demo-project');
    await isOver();
    await world.until('nothing is driven any more', () => console.running.size === 0);
    const everything = { namespace: null, states: [], q: '', sort: 'name', limit: 9, continue: null } as const;
    await world.until('the task is gone', async () => (await listTasks(console, everything)).items.length === 1);
    await pauseTask(console, keyOf(existing));
    await world.untilState(console, 'httpbin', existing.input.name, 'Paused');
  });
});
