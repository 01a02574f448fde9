import { afterEach, beforeEach, describe, expect } from 'vitest';
import type { CreateTaskInput } from '@/lib/contract/create-task-input';
import type { Deployment, KubeObject, VirtualService } from '@/lib/domain/kubernetes';
import { applyJsonPatch } from '@/lib/domain/testing/apply-json-patch';
import type { TaskState } from '@/lib/domain/task';
import type { Cluster } from '@/lib/server/cluster/cluster';
import { ClusterError } from '@/lib/server/cluster/cluster-error';
import { changeTask } from './change-task';
import type { TaskContext } from './context';
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
import { dyingAt, intercepting } from './testing/count-calls';
import { copiesDuring, expectClientsUntouched, ownersObjects, scenarios } from './testing/scenarios';
import { test, world } from './testing/in-world';
import { newVersion, settleMs } from './testing/world';
import { stopTasks } from './stop-tasks';
import { listPatches } from './view/task-patches';
import { toTask } from './view/to-task';

const scenario = scenarios[0]!;
const { namespace, name } = scenario.input;
const task = { namespace, name };
const input: CreateTaskInput = { ...scenario.input, delivery: 'patch' };

let console: TaskContext;
/** Everything that the console asked the server to write into routes or rules, tried writes included. */
let written: string[];
let before: Record<string, unknown>;

beforeEach(async () => {
  written = [];
  console = world.console('admin', noting);
  world.owner.edit<VirtualService>('VirtualService', namespace, 'reviews', ({ metadata }) => {
    metadata.annotations = { ...metadata.annotations, 'argocd.argoproj.io/tracking-id': 'shop:reviews' };
  });
  await world.pass(settleMs);
  before = ownersObjects(world);
});
// Nothing of this file has the console write what is not the task's.
afterEach(() => expect(written).toEqual([]));

function noting(cluster: Cluster): Cluster {
  const note = (verb: string) => async (proceed: () => Promise<unknown>, args: unknown[]) => {
    const { kind } = args[0] as KubeObject;
    if (kind === 'VirtualService' || kind === 'DestinationRule') written.push(`${verb} ${kind}`);
    return proceed();
  };
  return intercepting(cluster, { create: note('create'), update: note('update'), delete: note('delete') });
}

/** Lets time pass until the task waits for its owner, and answers how it says so. */
async function untilAsked(state: TaskState) {
  await world.until('the owner is asked', async () => {
    const { derived } = await getTask(console, task);
    return derived.reason?.code === 'waiting_for_patch';
  });
  const { derived } = await getTask(console, task);
  expect(derived).toMatchObject({ state, reason: { params: { namespace, name: 'reviews' } } });
}

/** The owner does what he is asked to. */
async function landPatch(): Promise<void> {
  const [patch, ...more] = await listPatches(console, namespace, name);
  expect(more).toEqual([]);
  expect(patch).toMatchObject({ tool: 'Argo CD', landed: false, problem: null });
  world.owner.edit<VirtualService>('VirtualService', namespace, 'reviews', (object) => {
    Object.assign(object, applyJsonPatch(object, patch?.forms?.operations ?? []));
  });
}

async function mirroring(): Promise<void> {
  await createTask(console, input);
  await untilAsked('Preparing');
  await landPatch();
  await world.untilState(console, namespace, name, 'Mirroring');
}

/** The owner's tool takes out what his manifest does not have. */
function takeCopiesOut(): void {
  world.owner.edit<VirtualService>('VirtualService', namespace, 'reviews', ({ spec }) => {
    for (const route of spec.http ?? []) {
      delete route.mirror;
      delete route.mirrorPercentage;
    }
  });
}

async function directionAsked() {
  const [patch] = await listPatches(console, namespace, name);
  return patch?.direction;
}

const isStanding = () => world.sandbox.store.get('apps', 'Deployment', namespace, scenario.mirror) !== undefined;

