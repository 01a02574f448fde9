import { describe, expect } from 'vitest';
import type { Deployment, VirtualService } from '@/lib/domain/kubernetes';
import { changeTask } from './change-task';
import { createTask } from './create-task';
import { deleteTask } from './delete-task';
import { finishTask } from './finish-task';
import { getTask } from './get-task';
import { pauseTask } from './pause-task';
import { retryTask } from './retry-task';
import { dyingAt } from './testing/count-calls';
import {
  copiesDuring,
  expectClientsUntouched,
  expectDeletedWhole,
  ownersObjects,
  runTask,
  scenarios,
} from './testing/scenarios';
import { console, test, world } from './testing/in-world';
import { settleMs } from './testing/world';

const withoutRecord = (objects: Record<string, unknown>, { namespace, name }: { namespace: string; name: string }) => {
  const { [`ConfigMap ${namespace}/mirror-console.${name}`]: record, ...others } = objects;
  return { record, others };
};

describe.each(scenarios)('$title', (scenario) => {
  const { namespace, name } = scenario.input;
  const task = { namespace, name };
  const madeWorkload = !('existing' in (scenario.input.target ?? {}));

  test('once finished leaves nothing but its record, which deleting removes', async () => {
    const before = await runTask(world, console, scenario);
    await finishTask(console, task, { keepWorkload: false });
    const finished = await world.untilState(console, namespace, name, 'Finished');
    expect(finished.actions.filter(({ allowed }) => allowed).map(({ verb }) => verb)).toEqual(['delete']);
    expect(finished.keepsWorkload).toBe(false);
    await world.pass(settleMs);
    expect(await copiesDuring(world, scenario, 10_000)).toBe(0);
    const { record, others } = withoutRecord(ownersObjects(world), task);
    expect(record).toBeDefined();
    expect(others).toEqual(before);

    await expectDeletedWhole(world, console, scenario, before);
  });

  test('keeps its workload where that is wished, away from clients, until it is deleted', async () => {
    const before = await runTask(world, console, scenario);
    await finishTask(console, task, { keepWorkload: true });
    const finished = await world.untilState(console, namespace, name, 'Finished');
    expect(finished.keepsWorkload).toBe(madeWorkload);
    expect(finished.targets[0]?.replicas?.ready).toBe(1);
    await world.pass(settleMs);
    expect(await copiesDuring(world, scenario, 30_000)).toBe(0);
    expectClientsUntouched(world, scenario);

    await expectDeletedWhole(world, console, scenario, before);
  });

  test('keeps its workload where that is wished, whoever deletes the record', async () => {
    await runTask(world, console, scenario);
    await finishTask(console, task, { keepWorkload: true });
    const { record } = await world.untilState(console, namespace, name, 'Finished');
    world.owner.delete('ConfigMap', namespace, `mirror-console.${name}`);
    await world.untilGone(console, namespace, name);
    await world.pass(60_000);
    expect(ownersObjects(world)).toHaveProperty([`Deployment ${namespace}/${record.spec.targets[0].workload}`]);
    expectClientsUntouched(world, scenario);
  });
});

