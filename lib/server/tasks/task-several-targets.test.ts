import { beforeEach, describe, expect } from 'vitest';
import type { CreateTaskInput } from '@/lib/contract/create-task-input';
import type { Deployment, DestinationRule, VirtualService } from '@/lib/domain/kubernetes';
import { sameJson } from '@/lib/domain/structure';
import { changeTask } from './change-task';
import { createTask } from './create-task';
import { deleteTask } from './delete-task';
import { finishTask } from './finish-task';
import { getTask } from './get-task';
import { pauseTask } from './pause-task';
import { resumeTask } from './resume-task';
import { retryTask } from './retry-task';
import { rollbackTask } from './rollback-task';
import { dyingAt } from './testing/count-calls';
import { expectClientsUntouched, ownersObjects } from './testing/scenarios';
import { console, test, world } from './testing/in-world';
import { settleMs } from './testing/world';
import { readTaskInput } from './view/task-input';
import { toTask } from './view/to-task';

beforeEach(() => world.pass(settleMs));

const namespace = 'demo-project';
const name = 'reviews-multi';
const task = { namespace, name };
const image = 'kubesphere/examples-bookinfo-reviews-v2:1.16.2';
type Targets = NonNullable<CreateTaskInput['targets']>;
const version = (text: string, percentage: number): Targets[number] => ({
  kind: 'version',
  version: text,
  replicas: 1,
  containers: [{ name: 'reviews', image }],
  percentage,
});

/** The guide's 4.2: 30 % to one new version, 20 % to another one. */
const asked = (targets: Targets = [version('v2', 30), version('v3', 20)]): CreateTaskInput => ({
  ...task,
  description: '',
  service: 'reviews',
  targets,
});

const firstRoute = () => world.owner.get<VirtualService>('VirtualService', namespace, 'reviews').spec.http?.[0];
const shares = () =>
  (firstRoute()?.mirrors ?? []).map(({ destination, percentage }) => [
    destination.subset ?? destination.host,
    percentage?.value,
  ]);

/** Copies that arrive at each workload while time passes; no client may lose a request by then. */
async function copiesDuring(ms: number, workloads = ['reviews-v2', 'reviews-v3']): Promise<number[]> {
  const { counters } = world.sandbox.mesh;
  const now = () => workloads.map((workload) => counters.copiesTo(namespace, workload));
  const before = now();
  await world.pass(ms);
  expect(counters.clientFailures()).toEqual([]);
  return now().map((count, index) => count - (before[index] ?? 0));
}

async function running(input = asked()) {
  await createTask(console, input);
  const view = await world.untilState(console, namespace, name, 'Mirroring');
  await world.pass(settleMs);
  return view;
}

