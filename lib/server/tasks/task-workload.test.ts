import { describe, expect } from 'vitest';
import type { Deployment, KubeObject } from '@/lib/domain/kubernetes';
import type { NewVersionTarget } from '@/lib/domain/task';
import type { Cluster, WriteOptions } from '@/lib/server/cluster/cluster';
import { ClusterError } from '@/lib/server/cluster/cluster-error';
import { changeRequest, changeTask } from './change-task';
import { createTask } from './create-task';
import { getTask } from './get-task';
import { pauseTask } from './pause-task';
import { planVerbOnTask } from './plan-task';
import { retryTask } from './retry-task';
import { rollbackTask } from './rollback-task';
import { dyingAt, intercepting } from './testing/count-calls';
import { copiesDuring, expectClientsUntouched, expectDeletedWhole, scenarios, startTask } from './testing/scenarios';
import { console, test, world } from './testing/in-world';
import { settleMs } from './testing/world';
import { readTaskInput } from './view/task-input';

const [subset, dedicated] = scenarios as [(typeof scenarios)[number], (typeof scenarios)[number]];
const v3 = 'kubesphere/examples-bookinfo-reviews-v3:1.16.2';
const broken = 'example/no-such-image:1';
const running = (image: string) => [{ name: 'reviews', image }];

describe.each([subset, dedicated])('$title', (scenario) => {
  const { namespace, name } = scenario.input;
  const task = { namespace, name };
  const workload = () => world.owner.get<Deployment>('Deployment', namespace, scenario.mirror);
  const imageNow = () => workload().spec.template.spec.containers[0]?.image;

  test('a running task gets another image and more replicas, by a plan that shows them, and no client notices', async () => {
    const before = await startTask(world, console, scenario);
    const labels = workload().spec.template.metadata?.labels;
    const wish = { percentage: 50, replicas: 2, containers: running(v3) };
    const plan = await planVerbOnTask(console, task, await changeRequest(console, task, wish));
    expect(plan.checks.map(({ code, severity }) => [code, severity])).toEqual([
      ['server_dry_run', 'pass'],
      ['quota', 'pass'],
    ]);
    expect(plan.steps.map(({ id }) => id)).toEqual(['change-workload', 'ready', `mirror:${namespace}/reviews`]);
    const change = plan.changes.find(({ ref }) => ref.kind === 'Deployment');
    const after = change?.after as Deployment;
    expect(after.spec).toMatchObject({ replicas: 2, template: { spec: { containers: [{ image: v3 }] } } });
    expect(imageNow()).not.toBe(v3);

    await changeTask(console, task, wish);
    const { record } = await world.untilState(console, namespace, name, 'Mirroring');
    expect(workload().spec.template.metadata?.labels).toEqual(labels);
    expect([imageNow(), workload().spec.replicas, workload().status?.readyReplicas]).toEqual([v3, 2, 2]);
    expect(record.spec.targets[0].input).toMatchObject({ replicas: 2, containers: [{ name: 'reviews', image: v3 }] });
    expect(await readTaskInput(console, namespace, name)).toMatchObject({ target: { replicas: 2 } });
    await world.pass(settleMs);
    expect(await copiesDuring(world, scenario, 20_000)).toBeGreaterThan(0);
    expectClientsUntouched(world, scenario);

    await expectDeletedWhole(world, console, scenario, before);
  });

  test('an image that cannot be pulled leaves the task Incomplete with the reason, and Cancel puts the old one back', async () => {
    await startTask(world, console, scenario);
    const image = imageNow();
    await changeTask(console, task, { percentage: 10, containers: running(broken) });
    await world.until('the task tells', async () => {
      const { derived } = await getTask(console, task);
      return derived.state === 'Degraded' && derived.reason?.code === 'mirror_image';
    });
    const { record, derived } = await world.untilState(console, namespace, name, 'Incomplete');
    expect(derived.reason).toMatchObject({ code: 'mirror_image', params: { image: broken, container: 'reviews' } });
    // The old pods answered all the while, and the share waited for the new ones.
    expect(record.operation?.steps.map(({ id, state }) => [id, state])).toEqual([
      ['change-workload', 'done'],
      ['ready', 'failed'],
      [`mirror:${namespace}/reviews`, 'pending'],
    ]);
    expect(await copiesDuring(world, scenario, 10_000)).toBeGreaterThan(0);

    await rollbackTask(console, task);
    const back = await world.untilState(console, namespace, name, 'Mirroring');
    expect(imageNow()).toBe(image);
    expect(back.record.spec.targets[0].percentage).toBe(scenario.input.percentage);
    expect(back.record.spec.targets[0].deployment?.spec.template.spec.containers[0]?.image).toBe(image);
    expectClientsUntouched(world, scenario);
  });

  test('what somebody else sets meanwhile stops the change, and stays when it is cancelled', async () => {
    await startTask(world, console, scenario);
    await changeTask(console, task, { containers: running(broken) });
    await world.untilState(console, namespace, name, 'Incomplete');
    world.owner.edit<Deployment>('Deployment', namespace, scenario.mirror, ({ spec }) => {
      spec.template.spec.containers[0]!.image = v3;
    });
    await retryTask(console, task);
    const { derived } = await world.untilState(console, namespace, name, 'Incomplete');
    expect(derived.reason).toMatchObject({ code: 'workload_field_changed', params: { field: 'reviews.image' } });
    await rollbackTask(console, task);
    await world.untilState(console, namespace, name, 'Mirroring');
    expect(imageNow()).toBe(v3);
    expectClientsUntouched(world, scenario);
  });

  test('a paused task changes its workload and copies nothing', async () => {
    await startTask(world, console, scenario);
    await pauseTask(console, task);
    await world.untilState(console, namespace, name, 'Paused');
    await changeTask(console, task, { containers: running(v3) });
    await world.untilState(console, namespace, name, 'Paused');
    expect(imageNow()).toBe(v3);
    expect(await copiesDuring(world, scenario, 10_000)).toBe(0);
    expectClientsUntouched(world, scenario);
  });
});

