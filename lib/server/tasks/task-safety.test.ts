import { beforeEach, describe, expect } from 'vitest';
import type { CreateTaskInput } from '@/lib/contract/create-task-input';
import type { ConfigMap, Deployment, KubeObject } from '@/lib/domain/kubernetes';
import type { TaskRecord } from '@/lib/domain/task';
import { annotationPrefix } from '@/lib/sandbox/mesh/pods';
import { createTask } from './create-task';
import { deleteTask } from './delete-task';
import { getTask } from './get-task';
import { finishTask } from './finish-task';
import { planTask } from './plan-task';
import { restoreTask } from './restore-task';
import { retryTask } from './retry-task';
import { rollbackTask } from './rollback-task';
import { dyingAt } from './testing/count-calls';
import { expectClientsUntouched, ownersObjects, type Scenario } from './testing/scenarios';
import { console, test, world } from './testing/in-world';
import { newVersion, settleMs } from './testing/world';
import { listManifests } from './view/task-manifests';

// Its caller sends GET and POST.
const namespace = 'my-app';
const name = 'try';
const task = { namespace, name };
const policy = 'my-app-mirror-try-deny-writes';
const filter = 'my-app-mirror-try-marker';

const inputWith = (fields: Partial<CreateTaskInput> = {}): CreateTaskInput =>
  newVersion({ namespace, name, service: 'my-app', target: newTarget, ...fields }, []);
const newTarget = { kind: 'version' as const, version: 'v3', replicas: 1, containers: [] };
const scenarioOf = (input: CreateTaskInput, mirror = 'my-app-v3'): Scenario => ({
  title: '',
  input,
  mirror,
  placement: 'dedicated',
});

beforeEach(async () => {
  // Sidecars log some lines a second only: few requests, so that each has its line.
  world.owner.edit<Deployment>('Deployment', namespace, 'caller', ({ spec }) => {
    const annotations = spec.template.metadata?.annotations ?? {};
    annotations[`${annotationPrefix}requests`] = JSON.stringify(
      ['GET', 'POST'].map((method) => ({ host: 'my-app', port: 8080, method, path: '/api/items', perSecond: 3 })),
    );
  });
  await world.pass(30_000);
});

const running = async (input: CreateTaskInput) => {
  await createTask(console, input);
  await world.untilState(console, namespace, name, 'Mirroring');
  await world.pass(2 * settleMs);
};
const policyIn = (kind: 'AuthorizationPolicy' | 'EnvoyFilter', called: string) =>
  world.sandbox.store.get(
    kind === 'EnvoyFilter' ? 'networking.istio.io' : 'security.istio.io',
    kind,
    namespace,
    called,
  );
/** What a container of the mirror wrote of the requests with this method. */
const linesOf = (workload: string, container: string, method: string): string[] => {
  const pods = world.sandbox.store
    .list('', 'Pod', namespace)
    .filter(({ metadata }) => metadata.name.startsWith(`${workload}-`));
  return pods.flatMap(({ metadata }) =>
    world.sandbox.mesh.logs
      .lines(namespace, metadata.name, container)
      .map(({ text }) => text)
      .filter((text) => text.includes(method)),
  );
};
const copiesOf = (workload: string, method: string) => ({
  atProxy: linesOf(workload, 'istio-proxy', method),
  atApplication: linesOf(workload, 'my-app', method),
});

describe.each(['dedicated', 'subset'] as const)('a new version in %s placement', (placement) => {
  test('gets no copied write, unless that was asked for, and every other copy', async () => {
    const before = ownersObjects(world);
    await running(inputWith({ placement }));
    const [get, post] = [copiesOf('my-app-v3', 'GET'), copiesOf('my-app-v3', 'POST')];
    expect(get.atApplication.length).toBeGreaterThan(10);
    expect(post.atApplication).toEqual([]);
    expect(post.atProxy.length).toBeGreaterThan(10);
    for (const line of post.atProxy) expect(line).toContain('"response_code":403');
    expectClientsUntouched(world, scenarioOf(inputWith()));

    const listed = await listManifests(console, namespace, name);
    expect(listed.find(({ kind }) => kind === 'AuthorizationPolicy')).toMatchObject({
      name: policy,
      relation: 'created',
      before: null,
      now: expect.stringContaining('notMethods'),
    });
    await deleteTask(console, task);
    await world.untilGone(console, namespace, name);
    await world.pass(2 * settleMs);
    expect(ownersObjects(world)).toEqual(before);
  });

  test('gets copied writes when denying them is switched off', async () => {
    await running(inputWith({ placement, safety: { denyWrites: false } }));
    expect(copiesOf('my-app-v3', 'POST').atApplication.length).toBeGreaterThan(0);
    expect(policyIn('AuthorizationPolicy', policy)).toBeUndefined();
  });
});