test('a plan names the tool that owns the routes, proposes a patch and shows it', async () => {
  const plain = await planTask(console, scenario.input);
  expect(plain.delivery).toMatchObject({
    chosen: 'write',
    proposed: 'patch',
    owners: [{ object: { kind: 'VirtualService', name: 'reviews' }, tool: 'Argo CD', hasManifest: true }],
  });
  expect(plain.patches).toEqual([]);
  // What a plan for writing tries out is tried out.
  written.splice(0);

  const plan = await planTask(console, input);
  expect(plan.delivery).toMatchObject({ chosen: 'patch', proposed: 'patch' });
  expect(plan).toMatchObject({ placement: 'dedicated' });
  expect(plan.patches).toMatchObject([{ direction: 'in', landed: false, object: { name: 'reviews' } }]);
  expect(plan.changes.map(({ ref }) => ref.kind)).not.toContain('VirtualService');
  expect(plan.checks.find(({ code }) => code === 'owner_tool')).toMatchObject({ severity: 'pass' });
});

test('subset placement, which would write the owner’s rule, is refused', async () => {
  const plan = await planTask(console, { ...input, placement: 'subset' });
  expect(plan.checks.filter(({ severity }) => severity === 'fail')).toMatchObject([
    { code: 'placement_subset', params: { reason: 'owner_patch', name: 'DestinationRule reviews' } },
  ]);
  // Tried out, and stored nowhere.
  expect(written.splice(0)).toEqual(['update DestinationRule']);
});

test('a task waits for the patch, mirrors once it is seen, and leaves everything as before once it is out', async () => {
  await createTask(console, input);
  await untilAsked('Preparing');
  expect(await copiesDuring(world, scenario, 60_000)).toBe(0);
  await landPatch();
  await world.untilState(console, namespace, name, 'Mirroring');
  expect(await copiesDuring(world, scenario, 60_000)).toBeGreaterThan(0);
  expect(await listPatches(console, namespace, name)).toEqual([]);

  await deleteTask(console, task);
  await untilAsked('Deleting');
  await world.pass(60_000);
  // What still gets copies stays.
  expect(isStanding()).toBe(true);
  await landPatch();
  await world.untilGone(console, namespace, name);
  await world.pass(settleMs);
  expect(ownersObjects(world)).toEqual(before);
  expectClientsUntouched(world, scenario);
});

test('another share, a pause and its end each wait for their own patch', async () => {
  await mirroring();
  const shown = async () => toTask(await getTask(console, task), 'en').targets[0]?.percentage;
  await changeTask(console, task, { percentage: 20 });
  await untilAsked('Mirroring');
  expect(await shown()).toBe(100);
  await landPatch();
  await world.untilState(console, namespace, name, 'Mirroring');
  expect(await shown()).toBe(20);

  await pauseTask(console, task);
  await untilAsked('Mirroring');
  await landPatch();
  await world.untilState(console, namespace, name, 'Paused');
  expect(await copiesDuring(world, scenario, 60_000)).toBe(0);

  await resumeTask(console, task);
  await untilAsked('Preparing');
  await landPatch();
  await world.untilState(console, namespace, name, 'Mirroring');

  await finishTask(console, task, { keepWorkload: false });
  await untilAsked('Mirroring');
  expect(isStanding()).toBe(true);
  await landPatch();
  await world.untilState(console, namespace, name, 'Finished');
  expect(isStanding()).toBe(false);
  expectClientsUntouched(world, scenario);
});

test('who stops every task is told that these copies end with the owner’s change', async () => {
  await mirroring();
  const { items } = await stopTasks(console, namespace);
  expect(items).toMatchObject([{ name, outcome: 'accepted', reason: { code: 'stop_by_patch' } }]);
  await untilAsked('Mirroring');
  await landPatch();
  await world.untilState(console, namespace, name, 'Paused');
});

test('who stops every task is told so where the command has to change routes that the owner’s tool puts back', async () => {
  const { namespace, name, service, description } = input;
  const target = { kind: 'service', namespace: 'httpbin', name: 'httpbin', port: 8000 } as const;
  await createTask(console, { namespace, name, service, description, target, percentage: 100, delivery: 'patch' });
  await untilAsked('Preparing');
  await landPatch();
  await world.untilState(console, namespace, name, 'Mirroring');
  const { items } = await stopTasks(console, namespace);
  expect(items).toMatchObject([{ outcome: 'accepted', reason: { code: 'stop_by_patch_undone' } }]);
  expect(items[0]?.stopCommand).toContain('patch virtualservice');
  await untilAsked('Mirroring');
  await landPatch();
  await world.untilState(console, namespace, name, 'Paused');
});

