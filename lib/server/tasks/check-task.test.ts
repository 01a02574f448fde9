import { expect } from 'vitest';
import type { Check } from '@/lib/domain/check';
import { checkTask } from './check-task';
import { finishTask } from './finish-task';
import { keyOf, scenarios, startTask } from './testing/scenarios';
import { console, test, world } from './testing/in-world';
import { settleMs } from './testing/world';

const failures = (checks: readonly Check[]) =>
  checks.filter(({ severity }) => severity === 'fail').map(({ code, params }) => ({ code, params }));

test.each(scenarios.map((scenario) => [scenario.title, scenario] as const))(
  'the checks of a mirroring task fail for nothing of its own, tell what came since, and end with it: %s',
  async (_title, scenario) => {
    await startTask(world, console, scenario);
    const task = keyOf(scenario);
    const pods = await console.cluster.list('Pod', task.namespace);
    expect(failures(await checkTask(console, task))).toEqual([]);
    const make = (apiVersion: string, kind: string, name: string, spec: object) => {
      const object = { apiVersion, kind, metadata: { name, namespace: task.namespace }, spec };
      world.owner.create(object);
    };
    // Its own pods stand within the quota, which has no room for more.
    make('v1', 'ResourceQuota', 'full', { hard: { pods: String(pods.length) } });
    const ofMirror = { selector: { matchLabels: { version: 'v2' } } };
    make('security.istio.io/v1', 'AuthorizationPolicy', 'keep-out', { ...ofMirror, action: 'DENY', rules: [{}] });
    await world.pass(settleMs);
    expect(failures(await checkTask(console, task))).toMatchObject([
      { code: 'authorization', params: { policies: 'keep-out' } },
    ]);
    await finishTask(console, task, { keepWorkload: false });
    await world.untilState(console, task.namespace, task.name, 'Finished');
    expect(await checkTask(console, task)).toEqual([]);
  },
);

test('the checks of a mirroring task tell of callers in another cluster that came since', async () => {
  const scenario = scenarios[0]!;
  await startTask(world, console, scenario);
  const clusters = async () => (await checkTask(console, keyOf(scenario))).filter(({ code }) => code === 'clusters');
  expect(await clusters()).toMatchObject([{ severity: 'pass' }]);
  world.callerClusters = ['west'];
  expect(await clusters()).toMatchObject([{ severity: 'fail', params: { clusters: 'west' } }]);
  world.callerClusters = null;
  expect(await clusters()).toMatchObject([{ severity: 'pass', params: { reason: 'none' } }]);
});

test('the checks of a task that is not there, or that the user may not see, are not found', async () => {
  const nobody = { namespace: 'httpbin', name: 'nobody' };
  await expect(checkTask(console, nobody)).rejects.toMatchObject({ code: 'not_found' });
  await expect(checkTask(world.console('viewer'), nobody)).rejects.toMatchObject({ code: 'not_found' });
});
