import { beforeEach, describe, expect } from 'vitest';
import { ChangeTaskInput, type CreateTaskInput } from '@/lib/contract/create-task-input';
import type { Deployment, DestinationRule, VirtualService } from '@/lib/domain/kubernetes';
import type { Permission } from '@/lib/domain/permissions';
import { changeRequest, changeTask } from './change-task';
import type { TaskContext } from './context';
import { createTask } from './create-task';
import { deleteTask } from './delete-task';
import { finishTask } from './finish-task';
import { getTask } from './get-task';
import { keepRecords } from './keep-records';
import { pauseTask } from './pause-task';
import { planVerbOnTask } from './plan-task';
import { resumeTask } from './resume-task';
import { retryTask } from './retry-task';
import { rollbackTask } from './rollback-task';
import { actingBefore, dyingAt, intercepting, notingWrites } from './testing/count-calls';
import { console, test, world } from './testing/in-world';
import { expectClientsUntouched, ownersObjects } from './testing/scenarios';
import { settleMs } from './testing/world';
import { toTask } from './view/to-task';

beforeEach(() => world.pass(settleMs));

const namespace = 'demo-project';
const name = 'reviews-multi';
const task = { namespace, name };
const image = 'kubesphere/examples-bookinfo-reviews-v2:1.16.2';
type Target = NonNullable<CreateTaskInput['targets']>[number];
const version = (text: string, percentage: number, more: object = {}): Target => ({
  kind: 'version',
  version: text,
  replicas: 1,
  containers: [{ name: 'reviews', image }],
  percentage,
  ...more,
});
const httpbin: Target = { kind: 'service', namespace: 'httpbin', name: 'httpbin', port: 8000, percentage: 25 };
const outside: Target = { kind: 'external', host: 'replay.example.com', port: 443, tls: true, percentage: 10 };

const asked = (targets: Target[] = [version('v2', 30), version('v3', 20)]): CreateTaskInput => ({
  ...task,
  description: '',
  service: 'reviews',
  targets,
});

/** Where the first route's copies go, each with its share. */
function copies(): unknown[] {
  const [route] = world.owner.get<VirtualService>('VirtualService', namespace, 'reviews').spec.http ?? [];
  const single = route?.mirror ? [{ destination: route.mirror, percentage: route.mirrorPercentage }] : [];
  return [...single, ...(route?.mirrors ?? [])].map(({ destination, percentage }) => [
    destination.subset ?? destination.host.split('.')[0],
    percentage?.value,
  ]);
}
const subsets = () =>
  (world.owner.get<DestinationRule>('DestinationRule', namespace, 'reviews').spec.subsets ?? []).map(
    (subset) => subset.name,
  );
const deployments = () =>
  world.sandbox.store
    .list('apps', 'Deployment')
    .filter(({ metadata }) => metadata.namespace === namespace && metadata.name.startsWith('reviews'))
    .map(({ metadata }) => metadata.name)
    .toSorted();

/** Both ways in which a mirror is protected. */
const promised = { denyWrites: true, marker: true };
const policies = () =>
  [
    ...world.sandbox.store.list('security.istio.io', 'AuthorizationPolicy'),
    ...world.sandbox.store.list('networking.istio.io', 'EnvoyFilter'),
  ]
    .flatMap(({ metadata }) => (metadata.name.startsWith('reviews-mirror-') ? metadata.name : []))
    .toSorted();

async function running(input: CreateTaskInput): Promise<Record<string, unknown>> {
  const before = ownersObjects(world);
  await createTask(console, input);
  await world.untilState(console, namespace, name, 'Mirroring');
  await world.pass(settleMs);
  return before;
}