describe('copies are stopped without waiting for the owner of something else', () => {
  const stops = (items: Awaited<ReturnType<typeof stopTasks>>['items']) =>
    expect(items).toMatchObject([{ name, outcome: 'accepted' }]);

  test('while another share waits: by all at once', async () => {
    await mirroring();
    await changeTask(console, task, { percentage: 20 });
    await untilAsked('Mirroring');
    stops((await stopTasks(console, namespace)).items);
    await world.until('the way out is asked for', async () => (await directionAsked()) === 'out');
    await landPatch();
    await world.untilState(console, namespace, name, 'Paused');
  });

  test('while a restore waits: by a finish', async () => {
    await mirroring();
    takeCopiesOut();
    await world.untilState(console, namespace, name, 'Drifted');
    await restoreTask(console, task);
    await untilAsked('Preparing');
    await finishTask(console, task, { keepWorkload: false });
    await world.untilState(console, namespace, name, 'Finished');
    expect(isStanding()).toBe(false);
  });

  test('while a creation waits: it becomes a paused task, and is resumed by its patch', async () => {
    await createTask(console, input);
    await untilAsked('Preparing');
    stops((await stopTasks(console, namespace)).items);
    await world.untilState(console, namespace, name, 'Paused');
    await resumeTask(console, task);
    await untilAsked('Preparing');
    await landPatch();
    await world.untilState(console, namespace, name, 'Mirroring');
  });

  test('a creation whose copies its owner has put in beforehand waits until they are out, and ends paused', async () => {
    const [patch] = (await planTask(console, input)).patches;
    await createTask(console, input);
    world.owner.edit<VirtualService>('VirtualService', namespace, 'reviews', (object) => {
      Object.assign(object, applyJsonPatch(object, patch?.forms?.operations ?? []));
    });
    stops((await stopTasks(console, namespace)).items);
    await untilAsked('Preparing');
    expect(await directionAsked()).toBe('out');
    expect((await stopTasks(console, namespace)).items).toMatchObject([{ outcome: 'stopping' }]);
    await landPatch();
    await world.untilState(console, namespace, name, 'Paused');
    expect(await copiesDuring(world, scenario, 60_000)).toBe(0);
  });

  test('a creation that broke off after its owner had put its copies in beforehand is stopped, too', async () => {
    const [patch] = (await planTask(console, input)).patches;
    await createTask(
      world.console('admin', (cluster) => dyingAt(noting(cluster), 2, 'before')),
      input,
    );
    world.owner.edit<VirtualService>('VirtualService', namespace, 'reviews', (object) => {
      Object.assign(object, applyJsonPatch(object, patch?.forms?.operations ?? []));
    });
    await world.untilState(console, namespace, name, 'Incomplete');
    stops((await stopTasks(console, namespace)).items);
    await untilAsked('Preparing');
    await landPatch();
    await world.untilState(console, namespace, name, 'Paused');
    expect(await copiesDuring(world, scenario, 60_000)).toBe(0);
  });

  test('while a pause waits: by a finish', async () => {
    await mirroring();
    await pauseTask(console, task);
    await untilAsked('Mirroring');
    await finishTask(console, task, { keepWorkload: false });
    await untilAsked('Mirroring');
    await landPatch();
    await world.untilState(console, namespace, name, 'Finished');
  });
});

