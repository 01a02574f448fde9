import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { CreateTaskInput } from '@/lib/contract/create-task-input';
import type { Service, VirtualService } from '@/lib/domain/kubernetes';
import { changeTask } from './change-task';
import type { TaskContext } from './context';
import { createTask } from './create-task';
import { deleteTask } from './delete-task';
import { finishTask } from './finish-task';
import { getTask } from './get-task';
import { pauseTask } from './pause-task';
import { planTask } from './plan-task';
import { resumeTask } from './resume-task';
import { retryTask } from './retry-task';
import { rollbackTask } from './rollback-task';
import { dyingAt, notingWrites } from './testing/count-calls';
import { ownersObjects } from './testing/scenarios';
import { settleMs, World } from './testing/world';
import { listManifests } from './view/task-manifests';
import { listTaskPods } from './view/task-pods';
import { toTask } from './view/to-task';

let world: World;
let console: TaskContext;
beforeEach(async () => {
  world = await World.start();
  console = world.console();
  await world.pass(settleMs);
});
afterEach(() => world.stop());

const namespace = 'demo-project';
const name = 'reviews-elsewhere';
const task = { namespace, name };
type ServiceTarget = Extract<CreateTaskInput['target'], { kind: 'service' }>;

const toService = (target: Partial<ServiceTarget> = {}): CreateTaskInput => ({
  ...task,
  description: '',
  service: 'reviews',
  target: { kind: 'service', namespace: 'httpbin', name: 'httpbin', port: 8000, ...target },
  percentage: 100,
});

const mirrorOfReviews = () =>
  world.owner.get<VirtualService>('VirtualService', namespace, 'reviews').spec.http?.[0]?.mirror;

/** Copies that arrive at the target while time passes, and whether a client lost a request by then. */
async function copiesToHttpbin(ms: number): Promise<number> {
  const { counters } = world.sandbox.mesh;
  const now = () => counters.copiesTo('httpbin', 'httpbin-v1') + counters.copiesTo('httpbin', 'httpbin-v2');
  const before = now();
  await world.pass(ms);
  expect(counters.clientFailures()).toEqual([]);
  return now() - before;
}

async function failedChecks(input: CreateTaskInput): Promise<string[]> {
  const { checks } = await planTask(console, input);
  return checks.filter(({ severity }) => severity === 'fail').map(({ code, params }) => `${code} ${params['reason']}`);
}