const change = (input: ChangeTaskInput, by: TaskContext = console) => changeTask(by, task, input);
async function changed(input: ChangeTaskInput, state: 'Mirroring' | 'Paused' = 'Mirroring') {
  await change(input);
  const view = await world.untilState(console, namespace, name, state);
  await world.pass(settleMs);
  return view;
}
const remove = (...ids: string[]): ChangeTaskInput => ({ targets: ids.map((id) => ({ id, remove: true as const })) });
const ids = async () => (await getTask(console, task)).record.spec.targets.map(({ id }) => id);

/** Adds a version whose image does not exist: that comes to a halt, with what was made for it by then. */
async function brokenOff(input: ChangeTaskInput = {}): Promise<void> {
  const broken = version('v3', 20, { containers: [{ name: 'reviews', image: 'example/no-such:1' }] });
  await change({ ...input, addTargets: [broken] });
  await world.untilState(console, namespace, name, 'Incomplete');
}

/** The task stopped: nothing is copied, and of its targets only the first version is there. */
async function expectStopped(): Promise<void> {
  await pauseTask(console, task);
  await world.untilState(console, namespace, name, 'Paused');
  expect(copies()).toEqual([]);
  await expectOnlyFirst();
}

async function expectOnlyFirst(): Promise<void> {
  expect(await ids()).toEqual(['version']);
  expect(deployments()).toEqual(['reviews-v1', 'reviews-v2']);
}

/** A console past whose look at other tasks, just before it writes a change down, another one is created. */
function passedBy(other: CreateTaskInput): TaskContext {
  let isCreated = false;
  return world.console('admin', (cluster) =>
    intercepting(cluster, {
      update: async (proceed, [map]) => {
        const { kind, data } = map as { kind: string; data?: { record?: string } };
        if (kind === 'ConfigMap' && data?.record?.includes('joining') && !isCreated) {
          isCreated = true;
          await createTask(console, other);
        }
        return proceed();
      },
    }),
  );
}

async function expectDeletedWhole(before: Record<string, unknown>, mirrors = ['reviews-v2', 'reviews-v3']) {
  await deleteTask(console, task);
  await world.untilGone(console, namespace, name);
  await world.pass(settleMs);
  expect(ownersObjects(world)).toEqual(before);
  for (const mirror of mirrors) expectClientsUntouched(world, { input: asked(), mirror });
}

test('the task says, while its targets are changed, which of them come and go', async () => {
  await running(asked());
  const passages = async () =>
    toTask(await getTask(console, task), 'en').targets.map(({ version: text, passage }) => [text, passage]);
  await change({ ...remove('version'), addTargets: [version('v4', 10)] });
  expect(await passages()).toEqual([
    ['v2', 'leaving'],
    ['v3', null],
    ['v4', 'joining'],
  ]);
  await world.untilState(console, namespace, name, 'Mirroring');
  expect(await passages()).toEqual([
    ['v3', null],
    ['v4', null],
  ]);
});