describe('a pause of a change whose write of the workload is not noted', () => {
  const { namespace, name } = dedicated.input;
  const task = { namespace, name };
  const imageNow = () =>
    world.owner.get<Deployment>('Deployment', namespace, dedicated.mirror).spec.template.spec.containers[0]?.image;

  test.each<[string, (cluster: Cluster) => Cluster]>([
    ['refused', (cluster) => refusingWorkloads(cluster)],
    ['made, and its console died', (cluster) => dyingAt(cluster, 0, 'after')],
    ['not made, and its console died', (cluster) => dyingAt(cluster, 0, 'before')],
  ])('leaves the workload, and what the task says of it, as before it (%s)', async (_, broken) => {
    const before = await startTask(world, console, dedicated);
    const image = imageNow();
    void changeTask(world.console('admin', broken), task, { containers: running(v3) });
    await world.untilState(console, namespace, name, 'Incomplete');
    await pauseTask(console, task);
    const { record } = await world.untilState(console, namespace, name, 'Paused');
    const [{ input, deployment }] = record.spec.targets;
    const said = [input, deployment?.spec.template.spec].map((of) => (of as NewVersionTarget).containers[0]?.image);
    expect([imageNow(), ...said]).toEqual([image, image, image]);
    await expectDeletedWhole(world, console, dedicated, before);
  });
});

/** The cluster, refusing to replace Deployments. */
function refusingWorkloads(cluster: Cluster): Cluster {
  return intercepting(cluster, {
    update: async (proceed, [object, options]) => {
      const isMeant = (object as KubeObject).kind === 'Deployment' && (options as WriteOptions)?.dryRun !== true;
      if (isMeant) throw new ClusterError('forbidden', 'denied by a webhook', { status: 403 });
      return proceed();
    },
  });
}