describe('a task whose copies go to another service', () => {
  test('copies to it by every verb, and leaves both services as their owners had them', async () => {
    const before = ownersObjects(world);
    await createTask(console, toService());
    const running = await world.untilState(console, namespace, name, 'Mirroring');
    expect(running.record.spec.placement).toBeNull();
    expect(mirrorOfReviews()).toEqual({ host: 'httpbin.httpbin.svc.cluster.local', port: { number: 8000 } });
    await world.pass(settleMs);
    const all = await copiesToHttpbin(20_000);
    expect(all).toBeGreaterThan(50);

    await changeTask(console, task, { percentage: 10 });
    await world.untilState(console, namespace, name, 'Mirroring');
    await world.pass(settleMs);
    const tenth = await copiesToHttpbin(20_000);
    expect(tenth).toBeGreaterThan(0);
    expect(tenth).toBeLessThan(all / 3);

    await pauseTask(console, task);
    await world.untilState(console, namespace, name, 'Paused');
    expect(await copiesToHttpbin(20_000)).toBe(0);
    await resumeTask(console, task);
    await world.untilState(console, namespace, name, 'Mirroring');
    await world.pass(settleMs);
    expect(await copiesToHttpbin(20_000)).toBeGreaterThan(0);

    await deleteTask(console, task);
    await world.untilGone(console, namespace, name);
    await world.pass(settleMs);
    expect(await copiesToHttpbin(20_000)).toBe(0);
    expect(ownersObjects(world)).toEqual(before);
  });

  test('finishes with its copies taken out and no workload kept, though one was asked to stay', async () => {
    await createTask(console, toService());
    await world.untilState(console, namespace, name, 'Mirroring');
    await finishTask(console, task, { keepWorkload: true });
    const finished = await world.untilState(console, namespace, name, 'Finished');
    expect(finished.keepsWorkload).toBe(false);
    expect(mirrorOfReviews()).toBeUndefined();
  });

  test('writes nothing but the routes of the service whose requests it copies', async () => {
    const noted: string[] = [];
    const watched = world.console('admin', (cluster) => notingWrites(cluster, noted));
    await createTask(watched, toService());
    await world.untilState(watched, namespace, name, 'Mirroring');
    expect(noted.splice(0)).toEqual(['update VirtualService']);
    await deleteTask(watched, task);
    await world.untilGone(watched, namespace, name);
    expect(noted).toEqual(['update VirtualService', 'update VirtualService']);
  });

  test.each([
    ['continued', 'before'],
    ['continued', 'after'],
    ['taken back', 'before'],
    ['taken back', 'after'],
  ] as const)('can be %s when the console dies just %s it puts the copies in', async (end, when) => {
    const before = ownersObjects(world);
    await createTask(
      world.console('admin', (cluster) => dyingAt(cluster, 0, when)),
      toService(),
    );
    await world.untilState(console, namespace, name, 'Incomplete');
    if (end === 'continued') {
      await retryTask(console, task);
      await world.untilState(console, namespace, name, 'Mirroring');
      await world.pass(settleMs);
      expect(await copiesToHttpbin(20_000)).toBeGreaterThan(0);
      return;
    }
    await rollbackTask(console, task);
    await world.untilGone(console, namespace, name);
    expect(ownersObjects(world)).toEqual(before);
  });

  test('tells no coverage, and says why: its own clients are counted with the copies', async () => {
    await createTask(console, toService());
    const { coverage } = await world.untilState(console, namespace, name, 'Mirroring');
    expect(coverage).toMatchObject({ value: null, arrivedPerSecond: null, reason: { code: 'coverage_own_traffic' } });
  });

  test('names the target in its answer, with the pods that the Service selects', async () => {
    await createTask(console, toService());
    const view = await world.untilState(console, namespace, name, 'Mirroring');
    expect(toTask(view, 'en').targets).toMatchObject([
      { kind: 'service', namespace: 'httpbin', name: 'httpbin', port: 8000, label: 'httpbin.httpbin', workload: null },
    ]);
    const pods = (await listTaskPods(console, namespace, name)).filter(({ side }) => side === 'mirror');
    expect(pods.map((pod) => pod.name.replace(/-[^-]+-[^-]+$/, '')).toSorted()).toEqual(['httpbin-v1', 'httpbin-v2']);
    const manifests = await listManifests(console, namespace, name);
    expect(manifests.map(({ kind, relation }) => `${relation} ${kind}`)).toEqual([
      'edited VirtualService',
      'created ConfigMap',
    ]);
  });

  test('says that copies are lost when the Service goes, without touching anything', async () => {
    await createTask(console, toService());
    await world.untilState(console, namespace, name, 'Mirroring');
    world.owner.delete('Service', 'httpbin', 'httpbin');
    await world.until('the task is degraded', async () => {
      const { derived } = await getTask(console, task);
      return derived.reason?.code === 'target_service_gone' && derived.state === 'Degraded';
    });
    await deleteTask(console, task);
    await world.untilGone(console, namespace, name);
  });

  test('is refused where copies would go nowhere, or to the service itself', async () => {
    expect(await failedChecks(toService({ name: 'nothing' }))).toEqual(['target_service missing']);
    expect(await failedChecks(toService({ port: 8001 }))).toEqual(['target_port missing']);
    expect(await failedChecks(toService({ namespace, name: 'reviews', port: 9080 }))).toContain('target_service same');
    expect(await failedChecks(toService({ namespace, name: 'mongodb', port: 27_017 }))).toEqual([
      'target_port not_http',
    ]);
    world.owner.edit<Service>('Service', 'httpbin', 'httpbin', ({ metadata }) => {
      metadata.annotations = { 'networking.istio.io/exportTo': '.' };
    });
    await world.until('the annotation is seen', async () =>
      (await failedChecks(toService())).some((check) => check.startsWith('target_visible')),
    );
  });
});