describe('a finished task', () => {
  const scenario = scenarios[0]!;
  const { namespace, name } = scenario.input;
  const task = { namespace, name };
  const start = async () => {
    await createTask(console, scenario.input);
    return world.untilState(console, namespace, name, 'Mirroring');
  };

  test('says what its figures cover, up to the pause where there was one, and why there are none', async () => {
    const mirroring = await start();
    await world.pass(60_000);
    await pauseTask(console, task);
    const paused = await world.untilState(console, namespace, name, 'Paused');
    // Not in force before the task resumes.
    await changeTask(console, task, { percentage: 10 });
    await world.untilState(console, namespace, name, 'Paused');
    await world.pass(60_000);
    await finishTask(console, task, { keepWorkload: false });
    const { record } = await world.untilState(console, namespace, name, 'Finished');
    expect(record.report).toEqual({
      begin: mirroring.record.percentageSince,
      end: paused.record.desiredSince,
      percentage: 100,
      figures: null,
      reason: { code: 'metrics_not_configured', params: { reason: '' } },
    });
  });

  test('keeps the figures that were measured, whatever traffic comes later and while Prometheus is away', async () => {
    world.measure();
    await start();
    await world.pass(300_000);
    await finishTask(console, task, { keepWorkload: true });
    const { record, report: shown } = await world.untilState(console, namespace, name, 'Finished');
    const frozen = structuredClone(record.report);
    expect(frozen?.reason).toBeNull();
    expect(frozen?.figures?.coverage).toMatchObject({ value: expect.any(Number), reason: null });
    const figures = { requests: expect.any(Number), successPercent: expect.any(Number), p99: expect.any(Number) };
    expect(frozen?.figures?.sides).toMatchObject([
      { side: 'primary', ...figures },
      { side: 'mirror', ...figures },
    ]);
    expect(shown).toEqual(frozen);

    // Others call far more often, for something else.
    world.owner.edit<Deployment>('Deployment', 'httpbin', 'sleep', ({ spec }) => {
      const host = `reviews.${namespace}.svc.cluster.local`;
      const requests = [{ host, port: 9080, method: 'GET', path: '/missing', perSecond: 50 }];
      spec.template.metadata ??= {};
      spec.template.metadata.annotations = { 'sandbox.mirror-console.io/requests': JSON.stringify(requests) };
    });
    const answered = () => world.sandbox.mesh.counters.answeredBy(namespace, 'reviews-v1');
    const before = answered();
    await world.pass(300_000);
    expect(answered() - before).toBeGreaterThan(10_000);
    await world.sandbox.setPrometheusOutage(true);
    await world.pass(300_000);
    for (const later of [console, world.console()]) {
      const view = await getTask(later, task);
      expect(view.derived.state).toBe('Finished');
      expect(view.record.report).toEqual(frozen);
      expect(view.report).toEqual(frozen);
    }
  });

  test('cannot be paused, resumed, changed or finished again', async () => {
    await start();
    await finishTask(console, task, { keepWorkload: false });
    await world.untilState(console, namespace, name, 'Finished');
    await expect(finishTask(console, task, { keepWorkload: true })).rejects.toMatchObject({
      code: 'not_possible',
      details: [{ code: 'reason.action_finished' }],
    });
    await expect(pauseTask(console, task)).rejects.toMatchObject({ code: 'not_possible' });
  });

  test('whose copies somebody switches on again is told as drifted', async () => {
    await start();
    const mirrored = world.owner.get<VirtualService>('VirtualService', namespace, 'reviews').spec.http ?? [];
    await finishTask(console, task, { keepWorkload: true });
    await world.untilState(console, namespace, name, 'Finished');
    world.owner.edit<VirtualService>('VirtualService', namespace, 'reviews', ({ spec }) => {
      spec.http = structuredClone(mirrored);
    });
    const drifted = await world.untilState(console, namespace, name, 'Drifted');
    expect(drifted.derived.reason?.code).toBe('drift_mirror_while_finished');
  });

  test('that kept nothing claims nothing: the next task takes its place, and deleting the old one leaves it alone', async () => {
    await start();
    await finishTask(console, task, { keepWorkload: false });
    await world.untilState(console, namespace, name, 'Finished');
    await createTask(console, { ...scenario.input, name: 'again' });
    await world.untilState(console, namespace, 'again', 'Mirroring');
    await world.pass(settleMs);
    expect((await getTask(console, task)).derived.state).toBe('Finished');
    await deleteTask(console, task);
    await world.untilGone(console, namespace, name);
    await world.pass(settleMs);
    expect((await getTask(console, { namespace, name: 'again' })).derived.state).toBe('Mirroring');
    expect(await copiesDuring(world, scenario, 10_000)).toBeGreaterThan(0);
  });

  test('that is paused keeps its place: a second task for the same workload is refused', async () => {
    const existing = scenarios[5]!;
    await createTask(console, existing.input);
    await world.untilState(console, 'httpbin', existing.input.name, 'Mirroring');
    await pauseTask(console, { namespace: 'httpbin', name: existing.input.name });
    await world.untilState(console, 'httpbin', existing.input.name, 'Paused');
    await expect(createTask(console, { ...existing.input, name: 'second' })).rejects.toMatchObject({
      code: 'plan_infeasible',
      details: [{ code: 'check.task_rival.fail' }],
    });
  });

  test('that kept its workload behind pins tells when a pin is lost', async () => {
    const pinning = scenarios[4]!;
    const key = { namespace, name: pinning.input.name };
    pinning.prepare?.(world);
    await world.pass(settleMs);
    await createTask(console, pinning.input);
    await world.untilState(console, key.namespace, key.name, 'Mirroring');
    await finishTask(console, key, { keepWorkload: true });
    await world.untilState(console, key.namespace, key.name, 'Finished');
    world.owner.edit<VirtualService>('VirtualService', namespace, 'details', ({ spec }) => {
      delete spec.http?.[0]?.route?.[0]?.destination.subset;
    });
    const drifted = await world.untilState(console, key.namespace, key.name, 'Drifted');
    expect(drifted.derived.reason?.code).toBe('drift_serves_live');
  });

  test('of which the console died after any write of finishing is finished when it continues', async () => {
    const before = ownersObjects(world);
    await start();
    await finishTask(
      world.console('admin', (cluster) => dyingAt(cluster, 0, 'after')),
      task,
      { keepWorkload: false },
    );
    for (let deaths = 1; ; deaths++) {
      const next = world.console('admin', (cluster) => dyingAt(cluster, 0, 'after'));
      await world.until('it is left or over', async () => {
        const { derived } = await getTask(next, task);
        return derived.state === 'Incomplete' || derived.state === 'Finished';
      });
      if ((await getTask(next, task)).derived.state === 'Finished') {
        expect(deaths).toBeGreaterThan(3);
        break;
      }
      await retryTask(next, task);
    }
    await world.pass(2 * settleMs);
    expect(withoutRecord(ownersObjects(world), task).others).toEqual(before);
    expectClientsUntouched(world, scenario);
  });
});
