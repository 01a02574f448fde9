import { test as base } from 'vitest';
import type { TaskContext } from '../context';
import { World } from './world';

/**
 * The world of the test that runs, begun before its `beforeEach` and ended after its `afterEach`. As bindings, not as
 * arguments, so that the helpers of a file speak of them, too.
 */
export let world: World;
/** The first console of that world, of its admin. */
export let console: TaskContext;

/** A test in a world of its own, with a console in front of it. */
export const test = base.extend<{ inWorld: void }>({
  inWorld: [
    // oxlint-disable-next-line no-empty-pattern -- it depends on no other fixture
    async ({}, use) => {
      await begin();
      await use();
      await world.stop();
    },
    { auto: true },
  ],
});

async function begin(options?: Parameters<typeof World.start>[0]): Promise<void> {
  world = await World.start(options);
  console = world.console();
}

/** Ends the test's world and begins another, as if nothing had happened. */
export async function beginAnew(options?: Parameters<typeof World.start>[0]): Promise<void> {
  await world.stop();
  await begin(options);
}