describe('a wait is taken back', () => {
  test('of a creation: nothing of the task is left', async () => {
    await createTask(console, input);
    await untilAsked('Preparing');
    await rollbackTask(console, task);
    await world.untilGone(console, namespace, name);
    await world.pass(settleMs);
    expect(ownersObjects(world)).toEqual(before);
  });

  test('of a deletion: the task mirrors on', async () => {
    await mirroring();
    await deleteTask(console, task);
    await untilAsked('Deleting');
    await rollbackTask(console, task);
    await world.untilState(console, namespace, name, 'Mirroring');
    expect(isStanding()).toBe(true);
    expect(await copiesDuring(world, scenario, 60_000)).toBeGreaterThan(0);
  });

  test('of another share: the one before stands, and nobody is asked for anything', async () => {
    await mirroring();
    await changeTask(console, task, { percentage: 20 });
    await untilAsked('Mirroring');
    await rollbackTask(console, task);
    const back = await world.untilState(console, namespace, name, 'Mirroring');
    expect(back.record.spec.targets[0].percentage).toBe(100);
    expect(await listPatches(console, namespace, name)).toEqual([]);
  });
});

describe('a wait that nothing would end is dropped, and the task says what stands', () => {
  const drifted = async () => {
    await mirroring();
    takeCopiesOut();
    await world.untilState(console, namespace, name, 'Drifted');
  };
  const expectNothingPending = async (state: TaskState) => {
    const { record } = await world.untilState(console, namespace, name, state);
    expect(record).toMatchObject({ operation: null, desired: 'mirroring' });
    expect(await listPatches(console, namespace, name)).toEqual([]);
    expect(record.spec.targets[0].percentage).toBe(100);
  };

  test('of a restore', async () => {
    await drifted();
    await restoreTask(console, task);
    await untilAsked('Preparing');
    await rollbackTask(console, task);
    await expectNothingPending('Drifted');
    const { record } = await getTask(console, task);
    expect(record.activity.at(-1)).toMatchObject({ verb: 'rollback', outcome: 'done' });
  });

  test('of a pause that was asked of a drifted task', async () => {
    await mirroring();
    world.owner.edit<VirtualService>('VirtualService', namespace, 'reviews', ({ spec }) => {
      for (const route of spec.http ?? []) if (route.mirror) route.mirrorPercentage = { value: 3 };
    });
    await world.untilState(console, namespace, name, 'Drifted');
    await pauseTask(console, task);
    await world.until('it waits', async () => (await directionAsked()) === 'out');
    // Back is a wait of its own, for the share that the task had.
    await rollbackTask(console, task);
    await untilAsked('Preparing');
    await rollbackTask(console, task);
    await expectNothingPending('Drifted');
  });

  test('of a deletion that was asked of a drifted task', async () => {
    await mirroring();
    world.owner.edit<VirtualService>('VirtualService', namespace, 'reviews', ({ spec }) => {
      for (const route of spec.http ?? []) if (route.mirror) route.mirrorPercentage = { value: 3 };
    });
    await world.untilState(console, namespace, name, 'Drifted');
    await deleteTask(console, task);
    await untilAsked('Deleting');
    await rollbackTask(console, task);
    await expectNothingPending('Drifted');
  });

  test('of a change that was taken back after its owner had taken the copies out', async () => {
    await mirroring();
    await changeTask(console, task, { percentage: 20 });
    await world.until('it waits', async () => (await directionAsked()) === 'in');
    takeCopiesOut();
    await rollbackTask(console, task);
    await world.until('it waits again', async () => (await directionAsked()) === 'in');
    await rollbackTask(console, task);
    await expectNothingPending('Drifted');
  });
});

test('a deletion whose clean-up has begun is not taken back', async () => {
  await mirroring();
  await deleteTask(console, task);
  await untilAsked('Deleting');
  await landPatch();
  await world.until('the workload goes', () => !isStanding());
  const { actions } = await getTask(console, task);
  expect(actions.find(({ verb }) => verb === 'rollback')).toMatchObject({ allowed: false });
  await world.untilGone(console, namespace, name);
});

