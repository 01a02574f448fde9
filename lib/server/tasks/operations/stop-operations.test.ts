import { closeStreams } from '@/lib/server/streams';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createTask } from '../create-task';
import { deleteTask } from '../delete-task';
import { scenarios } from '../testing/scenarios';
import { World } from '../testing/world';

let world: World;
beforeEach(async () => {
  world = await World.start();
});
afterEach(() => world.stop());

test('a process that is told to stop begins nothing any more, and says so', async () => {
  const console = world.console();
  const [first, second] = [scenarios[0]!.input, scenarios[2]!.input];
  const { namespace, name } = first;
  await createTask(console, first);
  await world.untilState(console, namespace, name, 'Mirroring');
  // For the rest of this file's process there is no way back.
  closeStreams();
  const refusal = { code: 'upstream_unavailable', params: { reason: 'stopping' } };
  await expect(createTask(console, second)).rejects.toMatchObject(refusal);
  await expect(deleteTask(console, { namespace, name })).rejects.toMatchObject(refusal);
  expect(console.running.size).toBe(0);
  const records = await console.cluster.list('ConfigMap', namespace);
  expect(records.map(({ metadata }) => metadata.name)).toEqual([`mirror-console.${name}`]);
});
