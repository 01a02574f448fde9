import { describe, expect } from 'vitest';
import { operationStaleMs } from '@/lib/domain/state';
import type { TaskContext } from './context';
import { createTask } from './create-task';
import { deleteTask } from './delete-task';
import { getTask } from './get-task';
import { stopOperations } from './operations/stop-operations';
import { retryTask } from './retry-task';
import { dyingAt } from './testing/count-calls';
import { expectClientsUntouched, scenarios } from './testing/scenarios';
import { test, world } from './testing/in-world';
import { newVersion } from './testing/world';

const scenario = scenarios[0]!;
const { namespace, name } = scenario.input;
const task = { namespace, name };
/** Never gets ready, so that its operation runs until somebody stops it. */
const hanging = newVersion({ namespace, name, service: 'reviews' }, [{ name: 'reviews', image: 'nowhere/reviews:9' }]);
const tenMinutesMs = 600_000;

/** The same console on a machine whose clock is wrong by `offsetMs`. */
function onOtherClock(console: TaskContext, offsetMs: number): TaskContext {
  return { ...console, clock: { now: () => world.clock.now() + offsetMs, after: world.clock.after.bind(world.clock) } };
}

const stateFor = async (console: TaskContext) => (await getTask(console, task)).derived.state;

describe.each([
  ['behind', -tenMinutesMs],
  ['ahead', tenMinutesMs],
])('of a driver whose clock is ten minutes %s', (_, offsetMs) => {
  test('the running operation is running, however long it is looked at', async () => {
    await createTask(onOtherClock(world.console(), offsetMs), hanging);
    const console = world.console();
    const seen = new Set<string>();
    await world.until('four times the time in which a lock goes stale has passed', async () => {
      seen.add(await stateFor(console));
      return world.clock.now() > Date.parse('2026-03-06T10:00:00Z') + 4 * operationStaleMs;
    });
    expect(seen).not.toContain('Incomplete');
    await expect(retryTask(console, task)).rejects.toMatchObject({ code: 'operation_running' });
  });

  test('the operation that it left is Incomplete half a minute after somebody first sees it', async () => {
    const dying = world.console('admin', (cluster) => dyingAt(cluster, 0, 'before'));
    await createTask(onOtherClock(dying, offsetMs), scenario.input);
    await world.pass(operationStaleMs);
    const console = world.console();
    const firstSeen = world.clock.now();
    await world.untilState(console, namespace, name, 'Incomplete');
    expect(world.clock.now() - firstSeen).toBeGreaterThanOrEqual(operationStaleMs);
    expect(world.clock.now() - firstSeen).toBeLessThan(operationStaleMs + 2_000);
    await retryTask(console, task);
    await world.untilState(console, namespace, name, 'Mirroring');
    expectClientsUntouched(world, scenario);
  });

  test('the operation is handed over at once to who calls it off elsewhere', async () => {
    await createTask(onOtherClock(world.console(), offsetMs), hanging);
    const console = world.console();
    const asked = world.clock.now();
    const deleting = deleteTask(console, task);
    let answered = false;
    void deleting.finally(() => (answered = true)).catch(() => {});
    await world.until('the driver has stopped', () => answered);
    expect((await deleting).derived.state).toBe('Deleting');
    expect(world.clock.now() - asked).toBeLessThan(15_000);
    await world.untilGone(console, namespace, name);
  });
});

describe('a process that is told to stop', () => {
  test('leaves what it drives Incomplete at once, and another one continues it', async () => {
    const stopping = world.console();
    await createTask(stopping, scenario.input);
    await world.until('it waits for the Deployment', async () => {
      const { record } = await getTask(stopping, task);
      return record.operation?.steps.find(({ id }) => id === 'subsets')?.state === 'done';
    });
    const console = world.console();
    expect(await stateFor(console)).toBe('Preparing');
    const told = world.clock.now();
    const stopped = stopOperations(stopping.running, 3_000);
    await world.until('another console sees it', async () => (await stateFor(console)) === 'Incomplete');
    await stopped;
    expect(world.clock.now() - told).toBeLessThan(2_000);
    expect(stopping.running.size).toBe(0);
    await retryTask(console, task);
    await world.untilState(console, namespace, name, 'Mirroring');
    expectClientsUntouched(world, scenario);
  });

  test('ends in time though the API server answers nothing', async () => {
    const stopping = world.console('admin', (cluster) => dyingAt(cluster, 0, 'before'));
    await createTask(stopping, scenario.input);
    await world.pass(1_000);
    expect(stopping.running.size).toBe(1);
    const began = performance.now();
    await stopOperations(stopping.running, 300);
    expect(performance.now() - began).toBeLessThan(2_000);
    expect(stopping.running.size).toBe(1);
  });
});

test('an API server that is away does not make an operation look left by its driver', async () => {
  await createTask(world.console(), hanging);
  const console = world.console();
  await stateFor(console);
  await world.sandbox.setApiOutage(true);
  await world.until('the console notices', () => !console.cluster.health().reachable);
  await world.pass(2 * operationStaleMs);
  expect(await stateFor(console)).toBe('Preparing');
});
