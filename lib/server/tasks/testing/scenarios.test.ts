import { expect, test } from 'vitest';
import { prepare, rareScenarios, scenarios } from './scenarios';
import { World } from './world';

test.each([...scenarios, ...rareScenarios])('no client loses a request before the task: $title', async (scenario) => {
  const world = await World.start();
  try {
    await prepare(world, scenario);
    await world.pass(5_000);
    expect(world.sandbox.mesh.counters.clientFailures()).toEqual([]);
  } finally {
    await world.stop();
  }
});
