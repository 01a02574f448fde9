import { expect } from 'vitest';
import { ClusterError } from '@/lib/server/cluster/cluster-error';
import { closeStreams } from '@/lib/server/streams';
import { changeTask } from './change-task';
import { getTask } from './get-task';
import { intercepting } from './testing/count-calls';
import { console, test, world } from './testing/in-world';
import { scenarios, startTask } from './testing/scenarios';

const { input } = scenarios[1]!;

test('a hold that could not be written is written as it was when its console stops: what passed since counts for no step', async () => {
  let isRefused = false;
  const driver = world.console('admin', (cluster) =>
    intercepting(cluster, {
      update: async (proceed) => {
        if (isRefused) throw new ClusterError('forbidden', 'configmaps is closed to admin', { status: 403 });
        return proceed();
      },
    }),
  );
  const rampOf = async () => (await getTask(console, input)).record.ramp;
  const heldThere = async () => (await getTask(driver, input)).rampHeld;
  await startTask(world, driver, scenarios[1]!);
  await changeTask(driver, input, { ramp: [{ percentage: 5, holdSeconds: 6_000 }, { percentage: 25 }] });
  await world.until('the first step began', async () => (await rampOf())?.since != null);
  isRefused = true;
  await world.until('it is held', async () => (await heldThere())?.reason.code === 'ramp_forbidden');
  const { since } = (await heldThere())!;
  // Long enough to be looked at seldom.
  await world.pass(1_200_000);
  isRefused = false;
  // For the rest of this file's process there is no way back.
  closeStreams();
  driver.ramps.get(`${input.namespace}/${input.name}`)?.cancel();
  await world.until('its driver has let go', () => driver.ramps.size === 0);
  await world.until('it is written', async () => (await rampOf())?.held != null);
  expect((await rampOf())?.held).toMatchObject({ since, reason: { code: 'ramp_forbidden' } });
});