test('somebody’s workload gets a policy only when that is asked for, and loses it when the task is finished', async () => {
  const target = { kind: 'version' as const, existing: 'my-app-canary' };
  const before = ownersObjects(world);
  await running(inputWith({ target, safety: { denyWrites: true } }));
  expect(copiesOf('my-app-canary', 'GET').atApplication.length).toBeGreaterThan(10);
  expect(copiesOf('my-app-canary', 'POST').atApplication).toEqual([]);
  await finishTask(console, task, { keepWorkload: false });
  await world.untilState(console, namespace, name, 'Finished');
  expect(policyIn('AuthorizationPolicy', policy)).toBeUndefined();
  await deleteTask(console, task);
  await world.untilGone(console, namespace, name);
  await world.pass(2 * settleMs);
  expect(ownersObjects(world)).toEqual(before);

  await running(inputWith({ target }));
  expect(copiesOf('my-app-canary', 'POST').atApplication.length).toBeGreaterThan(0);
});

test('a workload that is kept is not protected any more: whoever is led to it may write', async () => {
  await running(inputWith({ safety: { marker: true } }));
  await finishTask(console, task, { keepWorkload: true });
  await world.untilState(console, namespace, name, 'Finished');
  await world.pass(2 * settleMs);
  expect((await getTask(console, task)).derived.state).toBe('Finished');
  expect(policyIn('AuthorizationPolicy', policy)).toBeUndefined();
  expect(policyIn('EnvoyFilter', filter)).toBeUndefined();
});

test('a policy that somebody removes or opens is missed, and restored', async () => {
  await running(inputWith({ safety: { marker: true } }));
  world.owner.delete('AuthorizationPolicy', namespace, policy);
  const { derived } = await world.untilState(console, namespace, name, 'Drifted');
  expect(derived.reason).toMatchObject({ code: 'drift_policy_gone', params: { name: policy } });
  await restoreTask(console, task);
  await world.untilState(console, namespace, name, 'Mirroring');

  type Filter = KubeObject & { spec: { configPatches: unknown[] } };
  world.owner.edit<Filter>('EnvoyFilter', namespace, filter, ({ spec }) => (spec.configPatches = []));
  const opened = await world.untilState(console, namespace, name, 'Drifted');
  expect(opened.derived.reason).toMatchObject({ code: 'drift_policy_changed', params: { name: filter } });
  await restoreTask(console, task);
  await world.untilState(console, namespace, name, 'Mirroring');
  expect(policyIn('EnvoyFilter', filter)?.['spec'].configPatches).toHaveLength(1);
});

describe('a creation that stops after its first policy', () => {
  const input = inputWith({ safety: { denyWrites: true, marker: true } });
  const stopped = async () => {
    await createTask(
      world.console('admin', (cluster) => dyingAt(cluster, 0, 'after')),
      input,
    );
    await world.untilState(console, namespace, name, 'Incomplete');
    expect(policyIn('AuthorizationPolicy', policy)).toBeDefined();
  };

  test('is taken back whole', async () => {
    const before = ownersObjects(world);
    await stopped();
    await rollbackTask(console, task);
    await world.untilGone(console, namespace, name);
    await world.pass(2 * settleMs);
    expect(ownersObjects(world)).toEqual(before);
  });

  test('goes on, and denies writes from the first copy on', async () => {
    await stopped();
    await retryTask(console, task);
    await world.untilState(console, namespace, name, 'Mirroring');
    await world.pass(2 * settleMs);
    expect(copiesOf('my-app-v3', 'GET').atApplication.length).toBeGreaterThan(10);
    expect(copiesOf('my-app-v3', 'POST').atApplication).toEqual([]);
  });
});

test('a continued creation makes no policy for other pods because its record was edited', async () => {
  const target = { kind: 'version' as const, existing: 'my-app-canary' };
  await createTask(
    world.console('admin', (cluster) => dyingAt(cluster, 0, 'before')),
    inputWith({ target, safety: { denyWrites: true } }),
  );
  await world.untilState(console, namespace, name, 'Incomplete');
  world.owner.edit<ConfigMap>('ConfigMap', namespace, `mirror-console.${name}`, (map) => {
    const record = JSON.parse(map.data?.['record'] ?? '') as TaskRecord;
    record.spec.targets[0].policies!.selector = { app: 'my-app' };
    map.data = { record: JSON.stringify(record) };
  });
  await world.until('the edited record is read', async () => {
    const { derived, record } = await world.untilState(console, namespace, name, 'Incomplete');
    return derived.state === 'Incomplete' && record.spec.targets[0].policies?.selector['version'] === undefined;
  });
  await retryTask(console, task);
  const { derived } = await world.untilState(console, namespace, name, 'Incomplete');
  expect(derived.reason).toMatchObject({ code: 'not_as_reviewed', params: { kind: 'AuthorizationPolicy' } });
  expect(policyIn('AuthorizationPolicy', policy)).toBeUndefined();
});

test('somebody’s object of the policy’s name is left alone: the task is not begun', async () => {
  world.owner.create({
    apiVersion: 'security.istio.io/v1',
    kind: 'AuthorizationPolicy',
    metadata: { name: policy, namespace },
    spec: { selector: { matchLabels: { app: 'other' } } },
  } as KubeObject);
  const { checks } = await planTask(console, inputWith());
  expect(checks).toContainEqual(
    expect.objectContaining({ severity: 'fail', params: expect.objectContaining({ reason: 'foreign_object' }) }),
  );
  await expect(createTask(console, inputWith())).rejects.toMatchObject({ code: 'plan_infeasible' });
});