describe('a task with two new versions', () => {
  test('copies its share to each by every verb, and leaves everything as the owner had it', async () => {
    const before = ownersObjects(world);
    const view = await running();
    expect(view.record.spec.targets.map(({ id, placement }) => [id, placement])).toEqual([
      ['version', 'subset'],
      ['version-2', 'subset'],
    ]);
    expect(shares()).toEqual([
      ['v2', 30],
      ['v3', 20],
    ]);
    expect(firstRoute()?.mirror).toBeUndefined();
    expect(world.owner.get<DestinationRule>('DestinationRule', namespace, 'reviews').spec.subsets).toHaveLength(3);
    const [v2 = 0, v3 = 0] = await copiesDuring(40_000);
    expect(v2).toBeGreaterThan(v3);
    expect(v3).toBeGreaterThan(0);

    await changeTask(console, task, { targets: [{ id: 'version-2', percentage: 100 }] });
    await world.untilState(console, namespace, name, 'Mirroring');
    expect(shares()).toEqual([
      ['v2', 30],
      ['v3', 100],
    ]);
    await expect(changeTask(console, task, { percentage: 5 })).rejects.toMatchObject({
      details: [{ path: 'percentage', code: 'percentage_of_each' }],
    });
    await expect(changeTask(console, task, { targets: [{ id: 'x', percentage: 5 }] })).rejects.toMatchObject({
      details: [{ path: 'targets[0].id', code: 'target_unknown' }],
    });

    await pauseTask(console, task);
    await world.untilState(console, namespace, name, 'Paused');
    expect(await copiesDuring(20_000)).toEqual([0, 0]);
    await resumeTask(console, task);
    await world.untilState(console, namespace, name, 'Mirroring');
    await world.pass(settleMs);
    for (const count of await copiesDuring(20_000)) expect(count).toBeGreaterThan(0);

    await finishTask(console, task, { keepWorkload: false });
    await world.untilState(console, namespace, name, 'Finished');
    expect(shares()).toEqual([]);
    await deleteTask(console, task);
    await world.untilGone(console, namespace, name);
    await world.pass(settleMs);
    expect(ownersObjects(world)).toEqual(before);
    for (const mirror of ['reviews-v2', 'reviews-v3']) expectClientsUntouched(world, { input: asked(), mirror });
  });

  test('tells of each its own share, pods and coverage, and gives a form to make another one by', async () => {
    const answer = toTask(await running(), 'en');
    expect(answer.targets.map(({ id, label, percentage, placement }) => [id, label, percentage, placement])).toEqual([
      ['version', 'v2', 30, 'subset'],
      ['version-2', 'v3', 20, 'subset'],
    ]);
    for (const { replicas, coverage, workload } of answer.targets) {
      expect(replicas, workload ?? '').toEqual({ ready: 1, desired: 1 });
      expect(coverage, workload ?? '').not.toBeNull();
    }
    const another = await readTaskInput(console, namespace, name);
    expect(another.target).toBeUndefined();
    expect(another.targets?.map((target) => [target.kind, target.percentage])).toEqual([
      ['version', 30],
      ['version', 20],
    ]);
  });

  test('gives one of its new versions another image, and leaves the other as it is, also when it is taken back', async () => {
    const view = await running();
    const imageOf = (workload: string) =>
      world.owner.get<Deployment>('Deployment', namespace, workload).spec.template.spec.containers[0]?.image;
    await changeTask(console, task, {
      targets: [
        { id: 'version', percentage: 10 },
        { id: 'version-2', replicas: 2, containers: [{ name: 'reviews', image: 'example/no-such-image:1' }] },
      ],
    });
    const { record } = await world.untilState(console, namespace, name, 'Incomplete');
    expect(record.operation?.steps.map(({ id, state }) => [id, state])).toEqual([
      ['change-workload:version-2', 'done'],
      ['ready:version-2', 'failed'],
      ['mirror:demo-project/reviews', 'pending'],
    ]);
    expect([imageOf('reviews-v2'), imageOf('reviews-v3')]).toEqual([image, 'example/no-such-image:1']);
    await rollbackTask(console, task);
    const back = await world.untilState(console, namespace, name, 'Mirroring');
    expect([imageOf('reviews-v2'), imageOf('reviews-v3')]).toEqual([image, image]);
    expect(back.record.spec.targets.map(({ percentage }) => percentage)).toEqual([30, 20]);
    expect(back.record.spec.targets.map(({ deployment }) => deployment)).toEqual(
      view.record.spec.targets.map(({ deployment }) => deployment),
    );

    await changeTask(console, task, { targets: [{ id: 'version-2', replicas: 2 }] });
    await world.untilState(console, namespace, name, 'Mirroring');
    expect(world.owner.get<Deployment>('Deployment', namespace, 'reviews-v3').status?.readyReplicas).toBe(2);
    expect(shares()).toEqual([
      ['v2', 30],
      ['v3', 20],
    ]);
    await expect(changeTask(console, task, { replicas: 2 })).rejects.toMatchObject({
      details: [{ path: 'replicas', code: 'change_of_each' }],
    });
    await expect(changeTask(console, task, { targets: [{ id: 'x', replicas: 2 }] })).rejects.toMatchObject({
      details: [{ path: 'targets[0].id', code: 'target_unknown' }],
    });
  });

  test('is raised by a ramp that says the share of each, one that a step does not name stays', async () => {
    await running();
    const ramp = [
      { targets: [{ id: 'version', percentage: 5 }], holdSeconds: 60 },
      {
        targets: [
          { id: 'version', percentage: 25 },
          { id: 'version-2', percentage: 50 },
        ],
      },
    ];
    await changeTask(console, task, { ramp });
    await world.untilState(console, namespace, name, 'Mirroring');
    expect(shares()).toEqual([
      ['v2', 5],
      ['v3', 20],
    ]);
    expect(toTask(await getTask(console, task), 'en').ramp?.steps.map(({ percentages }) => percentages)).toEqual([
      [5, 20],
      [25, 50],
    ]);
    await world.until('both are raised', () =>
      sameJson(shares(), [
        ['v2', 25],
        ['v3', 50],
      ]),
    );
    await world.until('the ramp is over', async () => !(await getTask(console, task)).record.ramp);
    for (const mirror of ['reviews-v2', 'reviews-v3']) expectClientsUntouched(world, { input: asked(), mirror });
  });

  test.each([
    ['one share for all', [{ percentage: 5 }], 'ramp[0].percentage', 'percentage_of_each'],
    [
      'a share of no target of it',
      [{ targets: [{ id: 'x', percentage: 5 }] }],
      'ramp[0].targets[0].id',
      'target_unknown',
    ],
    [
      'less than what a target has that its first step leaves alone',
      [
        { targets: [{ id: 'version', percentage: 5 }], holdSeconds: 60 },
        { targets: [{ id: 'version-2', percentage: 20 }] },
      ],
      'ramp[1].targets[0].percentage',
      'ramp_not_above',
    ],
  ])('has no ramp with %s', async (_, ramp, path, code) => {
    await running();
    await expect(changeTask(console, task, { ramp })).rejects.toMatchObject({ details: [{ path, code }] });
  });

  test('names what is each one’s own after its target where each stands apart', async () => {
    const before = ownersObjects(world);
    await running({ ...asked(), placement: 'dedicated' });
    expect(firstRoute()?.mirrors?.map(({ destination }) => destination.host)).toEqual([
      'reviews-mirror-reviews-multi-version.demo-project.svc.cluster.local',
      'reviews-mirror-reviews-multi-version-2.demo-project.svc.cluster.local',
    ]);
    for (const count of await copiesDuring(20_000)) expect(count).toBeGreaterThan(0);
    await deleteTask(console, task);
    await world.untilGone(console, namespace, name);
    expect(ownersObjects(world)).toEqual(before);
  });
});

