import { beforeEach, describe, expect } from 'vitest';
import type { CreateTaskInput } from '@/lib/contract/create-task-input';
import type { DestinationRule, KubeObject, Service, ServiceEntry, VirtualService } from '@/lib/domain/kubernetes';
import { ClusterError } from '@/lib/server/cluster/cluster-error';
import { changeTask } from './change-task';
import { createTask } from './create-task';
import { deleteTask } from './delete-task';
import { finishTask } from './finish-task';
import { getTask } from './get-task';
import { pauseTask } from './pause-task';
import { planTask } from './plan-task';
import { restoreTask } from './restore-task';
import { resumeTask } from './resume-task';
import { retryTask } from './retry-task';
import { rollbackTask } from './rollback-task';
import { dyingAt, intercepting, notingWrites } from './testing/count-calls';
import { ownersObjects } from './testing/scenarios';
import { console, test, world } from './testing/in-world';
import { settleMs } from './testing/world';
import { listManifests } from './view/task-manifests';
import { listTaskPods } from './view/task-pods';
import { toTask } from './view/to-task';

beforeEach(() => world.pass(settleMs));

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
    expect(running.record.spec.targets[0].placement).toBeNull();
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
    expect(coverage).toMatchObject([{ value: null, arrivedPerSecond: null, reason: { code: 'coverage_own_traffic' } }]);
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

  test('is refused where policies of the target refuse every copy, and is told of where they cannot be read', async () => {
    const authorization = async (context = console) => {
      const { checks } = await planTask(context, toService());
      return checks.filter(({ code }) => code === 'authorization');
    };
    expect(await authorization()).toMatchObject([{ severity: 'pass', params: { side: 'service' } }]);
    world.owner.create({
      apiVersion: 'security.istio.io/v1',
      kind: 'AuthorizationPolicy',
      metadata: { name: 'closed', namespace: 'httpbin' },
      spec: { action: 'DENY', rules: [{}] },
    } as KubeObject);
    await world.pass(settleMs);
    expect(await authorization()).toMatchObject([{ severity: 'fail', params: { policies: 'closed' } }]);
    const withoutPolicies = world.console('admin', (cluster) =>
      intercepting(cluster, {
        list: (proceed, [kind, where]) =>
          kind === 'AuthorizationPolicy' && where === 'httpbin'
            ? Promise.reject(new ClusterError('forbidden', 'list authorizationpolicies'))
            : proceed(),
      }),
    );
    expect(await authorization(withoutPolicies)).toMatchObject([
      { severity: 'unknown', params: { kinds: 'AuthorizationPolicy', namespaces: 'httpbin' } },
    ]);
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

const host = 'replay.example.com';
const toHost = (target: Partial<Extract<CreateTaskInput['target'], { kind: 'external' }>> = {}): CreateTaskInput => ({
  ...task,
  description: '',
  service: 'reviews',
  target: { kind: 'external', host, port: 80, tls: false, ...target },
  percentage: 100,
});
const made = 'reviews-mirror-reviews-elsewhere';

async function copiesOutside(ms: number, to = host): Promise<number> {
  const { counters } = world.sandbox.mesh;
  const before = counters.copiesTo('', to);
  await world.pass(ms);
  expect(counters.clientFailures()).toEqual([]);
  return counters.copiesTo('', to) - before;
}

describe('a task whose copies go to a host outside the mesh', () => {
  test('makes the host known, copies to it by every verb, and leaves nothing of its own', async () => {
    const before = ownersObjects(world);
    await createTask(console, toHost());
    await world.untilState(console, namespace, name, 'Mirroring');
    expect(world.owner.get<ServiceEntry>('ServiceEntry', namespace, made).spec).toEqual({
      hosts: [host],
      exportTo: ['.'],
      location: 'MESH_EXTERNAL',
      resolution: 'DNS',
      ports: [{ number: 80, name: 'http-80', protocol: 'HTTP' }],
    });
    expect(mirrorOfReviews()).toEqual({ host, port: { number: 80 } });
    await world.pass(settleMs);
    const all = await copiesOutside(20_000);
    expect(all).toBeGreaterThan(50);
    await pauseTask(console, task);
    await world.untilState(console, namespace, name, 'Paused');
    expect(await copiesOutside(20_000)).toBe(0);
    await changeTask(console, task, { percentage: 10 });
    await world.untilState(console, namespace, name, 'Paused');
    await resumeTask(console, task);
    await world.untilState(console, namespace, name, 'Mirroring');
    await world.pass(settleMs);
    const tenth = await copiesOutside(20_000);
    expect(tenth).toBeGreaterThan(0);
    expect(tenth).toBeLessThan(all / 3);
    await deleteTask(console, task);
    await world.untilGone(console, namespace, name);
    await world.pass(settleMs);
    expect(await copiesOutside(20_000)).toBe(0);
    expect(ownersObjects(world)).toEqual(before);
  });

  test('has proxies speak TLS to it under a port that nobody calls, with the rule there before the host', async () => {
    const noted: string[] = [];
    const watched = world.console('admin', (cluster) => notingWrites(cluster, noted));
    await createTask(watched, toHost({ port: 443, tls: true }));
    await world.untilState(watched, namespace, name, 'Mirroring');
    expect(noted.splice(0)).toEqual(['create DestinationRule', 'create ServiceEntry', 'update VirtualService']);
    const [port] = world.owner.get<ServiceEntry>('ServiceEntry', namespace, made).spec.ports ?? [];
    expect(port).toMatchObject({ protocol: 'HTTP', targetPort: 443 });
    expect(port?.number).toBeGreaterThanOrEqual(20_000);
    expect(mirrorOfReviews()).toEqual({ host, port: { number: port?.number } });
    expect(world.owner.get<DestinationRule>('DestinationRule', namespace, made).spec).toEqual({
      host,
      exportTo: ['.'],
      trafficPolicy: { tls: { mode: 'SIMPLE', sni: host, subjectAltNames: [host] } },
    });
    await deleteTask(watched, task);
    await world.untilGone(watched, namespace, name);
    expect(noted).toEqual([
      'update VirtualService',
      'update VirtualService',
      'delete ServiceEntry',
      'delete DestinationRule',
    ]);
  });

  test('exports the host to the namespaces that callers are measured in, and to no other', async () => {
    world.callers = { namespaces: ['httpbin', 'demo-project'], ofHost: [] };
    await createTask(console, toHost());
    await world.untilState(console, namespace, name, 'Mirroring');
    expect(world.owner.get<ServiceEntry>('ServiceEntry', namespace, made).spec.exportTo).toEqual(['.', 'httpbin']);
  });

  test('uses an entry that somebody made, and leaves it as it is', async () => {
    const before = ownersObjects(world);
    const ours = { namespace: 'my-app', name };
    await createTask(console, {
      ...toHost({ host: 'external-service.example.com' }),
      ...ours,
      service: 'my-app',
    });
    await world.untilState(console, 'my-app', name, 'Mirroring');
    await world.pass(settleMs);
    expect(await copiesOutside(20_000, 'external-service.example.com')).toBeGreaterThan(50);
    await deleteTask(console, ours);
    await world.untilGone(console, 'my-app', name);
    expect(ownersObjects(world)).toEqual(before);
  });

  test.each([
    ['continued', 0],
    ['continued', 1],
    ['continued', 2],
    ['taken back', 0],
    ['taken back', 1],
    ['taken back', 2],
  ] as const)('can be %s when the console dies after write %i of its creation', async (end, nth) => {
    const before = ownersObjects(world);
    await createTask(
      world.console('admin', (cluster) => dyingAt(cluster, nth, 'after')),
      toHost({ port: 443, tls: true }),
    );
    await world.untilState(console, namespace, name, 'Incomplete');
    if (end === 'continued') {
      await retryTask(console, task);
      await world.untilState(console, namespace, name, 'Mirroring');
      await world.pass(settleMs);
      expect(await copiesOutside(20_000)).toBeGreaterThan(0);
      return;
    }
    await rollbackTask(console, task);
    await world.untilGone(console, namespace, name);
    expect(ownersObjects(world)).toEqual(before);
  });

  test.each([
    ['the ServiceEntry was taken away', () => world.owner.delete('ServiceEntry', namespace, made)],
    [
      'the ServiceEntry leads elsewhere',
      () =>
        world.owner.edit<ServiceEntry>('ServiceEntry', namespace, made, ({ spec }) => (spec.hosts = ['x.example.com'])),
    ],
    ['the rule for TLS was taken away', () => world.owner.delete('DestinationRule', namespace, made)],
  ])('tells that %s, and restores it', async (_, change) => {
    await createTask(console, toHost({ port: 443, tls: true }));
    await world.untilState(console, namespace, name, 'Mirroring');
    const before = ownersObjects(world);
    change();
    const drifted = await world.untilState(console, namespace, name, 'Drifted');
    expect(drifted.derived.reason?.code).toMatch(/^drift_external_/);
    await restoreTask(console, task);
    await world.untilState(console, namespace, name, 'Mirroring');
    const shape = (objects: Record<string, unknown>) =>
      Object.entries(objects).map(([key, object]) => [key, (object as { spec?: unknown }).spec]);
    expect(shape(ownersObjects(world))).toEqual(shape(before));
  });

  test('tells no number of what arrives there, and why', async () => {
    await createTask(console, toHost());
    const view = await world.untilState(console, namespace, name, 'Mirroring');
    expect(view.coverage).toMatchObject([{ value: null, reason: { code: 'coverage_external' } }]);
    expect(toTask(view, 'en').targets).toMatchObject([
      { kind: 'external', name: host, port: 80, label: host, replicas: null, workload: null },
    ]);
    expect((await listTaskPods(console, namespace, name)).filter(({ side }) => side === 'mirror')).toEqual([]);
  });

  test('is refused where live requests would go another way, or copies to a name inside the cluster', async () => {
    expect(await failedChecks(toHost())).toEqual([]);
    expect(await failedChecks(toHost({ port: 443 }))).toEqual(['external_entry https']);
    expect(await failedChecks(toHost({ host: 'httpbin.httpbin.svc.cluster.local' }))).toEqual([
      'external_entry in_cluster',
    ]);
    world.callers = { namespaces: ['demo-project'], ofHost: ['demo-project/reviews-v1'] };
    expect(await failedChecks(toHost())).toEqual(['external_called undefined']);
  });
});