describe('a target that is removed from a running task', () => {
  test('goes with all that was made for it, while the other copies as before', async () => {
    const before = await running(asked());
    const { counters } = world.sandbox.mesh;
    const other = counters.copiesTo(namespace, 'reviews-v3');
    const left = world.owner.get<Deployment>('Deployment', namespace, 'reviews-v3');
    await changed(remove('version'));
    expect(copies()).toEqual([['v3', 20]]);
    expect(subsets()).toEqual(['v1', 'v3']);
    expect(deployments()).toEqual(['reviews-v1', 'reviews-v3']);
    expect(world.owner.get<Deployment>('Deployment', namespace, 'reviews-v3').spec).toEqual(left.spec);
    expect(counters.copiesTo(namespace, 'reviews-v3')).toBeGreaterThan(other);
    const { targets } = toTask(await getTask(console, task), 'en');
    expect(targets.map(({ id, label, percentage }) => [id, label, percentage])).toEqual([['version-2', 'v3', 20]]);

    // What is left is a task like any other.
    await changed({ percentage: 35 });
    expect(copies()).toEqual([['v3', 35]]);
    await pauseTask(console, task);
    await world.untilState(console, namespace, name, 'Paused');
    await resumeTask(console, task);
    await world.untilState(console, namespace, name, 'Mirroring');
    expect(copies()).toEqual([['v3', 35]]);
    await expectDeletedWhole(before);
  });

  test('takes the pins and subsets with it that only it stood on', async () => {
    const route = { route: [{ destination: { host: 'details' } }] };
    world.owner.create({
      apiVersion: 'networking.istio.io/v1',
      kind: 'VirtualService',
      metadata: { name: 'details', namespace },
      spec: { hosts: ['details'], http: [route] },
    } as VirtualService);
    await world.pass(settleMs);
    const before = await running({
      ...asked([
        version('v2', 30, { placement: 'dedicated', containers: [] }),
        version('v3', 20, { placement: 'subset', containers: [] }),
      ]),
      service: 'details',
    });
    const now = () => world.owner.get<VirtualService>('VirtualService', namespace, 'details').spec.http;
    expect(now()).toMatchObject([{ route: [{ destination: { host: 'details', subset: 'v1' } }] }]);
    const { record } = await changed(remove('version-2'));
    expect(now()).toEqual([
      {
        ...route,
        mirror: {
          host: 'details-mirror-reviews-multi-version.demo-project.svc.cluster.local',
          port: { number: 9080 },
        },
        mirrorPercentage: { value: 30 },
      },
    ]);
    expect(record.spec).toMatchObject({ pins: [], subsets: null });
    await expectDeletedWhole(before, ['details-v2', 'details-v3']);
  });

  test('of a paused task goes as well, and the rest is resumed without it', async () => {
    const before = await running(asked([version('v2', 50), httpbin, outside]));
    await pauseTask(console, task);
    await world.untilState(console, namespace, name, 'Paused');
    await changed(remove('version', 'external'), 'Paused');
    expect(deployments()).toEqual(['reviews-v1']);
    const entries = world.sandbox.store.list('networking.istio.io', 'ServiceEntry');
    expect(entries.filter(({ metadata }) => metadata.namespace === namespace)).toEqual([]);
    await resumeTask(console, task);
    await world.untilState(console, namespace, name, 'Mirroring');
    expect(copies()).toEqual([['httpbin', 25]]);
    await expectDeletedWhole(before);
  });

  test('is not taken away while a route of somebody else sends requests to it: the task says so', async () => {
    await running(
      asked([version('v2', 30, { placement: 'dedicated' }), version('v3', 20, { placement: 'dedicated' })]),
    );
    world.owner.create({
      apiVersion: 'networking.istio.io/v1',
      kind: 'VirtualService',
      metadata: { name: 'beta', namespace },
      spec: {
        hosts: ['beta.example.com'],
        http: [{ route: [{ destination: { host: 'reviews-mirror-reviews-multi-version' } }] }],
      },
    } as VirtualService);
    // A route that leads clients to the mirror is a drift: it is answered first.
    await world.untilState(console, namespace, name, 'Drifted');
    await expect(change(remove('version'))).rejects.toMatchObject({ code: 'not_possible' });
    expect(deployments()).toContain('reviews-v2');
  });
});

