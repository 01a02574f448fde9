import { describe, expect } from 'vitest';
import { createTask } from './create-task';
import { deleteTask } from './delete-task';
import { getTask } from './get-task';
import { retryTask } from './retry-task';
import { rollbackTask } from './rollback-task';
import { dyingAt, notingWrites } from './testing/count-calls';
import { copiesDuring, expectClientsUntouched, ownersObjects, scenarios, type Scenario } from './testing/scenarios';
import { test, world } from './testing/in-world';
import { settleMs } from './testing/world';

interface Interrupted {
  scenario: Scenario;
  creation: string[];
  deletion: string[];
}

/** Every write of creating and deleting, for the kinds of task that differ in them. */
const interrupted: Interrupted[] = [
  {
    scenario: scenarios[0]!,
    creation: ['create AuthorizationPolicy', 'update DestinationRule', 'create Deployment', 'update VirtualService'],
    deletion: [
      'update VirtualService',
      'update VirtualService',
      'delete Deployment',
      'update DestinationRule',
      'update DestinationRule',
      'delete AuthorizationPolicy',
    ],
  },
  {
    scenario: scenarios[2]!,
    creation: ['create AuthorizationPolicy', 'create Service', 'create Deployment', 'create VirtualService'],
    deletion: ['delete VirtualService', 'delete Deployment', 'delete Service', 'delete AuthorizationPolicy'],
  },
  {
    scenario: scenarios[4]!,
    creation: [
      'create AuthorizationPolicy',
      'create DestinationRule',
      'update VirtualService',
      'create Deployment',
      'update VirtualService',
    ],
    deletion: [
      'update VirtualService',
      'delete Deployment',
      'update VirtualService',
      'update VirtualService',
      'delete DestinationRule',
      'delete AuthorizationPolicy',
    ],
  },
];

describe.each(interrupted)('$scenario.title', ({ scenario, creation, deletion }) => {
  const { namespace, name } = scenario.input;
  const task = { namespace, name };

  async function prepared(): Promise<Record<string, unknown>> {
    scenario.prepare?.(world);
    await world.pass(settleMs);
    return ownersObjects(world);
  }

  test('creates and deletes with exactly these writes', async () => {
    await prepared();
    const noted: string[] = [];
    const console = world.console('admin', (cluster) => notingWrites(cluster, noted));
    await createTask(console, scenario.input);
    await world.untilState(console, namespace, name, 'Mirroring');
    expect(noted.splice(0)).toEqual(creation);
    await deleteTask(console, task);
    await world.untilGone(console, namespace, name);
    expect(noted).toEqual(deletion);
  });

  test.each(creation.map((write, index) => ({ write, index })))(
    'a console that dies before write $index of the creation ($write) leaves an Incomplete task that continues',
    async ({ index }) => {
      await prepared();
      await createTask(
        world.console('admin', (cluster) => dyingAt(cluster, index, 'before')),
        scenario.input,
      );
      const console = world.console();
      const left = await world.untilState(console, namespace, name, 'Incomplete');
      expect(left.derived.reason?.code).toBe('operation_interrupted');
      await retryTask(console, task);
      const running = await world.untilState(console, namespace, name, 'Mirroring');
      expect(running.record.activity.map(({ verb, outcome }) => `${verb} ${outcome}`)).toEqual([
        'create started',
        'create interrupted',
        'retry started',
        'create done',
      ]);
      await world.pass(settleMs);
      expect(await copiesDuring(world, scenario, 5_000)).toBeGreaterThan(0);
      expectClientsUntouched(world, scenario);
    },
  );

  test.each(creation.map((write, index) => ({ write, index })))(
    'a console that dies after write $index of the creation ($write) leaves nothing once it is cancelled',
    async ({ index }) => {
      const before = await prepared();
      await createTask(
        world.console('admin', (cluster) => dyingAt(cluster, index, 'after')),
        scenario.input,
      );
      const console = world.console();
      await world.untilState(console, namespace, name, 'Incomplete');
      await rollbackTask(console, task);
      await world.untilGone(console, namespace, name);
      await world.pass(2 * settleMs);
      expect(ownersObjects(world)).toEqual(before);
      expectClientsUntouched(world, scenario);
    },
  );

  test('a console that dies after any write of the deletion leaves a task that goes away when continued', async () => {
    const before = await prepared();
    const first = world.console();
    await createTask(first, scenario.input);
    await world.untilState(first, namespace, name, 'Mirroring');
    await deleteTask(
      world.console('admin', (cluster) => dyingAt(cluster, 0, 'after')),
      task,
    );
    for (let write = 1; write < deletion.length; write++) {
      const next = world.console('admin', (cluster) => dyingAt(cluster, 0, 'after'));
      const left = await world.untilState(next, namespace, name, 'Incomplete');
      expect(left.record.operation?.verb).toBe('delete');
      await retryTask(next, task);
    }
    await world.untilState(first, namespace, name, 'Incomplete');
    await retryTask(first, task);
    await world.untilGone(first, namespace, name);
    await world.pass(2 * settleMs);
    expect(ownersObjects(world)).toEqual(before);
    expectClientsUntouched(world, scenario);
  });
});

test('an answer that gets lost after any write took effect changes nothing', async () => {
  const scenario = scenarios[4]!;
  scenario.prepare?.(world);
  await world.pass(settleMs);
  const before = ownersObjects(world);
  const console = world.console();
  const { namespace, name } = scenario.input;
  const lose = (method: string, path: RegExp, skip = 0) =>
    world.sandbox.faults.plant({ method, path, kind: 'timeoutAfterEffect', delayMs: 0, skip, times: 1 });
  // The plan lets the server try the record first.
  lose('POST', /configmaps/, 1);
  await createTask(console, scenario.input);
  lose('PUT', /configmaps/);
  lose('PUT', /virtualservices/);
  lose('POST', /deployments/);
  await world.untilState(console, namespace, name, 'Mirroring');
  lose('PUT', /virtualservices/);
  lose('DELETE', /deployments/);
  lose('DELETE', /destinationrules/);
  lose('DELETE', /configmaps/);
  await deleteTask(console, { namespace, name });
  await world.untilGone(console, namespace, name);
  await world.pass(2 * settleMs);
  expect(ownersObjects(world)).toEqual(before);
  expectClientsUntouched(world, scenario);
  expect(world.sandbox.faults.planted).toEqual([]);
});

test('an API server that goes away in the middle delays a creation and does not break it', async () => {
  const scenario = scenarios[0]!;
  const console = world.console();
  const { namespace, name } = scenario.input;
  await createTask(console, scenario.input);
  await world.until('the Deployment stands', async () => {
    const { record } = await getTask(console, { namespace, name });
    return record.operation?.steps.find(({ id }) => id === 'workload')?.state === 'done';
  });
  await world.sandbox.setApiOutage(true);
  await world.pass(20_000);
  await world.sandbox.setApiOutage(false);
  await world.until('the watches are back', () => console.cluster.health().reachable);
  await world.untilState(console, namespace, name, 'Mirroring');
  expectClientsUntouched(world, scenario);
});