describe('copies that the owner has put in and no record names are told of as left behind', () => {
  const left = { code: 'orphaned_changes', params: { kind: 'VirtualService', namespace, name: 'reviews' } };
  const problems = async () => (await stopTasks(console, namespace)).problems;

  test('on a whole route, also once the task’s own Service is gone with the record', async () => {
    await mirroring();
    await world.pass(120_000);
    expect(await problems()).toEqual([]);
    world.owner.delete('ConfigMap', namespace, `mirror-console.${name}`);
    await world.until('they are named', async () => (await problems()).length > 0);
    await world.until('garbage is collected', () => !isStanding());
    await world.pass(120_000);
    expect(await problems()).toContainEqual(left);
    takeCopiesOut();
    await world.until(
      'they are gone',
      async () => !(await problems()).some(({ params }) => params['name'] === 'reviews'),
    );
  });

  test('in a clone of a route', async () => {
    await createTask(console, { ...input, safety: { methods: ['GET'] } });
    await untilAsked('Preparing');
    await landPatch();
    await world.untilState(console, namespace, name, 'Mirroring');
    world.owner.delete('ConfigMap', namespace, `mirror-console.${name}`);
    await world.pass(120_000);
    await world.until('they are named', async () =>
      (await problems()).some(({ params }) => params['name'] === 'reviews'),
    );
    expect(await problems()).toContainEqual(left);
  });
});

describe('while it waits, a task says what it does', () => {
  const shown = async () => toTask(await getTask(console, task), 'en');
  const waiting = async () => (await shown()).steps.some(({ message }) => message?.code === 'waiting_for_patch');

  test.each(['change', 'pause', 'finish'] as const)(
    '%s: Drifted by another share, and by copies gone',
    async (verb) => {
      await mirroring();
      if (verb === 'change') await changeTask(console, task, { percentage: 20 });
      if (verb === 'pause') await pauseTask(console, task);
      if (verb === 'finish') await finishTask(console, task, { keepWorkload: false });
      await untilAsked('Mirroring');
      world.owner.edit<VirtualService>('VirtualService', namespace, 'reviews', ({ spec }) => {
        for (const route of spec.http ?? []) if (route.mirror) route.mirrorPercentage = { value: 3 };
      });
      await world.until('it says so', async () => (await shown()).state === 'Drifted');
      expect(await shown()).toMatchObject({ reason: { code: 'drift_mirror_changed' }, operation: { verb } });
      expect(await waiting()).toBe(true);
      if (verb !== 'change') return;
      takeCopiesOut();
      await world.until('they are missed', async () => (await shown()).reason?.code === 'drift_mirror_missing');
      expect(await shown()).toMatchObject({ state: 'Drifted', targets: [{ percentage: 100 }] });
    },
  );

  test('its copies are measured against the share in force, also when a deletion interrupts another share', async () => {
    await mirroring();
    const asked: number[] = [];
    const measuring: TaskContext = {
      ...console,
      coverageOf: async (spec, ...rest) => {
        asked.push(spec.targets[0].percentage);
        return console.coverageOf(spec, ...rest);
      },
    };
    await changeTask(console, task, { percentage: 20 });
    await untilAsked('Mirroring');
    expect(toTask(await getTask(measuring, task), 'en').coverage).not.toBeNull();
    await deleteTask(console, task);
    await untilAsked('Deleting');
    expect(toTask(await getTask(measuring, task), 'en').coverage).not.toBeNull();
    expect(await shown()).toMatchObject({ state: 'Deleting', targets: [{ percentage: 100 }] });
    expect(new Set(asked)).toEqual(new Set([100]));
  });

  test('a new version that its owner stops while a creation waits is Drifted', async () => {
    await createTask(console, input);
    await untilAsked('Preparing');
    world.owner.edit<Deployment>('Deployment', namespace, scenario.mirror, ({ spec }) => {
      spec.replicas = 0;
    });
    await world.until('it says so', async () => (await shown()).state === 'Drifted');
    expect(await shown()).toMatchObject({ reason: { code: 'drift_workload_stopped' } });
    expect(await waiting()).toBe(true);
  });
});

test('a deletion that interrupts a finish is not taken back onto a workload that is gone', async () => {
  await mirroring();
  const copying = world.owner.get<VirtualService>('VirtualService', namespace, 'reviews').spec.http ?? [];
  // Its console dies once the workload is removed.
  await finishTask(
    world.console('admin', (cluster) => dyingAt(cluster, 0, 'after')),
    task,
    { keepWorkload: false },
  );
  await untilAsked('Mirroring');
  await landPatch();
  await world.untilState(console, namespace, name, 'Incomplete');
  expect(isStanding()).toBe(false);
  // The owner's tool puts the copies in again, so the deletion waits.
  world.owner.edit<VirtualService>('VirtualService', namespace, 'reviews', ({ spec }) => {
    spec.http = copying;
  });
  await deleteTask(console, task);
  await untilAsked('Deleting');
  const { actions } = await getTask(console, task);
  expect(actions.find(({ verb }) => verb === 'rollback')).toMatchObject({ allowed: false });
  await landPatch();
  await world.untilGone(console, namespace, name);
  await world.pass(settleMs);
  expect(ownersObjects(world)).toEqual(before);
});