describe('a task with a new version, another service and a host outside', () => {
  const mixed = () =>
    asked([
      version('v2', 50),
      { kind: 'service', namespace: 'httpbin', name: 'httpbin', port: 8000, percentage: 25 },
      { kind: 'external', host: 'replay.example.com', port: 443, tls: true, percentage: 10 },
    ]);

  test('copies to all three and takes back all it made', async () => {
    const before = ownersObjects(world);
    const view = await running(mixed());
    expect(shares()).toEqual([
      ['v2', 50],
      ['httpbin.httpbin.svc.cluster.local', 25],
      ['replay.example.com', 10],
    ]);
    expect(toTask(view, 'en').targets.map(({ coverage }) => coverage?.reason?.code)).toEqual([
      'metrics_not_configured',
      'coverage_own_traffic',
      'coverage_external',
    ]);
    await finishTask(console, task, { keepWorkload: true });
    const finished = await world.untilState(console, namespace, name, 'Finished');
    expect(finished.keepsWorkload).toBe(true);
    expect(finished.record.report?.others?.map(({ target, percentage }) => [target, percentage])).toEqual([
      ['service', 25],
      ['external', 10],
    ]);
    await deleteTask(console, task);
    await world.untilGone(console, namespace, name);
    await world.pass(settleMs);
    expect(ownersObjects(world)).toEqual(before);
  });
});

test.each([
  ['continued', 0],
  ['taken back', 1],
  ['continued', 2],
  ['taken back', 3],
  ['continued', 4],
  ['taken back', 5],
] as const)('a creation with two new versions can be %s when the console dies after its write %i', async (end, nth) => {
  const before = ownersObjects(world);
  await createTask(
    world.console('admin', (cluster) => dyingAt(cluster, nth, 'after')),
    asked(),
  );
  await world.untilState(console, namespace, name, 'Incomplete');
  if (end === 'continued') {
    await retryTask(console, task);
    await world.untilState(console, namespace, name, 'Mirroring');
    expect(shares()).toHaveLength(2);
    await deleteTask(console, task);
  } else {
    await rollbackTask(console, task);
  }
  await world.untilGone(console, namespace, name);
  expect(ownersObjects(world)).toEqual(before);
  expect(world.sandbox.mesh.counters.clientFailures()).toEqual([]);
});
