import { describe, expect } from 'vitest';
import type { VirtualService } from '@/lib/domain/kubernetes';
import type { TaskContext } from './context';
import { createTask } from './create-task';
import { finishTask } from './finish-task';
import { getTask } from './get-task';
import { pauseTask } from './pause-task';
import { restoreTask } from './restore-task';
import { resumeTask } from './resume-task';
import { retryTask } from './retry-task';
import { rollbackTask } from './rollback-task';
import { stopTasks } from './stop-tasks';
import { dyingAt } from './testing/count-calls';
import { console, test, world } from './testing/in-world';
import {
  copiesDuring,
  expectDeletedWhole,
  keyOf,
  ownersObjects,
  prepare,
  runTask,
  scenarios,
  type Scenario,
} from './testing/scenarios';

const [subset, dedicated] = scenarios as readonly [Scenario, Scenario];
const stateIs = (scenario: Scenario, state: 'Drifted' | 'Incomplete' | 'Mirroring' | 'Paused') =>
  world.untilState(console, scenario.input.namespace, scenario.input.name, state);
const operationOf = async (scenario: Scenario) => (await getTask(console, keyOf(scenario))).record.operation;
const untilItsPodsAreWaitedFor = (scenario: Scenario) =>
  world.until('its pods are waited for', async () => {
    const operation = await operationOf(scenario);
    return operation?.steps.find(({ state }) => state === 'pending')?.id === 'ready';
  });
const removeWorkload = ({ input, mirror }: Scenario) => world.owner.delete('Deployment', input.namespace, mirror);
/** Until those that come in their place are ready, none is. */
async function removePods({ input, mirror }: Scenario): Promise<void> {
  for (const { metadata } of world.sandbox.store.list('', 'Pod'))
    if (metadata.namespace === input.namespace && metadata.name.startsWith(`${mirror}-`))
      world.owner.delete('Pod', input.namespace, metadata.name);
  await world.until('none is ready', async () => {
    const found = (await console.cluster.list('Deployment', input.namespace)).find(
      ({ metadata }) => metadata.name === mirror,
    );
    return (found?.status?.readyReplicas ?? 0) === 0;
  });
}
/** Who dies answers nothing any more, its verb perhaps among it. */
const left = (nth: number, when: 'before' | 'after', run: (dying: TaskContext) => Promise<unknown>) =>
  void run(world.console('admin', (cluster) => dyingAt(cluster, nth, when)));

async function expectStopped(scenario: Scenario): Promise<void> {
  await stateIs(scenario, 'Paused');
  expect(await copiesDuring(world, scenario, 60_000)).toBe(0);
}

/** Stopped while its pods are waited for. */
async function expectStoppedInItsWait(scenario: Scenario): Promise<void> {
  await untilItsPodsAreWaitedFor(scenario);
  await pauseTask(console, keyOf(scenario));
  await expectStopped(scenario);
}

async function expectResumedAndDeletedWhole(scenario: Scenario, before: Record<string, unknown>): Promise<void> {
  await resumeTask(console, keyOf(scenario));
  await stateIs(scenario, 'Mirroring');
  expect(await copiesDuring(world, scenario, 20_000)).toBeGreaterThan(0);
  await expectDeletedWhole(world, console, scenario, before);
}

describe('a pause waits for nothing that runs', () => {
  test.each([subset, dedicated])('neither for a restore whose pods are waited for ($title)', async (scenario) => {
    const before = await runTask(world, console, scenario);
    removeWorkload(scenario);
    await stateIs(scenario, 'Drifted');
    await restoreTask(console, keyOf(scenario));
    await expectStoppedInItsWait(scenario);
    await expectResumedAndDeletedWhole(scenario, before);
  });

  test('nor for a resume, also one that takes a pause back', async () => {
    const before = await runTask(world, console, dedicated);
    left(0, 'after', (dying) => pauseTask(dying, keyOf(dedicated)));
    await stateIs(dedicated, 'Incomplete');
    await removePods(dedicated);
    await rollbackTask(console, keyOf(dedicated));
    await expectStoppedInItsWait(dedicated);
    await removePods(dedicated);
    await resumeTask(console, keyOf(dedicated));
    await expectStoppedInItsWait(dedicated);
    await expectResumedAndDeletedWhole(dedicated, before);
  });
});

test('a finish that was being taken back is stopped as it stands: what was not made again is a drift, and no resume fails on it', async () => {
  const before = await runTask(world, console, dedicated);
  const { input } = dedicated;
  const workloads = () => world.sandbox.store.list('apps', 'Deployment').map(({ metadata }) => metadata.name);
  left(2, 'after', (dying) => finishTask(dying, input, { keepWorkload: false }));
  await stateIs(dedicated, 'Incomplete');
  expect(workloads()).not.toContain(dedicated.mirror);
  const dying = world.console('admin', (cluster) => dyingAt(cluster, 0, 'before'));
  // It has to have seen that nobody drives the finish any more.
  await world.untilState(dying, input.namespace, input.name, 'Incomplete');
  void rollbackTask(dying, input);
  await world.until('it is being taken back', async () => (await operationOf(dedicated))?.verb === 'restore');
  await stateIs(dedicated, 'Incomplete');
  await pauseTask(console, input);
  expect((await operationOf(dedicated))?.before).toBeNull();
  await stateIs(dedicated, 'Drifted');
  expect(await copiesDuring(world, dedicated, 60_000)).toBe(0);
  await restoreTask(console, input);
  await expectStopped(dedicated);
  await expectResumedAndDeletedWhole(dedicated, before);
});

test('a restore that broke off is stopped with all others, before anything is mended', async () => {
  const before = await runTask(world, console, dedicated);
  removeWorkload(dedicated);
  await stateIs(dedicated, 'Drifted');
  left(0, 'after', (dying) => restoreTask(dying, keyOf(dedicated)));
  await stateIs(dedicated, 'Incomplete');
  expect((await stopTasks(console, dedicated.input.namespace)).items).toMatchObject([{ outcome: 'accepted' }]);
  await expectStopped(dedicated);
  await expectResumedAndDeletedWhole(dedicated, before);
});

test('a creation that is continued after it had put its copies in is stopped with them, however far it has come again', async () => {
  const { input } = dedicated;
  await prepare(world, dedicated);
  const before = ownersObjects(world);
  const isCopied = () =>
    world.owner
      .get<VirtualService>('VirtualService', input.namespace, 'reviews')
      .spec.http?.some(({ mirror }) => mirror !== undefined) ?? false;
  // The last of its writes.
  void createTask(
    world.console('admin', (cluster) => dyingAt(cluster, 3, 'after')),
    input,
  );
  await stateIs(dedicated, 'Incomplete');
  expect(isCopied()).toBe(true);
  await removePods(dedicated);
  await retryTask(console, keyOf(dedicated));
  await expectStoppedInItsWait(dedicated);
  expect(isCopied()).toBe(false);
  await expectResumedAndDeletedWhole(dedicated, before);
});