test('a console that dies while it waits leaves a task that another one continues', async () => {
  let isDead = false;
  const dying = world.console('admin', (cluster) => {
    const never = () => new Promise<never>(() => {});
    const unlessDead = (proceed: () => Promise<unknown>) => (isDead ? never() : proceed());
    return intercepting(cluster, { update: unlessDead, list: unlessDead, get: unlessDead });
  });
  await createTask(dying, input);
  await untilAsked('Preparing');
  isDead = true;
  await world.untilState(console, namespace, name, 'Incomplete');
  // The patch lands while nobody looks.
  await landPatch();
  await retryTask(console, task);
  await world.untilState(console, namespace, name, 'Mirroring');

  await deleteTask(console, task);
  await untilAsked('Deleting');
  await landPatch();
  await world.untilGone(console, namespace, name);
  await world.pass(settleMs);
  expect(ownersObjects(world)).toEqual(before);
  expectClientsUntouched(world, scenario);
});

test('a deletion that is continued waits and settles again where the copies have come back', async () => {
  await mirroring();
  const copying = world.owner.get<VirtualService>('VirtualService', namespace, 'reviews').spec.http ?? [];
  // Its console dies once the copies are out of every proxy, before anything is removed.
  await deleteTask(
    world.console('admin', (cluster) => dyingAt(cluster, 0, 'before')),
    task,
  );
  await untilAsked('Deleting');
  await landPatch();
  await world.untilState(console, namespace, name, 'Incomplete');
  expect(isStanding()).toBe(true);

  world.owner.edit<VirtualService>('VirtualService', namespace, 'reviews', ({ spec }) => {
    spec.http = copying;
  });
  await retryTask(console, task);
  await untilAsked('Deleting');
  await landPatch();
  const landedAt = world.clock.now();
  await world.until('the workload goes', () => !isStanding());
  expect(world.clock.now() - landedAt).toBeGreaterThanOrEqual(settleMs);
  await world.untilGone(console, namespace, name);
  await world.pass(settleMs);
  expect(ownersObjects(world)).toEqual(before);
});

test('a patch that its owner takes out again is drift, and restoring asks for it anew', async () => {
  await mirroring();
  takeCopiesOut();
  await world.untilState(console, namespace, name, 'Drifted');
  await restoreTask(console, task);
  await untilAsked('Preparing');
  await landPatch();
  await world.untilState(console, namespace, name, 'Mirroring');
});

test('an object of which no patch can be made is told of, and the wait goes on once one can', async () => {
  await createTask(console, input);
  await untilAsked('Preparing');
  let kept: VirtualService['spec']['http'];
  const edit = (change: (spec: VirtualService['spec']) => void) =>
    world.owner.edit<VirtualService>('VirtualService', namespace, 'reviews', ({ spec }) => change(spec));
  edit((spec) => {
    kept = spec.http;
    spec.http = [{ name: 'closed', directResponse: { status: 503 } }];
  });
  await world.until('it says so', async () => (await getTask(console, task)).derived.reason?.code === 'route_gone');
  expect(await listPatches(console, namespace, name)).toMatchObject([
    { landed: false, forms: null, problem: { code: 'route_gone' } },
  ]);
  edit((spec) => {
    spec.http = kept ?? [];
  });
  await untilAsked('Preparing');
  await landPatch();
  await world.untilState(console, namespace, name, 'Mirroring');
});

