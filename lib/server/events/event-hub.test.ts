import type { TaskEvent } from '@/lib/contract/inventory';
import { operationStaleMs } from '@/lib/domain/state';
import { createTask } from '@/lib/server/tasks/create-task';
import { getTask } from '@/lib/server/tasks/get-task';
import { dyingAt } from '@/lib/server/tasks/testing/count-calls';
import { scenarios } from '@/lib/server/tasks/testing/scenarios';
import { World } from '@/lib/server/tasks/testing/world';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { EventHub } from './event-hub';

let world: World;
beforeEach(async () => {
  world = await World.start();
});
afterEach(() => world.stop());

const { input } = scenarios[0]!;
const { namespace, name } = input;

it('tells that a task changed when its driver has gone, though nothing in the cluster did', async () => {
  const console = world.console();
  const hub = new EventHub(console, null);
  const heard: { event: TaskEvent; at: number }[] = [];
  const unsubscribe = hub.subscribe((event) => heard.push({ event, at: world.clock.now() }));
  await hub.ready();
  let lastChange = 0;
  console.cluster.subscribe(() => (lastChange = world.clock.now()));
  await createTask(
    world.console('admin', (cluster) => dyingAt(cluster, 0, 'before')),
    input,
  );
  await world.until('the driver has renewed its lock for the last time and long enough has passed', () => {
    return lastChange > 0 && world.clock.now() > lastChange + operationStaleMs + 1_000;
  });
  await world.until('somebody is told', () => heard.some(({ at }) => at > lastChange + operationStaleMs));
  expect(heard.filter(({ at }) => at > lastChange + operationStaleMs).map(({ event }) => event)).toEqual([
    { type: 'changed', namespace, name },
  ]);
  expect((await getTask(console, { namespace, name })).derived.state).toBe('Incomplete');
  unsubscribe();
});