describe('a target that is added to a running task', () => {
  test.each([
    ['a new version', version('v3', 20), 'version-2', ['v3', 20]],
    ['another service', httpbin, 'service', ['httpbin', 25]],
    ['a host outside the mesh', outside, 'external', ['replay', 10]],
  ] as const)('%s gets copies beside the one that is there, and goes again', async (_, added, id, copied) => {
    const before = await running(asked([version('v2', 30)]));
    const standing = copies();
    await changed({ addTargets: [added] });
    expect(copies()).toEqual([['v2', 30], copied]);
    expect(await ids()).toEqual(['version', id]);
    await changed(remove(id));
    expect(copies()).toEqual(standing);
    await changed({ addTargets: [added] });
    await expectDeletedWhole(before);
  });

  test.each(['dedicated', 'subset'] as const)(
    'in %s placement keeps what was made for the first one under its name',
    async (placement) => {
      const before = await running(asked([version('v2', 30, { placement: 'dedicated' })]));
      await changed({ addTargets: [version('v3', 20, { placement })] });
      expect(copies()).toEqual([
        ['reviews-mirror-reviews-multi', 30],
        [placement === 'subset' ? 'v3' : 'reviews-mirror-reviews-multi-version-2', 20],
      ]);
      await changed(remove('version'));
      expect(copies()).toHaveLength(1);
      await changed({ addTargets: [version('v4', 5, { placement: 'dedicated' })] });
      expect(await ids()).toEqual(['version-2', 'version']);
      await expectDeletedWhole(before, ['reviews-v2', 'reviews-v3', 'reviews-v4']);
    },
  );

  test('is told of beforehand as in a creation: writes that are carried out, requests that leave; nothing of what stands', async () => {
    await running(asked());
    const warnings = async (addTargets: Target[]) => {
      const plan = await planVerbOnTask(console, task, await changeRequest(console, task, { addTargets }));
      return plan.checks.filter(({ severity }) => severity === 'warn').map(({ code }) => code);
    };
    expect(await warnings([outside])).toEqual(['limits', 'shadow_host', 'external_leaves', 'writes_copied']);
    expect(await warnings([httpbin])).toEqual(['limits', 'shadow_host', 'target_own_traffic', 'writes_copied']);
  });

  test('takes the place of one that is removed in the same change', async () => {
    const before = await running(asked([version('v2', 30)]));
    const { record } = await changed({ ...remove('version'), addTargets: [version('v3', 20)] });
    const noted = record.activity.find(({ verb, outcome }) => verb === 'change' && outcome === 'started');
    expect(noted?.detail).toEqual({ code: 'targets_exchanged', params: { added: 'v3', removed: 'v2' } });
    expect(copies()).toEqual([['v3', 20]]);
    expect(deployments()).toEqual(['reviews-v1', 'reviews-v3']);
    await expectDeletedWhole(before);
  });

  test('takes the place of one that is broken: what is wrong with that one is no reason against it', async () => {
    await running(asked([httpbin]));
    world.owner.delete('Service', 'httpbin', 'httpbin');
    await world.untilState(console, namespace, name, 'Degraded');
    await expect(change({ addTargets: [version('v3', 20)] })).rejects.toMatchObject({ code: 'plan_infeasible' });
    await changed({ ...remove('service'), addTargets: [version('v3', 20)] });
    expect(copies()).toEqual([['v3', 20]]);
  });

  test('that never gets ready can be taken back, and a stop takes it out', async () => {
    const before = await running(asked([version('v2', 30)]));
    await brokenOff();
    expect(copies()).toEqual([['v2', 30]]);
    await rollbackTask(console, task);
    await world.untilState(console, namespace, name, 'Mirroring');
    await expectOnlyFirst();

    await brokenOff();
    await expectStopped();
    await expectDeletedWhole(before);
  });

  test('in the place of the only one there was keeps no stop from stopping: that one is back, without copies', async () => {
    const before = await running(asked([version('v2', 30)]));
    await brokenOff(remove('version'));
    await expectStopped();
    await resumeTask(console, task);
    await world.untilState(console, namespace, name, 'Mirroring');
    expect(copies()).toEqual([['v2', 30]]);
    await expectDeletedWhole(before);
  });

  test('is marked and keeps writes away as the others, by policies that are there before its pods and go with it', async () => {
    const both = ['deny-writes', 'marker'];
    const first = both.map((what) => `reviews-mirror-reviews-multi-${what}`);
    const second = both.map((what) => `reviews-mirror-reviews-multi-version-2-${what}`);
    const before = await running({ ...asked([version('v2', 30)]), safety: { marker: true } });
    expect(policies()).toEqual(first);
    await brokenOff();
    expect(policies()).toEqual([...first, ...second]);
    await rollbackTask(console, task);
    await world.untilState(console, namespace, name, 'Mirroring');
    expect(policies()).toEqual(first);

    const more = {
      containers: [{ name: 'reviews', image, env: [{ name: 'ENVIRONMENT', value: 'test' }] }],
      replicas: 2,
    };
    await changed({ addTargets: [version('v3', 20, more)] });
    expect(policies()).toEqual([...first, ...second]);
    const { targets } = toTask(await getTask(console, task), 'en');
    expect(targets.map(({ safety }) => safety)).toEqual([promised, promised]);
    expect(targets[1]?.replicas).toEqual({ ready: 2, desired: 2 });
    const { spec } = world.owner.get<Deployment>('Deployment', namespace, 'reviews-v3');
    expect(spec.template.spec.containers[0]?.env).toEqual([{ name: 'ENVIRONMENT', value: 'test' }]);
    await changed(remove('version-2'));
    expect(policies()).toEqual(first);

    await changed({ addTargets: [version('v3', 20)] });
    await finishTask(console, task, { keepWorkload: false });
    await world.untilState(console, namespace, name, 'Finished');
    expect(policies()).toEqual([]);
    await expectDeletedWhole(before);
    await running({ ...asked([version('v2', 30)]), safety: { marker: true } });
    await changed({ addTargets: [version('v3', 20)] });
    await expectDeletedWhole(before);
    expect(policies()).toEqual([]);
  });

  test('is protected as the request says where it says so, and takes writes where the others do', async () => {
    await running({ ...asked([version('v2', 30)]), safety: { denyWrites: false } });
    await changed({
      addTargets: [version('v3', 20), version('v4', 5, { safety: { denyWrites: true, marker: true } })],
    });
    const { targets } = toTask(await getTask(console, task), 'en');
    const none = { denyWrites: false, marker: false };
    expect(targets.map(({ safety }) => safety)).toEqual([none, none, promised]);
  });

  test('gives way to a task that copies there already, also to one that came a moment before, and takes nothing of its', async () => {
    const before = ownersObjects(world);
    const other: CreateTaskInput = { ...asked([httpbin]), name: 'reviews-other' };
    await running(asked([version('v2', 30)]));
    await createTask(console, other);
    await world.untilState(console, namespace, other.name, 'Mirroring');
    await expect(change({ addTargets: [httpbin] })).rejects.toMatchObject({ code: 'plan_infeasible' });
    await deleteTask(console, { namespace, name: other.name });
    await world.untilGone(console, namespace, other.name);

    await change({ addTargets: [httpbin] }, passedBy(other));
    const { derived, stopCommand } = await world.untilState(console, namespace, name, 'Incomplete');
    expect(derived.reason).toMatchObject({ code: 'task_rival_target', params: { task: other.name } });
    // What stands on the routes for the added target is the other's, and so is stopping it.
    expect(stopCommand).toBe('kubectl -n demo-project scale deployment reviews-v2 --replicas=0');
    await world.untilState(console, namespace, other.name, 'Mirroring');
    await rollbackTask(console, task);
    await world.untilState(console, namespace, name, 'Mirroring');
    expect(await ids()).toEqual(['version']);
    expect(copies()).toEqual(expect.arrayContaining([['httpbin', 25]]));
    for (const one of [name, other.name]) {
      await deleteTask(console, { namespace, name: one });
      await world.untilGone(console, namespace, one);
    }
    await world.pass(settleMs);
    expect(ownersObjects(world)).toEqual(before);
  });
});