test('a share is changed without touching a workload, or waiting for one that is not ready', async () => {
  const { namespace, name } = dedicated.input;
  await startTask(world, console, dedicated);
  world.owner.edit<Deployment>('Deployment', namespace, dedicated.mirror, ({ spec }) => {
    spec.template.spec.containers[0]!.image = broken;
  });
  await changeTask(console, { namespace, name }, { percentage: 5 });
  const { record } = await world.untilState(console, namespace, name, 'Degraded');
  expect(record.spec.targets[0].percentage).toBe(5);
});

test('a broken new version is mended by another image', async () => {
  const { namespace, name } = dedicated.input;
  await startTask(world, console, dedicated);
  await changeTask(console, { namespace, name }, { containers: running(broken) });
  await world.untilState(console, namespace, name, 'Incomplete');
  await rollbackTask(console, { namespace, name });
  await world.untilState(console, namespace, name, 'Mirroring');
  world.owner.edit<Deployment>('Deployment', namespace, dedicated.mirror, ({ spec }) => {
    spec.template.spec.containers[0]!.image = broken;
  });
  await world.untilState(console, namespace, name, 'Degraded');
  // Long enough for the Deployment's controller to give up.
  await world.pass(11 * 60_000);
  await changeTask(console, { namespace, name }, { containers: running(v3) });
  await world.untilState(console, namespace, name, 'Mirroring');
  expectClientsUntouched(world, dedicated);
});

describe('refuses, naming the field,', () => {
  test('more variables than a record may hold', async () => {
    await startTask(world, console, dedicated);
    const env = Array.from({ length: 60 }, (_, n) => ({ name: `V${n}`, value: 'x'.repeat(1500) }));
    const { namespace, name } = dedicated.input;
    await expect(
      changeTask(console, { namespace, name }, { containers: [{ name: 'reviews', env }] }),
    ).rejects.toMatchObject({ code: 'payload_too_large' });
    expect((await getTask(console, { namespace, name })).record.operation).toBeNull();
  });

  test('what is not a container of the new version', async () => {
    const { namespace, name } = dedicated.input;
    await startTask(world, console, dedicated);
    const wish = { containers: [...running(v3), { name: 'nobody', image: v3 }] };
    await expect(changeTask(console, { namespace, name }, wish)).rejects.toMatchObject({
      code: 'invalid_input',
      details: [{ path: 'containers[1].name', code: 'change_container', params: { container: 'nobody' } }],
    });
  });

  test('a workload that stood before the task', async () => {
    const existing = scenarios.at(-1)!;
    const { namespace, name } = existing.input;
    await startTask(world, console, existing);
    await expect(changeTask(console, { namespace, name }, { replicas: 2 })).rejects.toMatchObject({
      code: 'invalid_input',
      details: [{ path: 'replicas', code: 'change_existing', params: { workload: 'httpbin-v2' } }],
    });
  });

  test('a target that is not a version of the service', async () => {
    const target = { kind: 'service', namespace: 'demo-project', name: 'details', port: 9080 } as const;
    const input = { namespace: 'demo-project', name: 'elsewhere', description: '', service: 'reviews', percentage: 10 };
    await createTask(console, { ...input, target });
    await world.untilState(console, 'demo-project', 'elsewhere', 'Mirroring');
    const task = { namespace: 'demo-project', name: 'elsewhere' };
    await expect(changeTask(console, task, { containers: running(v3) })).rejects.toMatchObject({
      code: 'invalid_input',
      details: [{ path: 'containers', code: 'change_elsewhere' }],
    });
  });

  test('who may not write Deployments', async () => {
    const { namespace, name } = dedicated.input;
    await startTask(world, console, dedicated);
    const viewer = world.console('viewer');
    await expect(changeTask(viewer, { namespace, name }, { replicas: 2 })).rejects.toMatchObject({ code: 'forbidden' });
  });
});