describe('two tasks of different namespaces whose copies come by patches of one VirtualService', () => {
  const first: CreateTaskInput = {
    ...newVersion({ namespace, name: 'details-v2', service: 'details', placement: 'dedicated' }, []),
    delivery: 'patch',
  };
  const second: CreateTaskInput = {
    ...newVersion({ namespace: 'httpbin', name: 'httpbin-v3', service: 'httpbin', placement: 'dedicated' }, []),
    target: { kind: 'version', version: 'v3', replicas: 1, containers: [] },
    delivery: 'patch',
  };
  beforeEach(async () => {
    const host = 'httpbin.httpbin.svc.cluster.local';
    world.owner.create({
      apiVersion: 'networking.istio.io/v1',
      kind: 'VirtualService',
      metadata: { name: 'both', namespace, annotations: { 'argocd.argoproj.io/tracking-id': 'shop:both' } },
      spec: {
        hosts: ['both.example.com'],
        gateways: ['shop-gateway'],
        http: [
          { match: [{ uri: { prefix: '/details' } }], route: [{ destination: { host: 'details' } }] },
          { route: [{ destination: { host, subset: 'v1', port: { number: 8000 } } }] },
        ],
      },
    } as VirtualService);
    await world.pass(settleMs);
    // What a plan tries out is stored nowhere.
    written.splice(0);
  });

  test('that are created at the same moment are not made both', async () => {
    const plain = world.console();
    const late = world.console('admin', (cluster) =>
      intercepting(cluster, {
        create: async (proceed, [object, options]) => {
          const isDryRun = (options as { dryRun?: boolean } | undefined)?.dryRun === true;
          if (!isDryRun && (object as KubeObject).kind === 'ConfigMap') await createTask(plain, first);
          return proceed();
        },
      }),
    );
    await expect(createTask(late, second)).rejects.toMatchObject({
      code: 'plan_infeasible',
      details: [
        {
          code: 'reason.task_rival_patch',
          params: { namespace, name: 'both', task: `${namespace}/details-v2` },
        },
      ],
    });
    await world.untilGone(plain, second.namespace, second.name);
    expect((await getTask(plain, first)).record.spec.name).toBe('details-v2');
  });

  test('are made all the same where another namespace cannot be read at that moment, which is told', async () => {
    const flaky = world.console('admin', (cluster) =>
      intercepting(cluster, {
        readAll: async (proceed, [kind, where]) => {
          if (kind === 'ConfigMap' && where === second.namespace)
            throw new ClusterError('other', 'etcdserver: leader changed', { status: 500 });
          return proceed();
        },
      }),
    );
    await createTask(flaky, first);
    const begun = async () => (await getTask(flaky, first)).record.activity[0]!;
    await world.until('it has begun', async () => (await getTask(flaky, first)).record.begun === true);
    expect(await begun()).toMatchObject({
      outcome: 'started',
      detail: { code: 'rivals_unread', params: { namespaces: second.namespace } },
    });
    await world.until('the owner is asked', async () => {
      const { derived } = await getTask(flaky, first);
      return derived.reason?.code === 'waiting_for_patch';
    });
  });

  test('are not made where those of their own namespace cannot be read: one of these could lead clients to the mirror', async () => {
    let isDown = false;
    const flaky = world.console('admin', (cluster) =>
      intercepting(cluster, {
        create: async (proceed, [object, options]) => {
          const isDryRun = (options as { dryRun?: boolean } | undefined)?.dryRun === true;
          isDown ||= !isDryRun && (object as KubeObject).kind === 'ConfigMap';
          return proceed();
        },
        readAll: async (proceed, [kind, where]) => {
          if (isDown && kind === 'ConfigMap' && where === first.namespace)
            throw new ClusterError('other', 'etcdserver: leader changed', { status: 500 });
          return proceed();
        },
      }),
    );
    await expect(createTask(flaky, first)).rejects.toMatchObject({ name: 'ClusterError' });
    await world.pass(60_000);
    const made = world.sandbox.store.list('apps', 'Deployment').map(({ metadata }) => metadata.name);
    expect(made).not.toContain('details-v2');
  });

  test('do not keep a task from being made that writes for itself', async () => {
    const plain = world.console();
    await createTask(plain, first);
    await createTask(plain, { ...second, delivery: 'write' });
    expect((await getTask(plain, second)).derived.state).toBe('Preparing');
  });
});
