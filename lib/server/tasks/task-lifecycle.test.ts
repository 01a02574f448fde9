import { describe, expect } from 'vitest';
import type { KubeObject, VirtualService } from '@/lib/domain/kubernetes';
import type { WriteOptions } from '@/lib/server/cluster/cluster';
import { ClusterError } from '@/lib/server/cluster/cluster-error';
import { changeTask } from './change-task';
import { createTask } from './create-task';
import { deleteTask } from './delete-task';
import { finishTask } from './finish-task';
import { getTask } from './get-task';
import { pauseTask } from './pause-task';
import { resumeTask } from './resume-task';
import { intercepting } from './testing/count-calls';
import {
  copiesDuring,
  expectClientsUntouched,
  expectDeletedWhole,
  ownersObjects,
  runTask,
  type Scenario,
  scenarios,
  startTask,
} from './testing/scenarios';
import { console, test, world } from './testing/in-world';
import { settleMs } from './testing/world';

describe.each(scenarios)('$title', (scenario) => {
  const { namespace, name } = scenario.input;
  const task = { namespace, name };

  test('copies requests while it runs, and never touches a client’s', async () => {
    const before = await runTask(world, console, scenario);
    const running = await getTask(console, task);
    expect(running.record.spec.targets[0].placement).toBe(scenario.placement);
    expectClientsUntouched(world, scenario);
    const all = await copiesDuring(world, scenario, 20_000);
    expect(all).toBeGreaterThan(50);

    await changeTask(console, task, { percentage: 10 });
    const changed = await world.untilState(console, namespace, name, 'Mirroring');
    expect(changed.record.spec.targets[0].percentage).toBe(10);
    await world.pass(settleMs);
    const tenth = await copiesDuring(world, scenario, 20_000);
    expect(tenth).toBeGreaterThan(0);
    expect(tenth).toBeLessThan(all / 3);

    await pauseTask(console, task);
    await world.untilState(console, namespace, name, 'Paused');
    expect(await copiesDuring(world, scenario, 20_000)).toBe(0);

    await resumeTask(console, task);
    await world.untilState(console, namespace, name, 'Mirroring');
    await world.pass(settleMs);
    expect(await copiesDuring(world, scenario, 20_000)).toBeGreaterThan(0);
    expectClientsUntouched(world, scenario);

    await expectDeletedWhole(world, console, scenario, before);
  });
});

test('a verb whose record cannot be stored has written nothing', async () => {
  const [scenario] = scenarios as readonly [Scenario];
  const { namespace, name } = scenario.input;
  const task = { namespace, name };
  const mute = async (proceed: () => Promise<unknown>, [object, options]: unknown[]) => {
    const isDryRun = (options as WriteOptions | undefined)?.dryRun === true;
    if (isDryRun || (object as KubeObject).kind !== 'ConfigMap') return proceed();
    throw new ClusterError('forbidden', 'the permission was withdrawn', { status: 403 });
  };
  const forgetful = world.console('admin', (cluster) => intercepting(cluster, { create: mute, update: mute }));
  const expectNothing = async (verb: () => Promise<unknown>) => {
    const before = ownersObjects(world);
    await expect(verb()).rejects.toMatchObject({ message: 'the permission was withdrawn' });
    await world.pass(settleMs);
    expect(ownersObjects(world)).toEqual(before);
  };
  await expectNothing(() => createTask(forgetful, scenario.input));
  await startTask(world, console, scenario);
  await expectNothing(() => changeTask(forgetful, task, { percentage: 10 }));
  await expectNothing(() => pauseTask(forgetful, task));
  await expectNothing(() => finishTask(forgetful, task, { keepWorkload: false }));
  await expectNothing(() => deleteTask(forgetful, task));
  await pauseTask(console, task);
  await world.untilState(console, namespace, name, 'Paused');
  await expectNothing(() => resumeTask(forgetful, task));
  expectClientsUntouched(world, scenario);
});

test('a route that others put into a VirtualService of the task’s outlives a pause, and the task copies again', async () => {
  const [, , scenario] = scenarios as readonly [Scenario, Scenario, Scenario];
  const { namespace, name, service } = scenario.input;
  await startTask(world, console, scenario);
  const { record } = await getTask(console, { namespace, name });
  const own = record.spec.virtualService!.metadata.name;
  const theirs = {
    name: 'theirs',
    match: [{ uri: { prefix: '/theirs' } }],
    route: [{ destination: { host: service } }],
  };
  world.owner.edit<VirtualService>('VirtualService', namespace, own, ({ spec }) => void spec.http?.unshift(theirs));

  await pauseTask(console, { namespace, name });
  await world.untilState(console, namespace, name, 'Paused');
  await world.pass(settleMs);
  expect(await copiesDuring(world, scenario, 10_000)).toBe(0);
  expect(world.owner.get<VirtualService>('VirtualService', namespace, own).spec.http).toContainEqual(theirs);

  await resumeTask(console, { namespace, name });
  await world.untilState(console, namespace, name, 'Mirroring');
  await world.pass(settleMs);
  expect(await copiesDuring(world, scenario, 10_000)).toBeGreaterThan(0);

  await deleteTask(console, { namespace, name });
  await world.untilGone(console, namespace, name);
  const { metadata, spec } = world.owner.get<VirtualService>('VirtualService', namespace, own);
  expect(spec.http).toContainEqual(theirs);
  expect(metadata.labels ?? {}).toEqual({});
  expectClientsUntouched(world, scenario);
});