test('a record deleted by hand while its task gives way to another takes nothing of that one', async () => {
  const end = keepRecords(console);
  const other: CreateTaskInput = { ...asked([httpbin]), name: 'reviews-other' };
  await running(asked([version('v2', 30)]));
  await change({ addTargets: [httpbin] }, passedBy(other));
  await world.untilState(console, namespace, name, 'Incomplete');
  await world.untilState(console, namespace, other.name, 'Mirroring');
  world.owner.delete('ConfigMap', namespace, `mirror-console.${name}`);
  await world.until('the record is back', async () => {
    const view = await getTask(console, task).catch(() => null);
    return view?.derived.reason?.code === 'record_removed';
  });
  await retryTask(console, task);
  await world.untilGone(console, namespace, name);
  expect(copies()).toEqual([['httpbin', 25]]);
  end();
});

describe('a change of targets', () => {
  test.each([
    ['the only one is removed', remove('version'), { details: [{ path: 'targets', code: 'target_last' }] }],
    [
      'one is removed that it does not have',
      remove('x'),
      { details: [{ path: 'targets[0].id', code: 'target_unknown' }] },
    ],
    [
      'one is added that it has',
      { addTargets: [version('v2', 5)] },
      { details: [{ path: 'addTargets[0]', code: 'target_twice' }] },
    ],
    [
      'there would be more than five',
      { addTargets: ['v3', 'v4', 'v5', 'v6', 'v7'].map((text) => version(text, 5)) },
      { details: [{ path: 'addTargets', code: 'targets_most', params: { most: 5, room: 4 } }] },
    ],
    [
      'it could not be created with what is added',
      { addTargets: [{ kind: 'version' as const, existing: 'no-such', percentage: 5 }] },
      { code: 'plan_infeasible' },
    ],
  ])('is refused where %s', async (_, input, error) => {
    await running(asked([version('v2', 30)]));
    await expect(change(input)).rejects.toMatchObject(error);
    expect(copies()).toEqual([['v2', 30]]);
  });

  test('is refused, before anything is written, to who may not make what an added target takes', async () => {
    await running(asked([version('v2', 30)]));
    const by = world.console('admin', (cluster) =>
      intercepting(cluster, {
        review: async (proceed, [needed]) => {
          const asked = needed as readonly Permission[];
          const allowed = (await proceed()) as boolean[];
          return allowed.map((is, index) => is && asked[index]?.resource !== 'serviceentries');
        },
      }),
    );
    await expect(change({ addTargets: [outside] }, by)).rejects.toMatchObject({
      code: 'forbidden',
      params: { reason: expect.stringContaining('serviceentries') },
    });
    expect(copies()).toEqual([['v2', 30]]);
    expect(await ids()).toEqual(['version']);
  });

  test.each([
    ['other requests', { match: [{ path: { prefix: '/' } }] }, 'retarget_alone'],
    ['a ramp', { ramp: [{ percentage: 5 }] }, 'retarget_alone'],
  ])('is made apart from %s', (_, more, code) => {
    const { error } = ChangeTaskInput.safeParse({ addTargets: [httpbin], ...more });
    expect(error?.issues.map(({ message }) => message)).toContain(code);
  });

  test('names nothing else of a target that it removes', () => {
    const { error } = ChangeTaskInput.safeParse({ targets: [{ id: 'version', remove: true, percentage: 5 }] });
    expect(error?.issues.map(({ message }) => message)).toEqual(['remove_alone']);
  });

  test.each<[string, CreateTaskInput, ChangeTaskInput, string, string]>([
    ['removal', asked(), remove('version'), 'create', 'delete'],
    ['addition', asked([version('v2', 30)]), { addTargets: [version('v3', 20)] }, 'delete', 'create'],
  ])(
    'whose %s broke off is taken back by who may write what that writes, and by nobody else',
    async (_, input, asks, needed, idle) => {
      const without = (verb: string) =>
        world.console('admin', (cluster) =>
          intercepting(cluster, {
            review: async (proceed, [permissions]) => {
              const answers = (await proceed()) as boolean[];
              const isDenied = (one: Permission) => one.verb === verb && one.resource === 'deployments';
              return (permissions as Permission[]).map((one, index) => answers[index] === true && !isDenied(one));
            },
          }),
        );
      await running(input);
      await change(
        asks,
        world.console('admin', (cluster) => dyingAt(cluster, 2, 'after')),
      );
      const [unable, able] = [without(needed), without(idle)];
      // Each has to have seen that nobody drives it any more.
      for (const one of [unable, able]) await world.untilState(one, namespace, name, 'Incomplete');
      await expect(rollbackTask(unable, task)).rejects.toMatchObject({
        code: 'forbidden',
        params: { reason: `${needed} deployments.apps (${namespace})` },
      });
      await rollbackTask(able, task);
      await world.untilState(console, namespace, name, 'Mirroring');
    },
  );

  test('keeps what others write into the same objects at the same time', async () => {
    await running(asked());
    const editing = (write: string, kind: 'VirtualService' | 'DestinationRule') =>
      world.console('admin', (cluster) =>
        actingBefore(cluster, write, () =>
          world.owner.edit<VirtualService>(kind, namespace, 'reviews', ({ metadata }) => {
            metadata.labels = { ...metadata.labels, [`edited-${kind.toLowerCase()}`]: 'yes' };
          }),
        ),
      );
    await change(remove('version'), editing('update VirtualService', 'VirtualService'));
    await world.untilState(console, namespace, name, 'Mirroring');
    await change({ addTargets: [version('v2', 5)] }, editing('update DestinationRule', 'DestinationRule'));
    await world.untilState(console, namespace, name, 'Mirroring');
    for (const kind of ['VirtualService', 'DestinationRule'] as const) {
      const { labels } = world.owner.get<VirtualService>(kind, namespace, 'reviews').metadata;
      expect(labels).toMatchObject({ [`edited-${kind.toLowerCase()}`]: 'yes' });
    }
    expect(copies()).toEqual([
      ['v3', 20],
      ['v2', 5],
    ]);
    for (const mirror of ['reviews-v2', 'reviews-v3']) expectClientsUntouched(world, { input: asked(), mirror });
  });

  const kinds: [string, CreateTaskInput, ChangeTaskInput][] = [
    ['removal', asked(), remove('version')],
    ['addition', asked([version('v2', 30)]), { addTargets: [version('v3', 20)] }],
    [
      'exchange',
      asked([version('v2', 30, { placement: 'dedicated' })]),
      { ...remove('version'), addTargets: [version('v3', 20, { placement: 'subset' })] },
    ],
  ];
  test.each(kinds)(
    'whose %s the console leaves after any of its writes is continued or taken back',
    async (_, input, asks) => {
      const before = await running(input);
      const standing = copies();
      const noted: string[] = [];
      const ends: Record<string, unknown> = {};
      await change(
        asks,
        world.console('admin', (cluster) => notingWrites(cluster, noted)),
      );
      await world.untilState(console, namespace, name, 'Mirroring');
      ends['continued'] = { copies: copies(), deployments: deployments(), subsets: subsets() };
      await expectDeletedWhole(before);
      expect(noted.length).toBeGreaterThan(2);
      for (const [nth, write] of noted.entries()) {
        const outcome = nth % 2 === 0 ? 'taken back' : 'continued';
        const where = `${write} (${nth}) ${outcome}`;
        await running(input);
        ends['taken back'] ??= { copies: standing, deployments: deployments(), subsets: subsets() };
        await change(
          asks,
          world.console('admin', (cluster) => dyingAt(cluster, nth, 'after')),
        );
        await world.untilState(console, namespace, name, 'Incomplete');
        await (outcome === 'continued' ? retryTask : rollbackTask)(console, task);
        await world.untilState(console, namespace, name, 'Mirroring');
        await world.pass(settleMs);
        expect({ copies: copies(), deployments: deployments(), subsets: subsets() }, where).toEqual(ends[outcome]);
        await expectDeletedWhole(before);
      }
    },
    120_000,
  );
});
