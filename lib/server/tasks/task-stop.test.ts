import { beforeEach, expect } from 'vitest';
import type { Service, VirtualService } from '@/lib/domain/kubernetes';
import { createTask } from './create-task';
import { getTask } from './get-task';
import { finishTask } from './finish-task';
import { listTasks } from './list-tasks';
import { pauseTask } from './pause-task';
import { restoreTask } from './restore-task';
import { console, test, world } from './testing/in-world';
import { newVersion } from './testing/world';
import { toTask } from './view/to-task';

beforeEach(() => world.measure());

const namespace = 'demo-project';
const task = { namespace, name: 'reviews-v2' };
const everything = { namespace, states: [], q: '', sort: 'attention', limit: 50, continue: null } as const;

async function pausedTask() {
  await createTask(console, newVersion({ ...task, service: 'reviews', placement: 'dedicated' }, []));
  await world.untilState(console, namespace, task.name, 'Mirroring');
  await world.pass(120_000);
  await pauseTask(console, task);
  await world.untilState(console, namespace, task.name, 'Paused');
}

/** Puts a Service `reviews-kept` before the workload that a finished task kept. */
async function keepReachable(): Promise<void> {
  const { labels } = (await console.cluster.list('Deployment', namespace)).find(
    ({ metadata }) => metadata.name === 'reviews-v2',
  )!.spec.template.metadata!;
  world.owner.create({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'reviews-kept', namespace },
    spec: { selector: labels, ports: [{ name: 'http', port: 9080 }] },
  } as Service);
}

/** Somebody copies the requests to another service to the task's mirror. */
const foreignMirror = {
  apiVersion: 'networking.istio.io/v1',
  kind: 'VirtualService',
  metadata: { name: 'details-tap', namespace },
  spec: {
    hosts: ['details'],
    http: [
      {
        name: 'all',
        route: [{ destination: { host: 'details' } }],
        mirror: { host: 'reviews-mirror-reviews-v2', port: { number: 9080 } },
      },
    ],
  },
} satisfies VirtualService;

test('copies that still arrive after a pause are shouted about, with what sends them, until they end', async () => {
  await pausedTask();
  world.owner.create(foreignMirror);
  await world.pass(180_000);

  const view = toTask(await getTask(console, task), 'en');
  expect(view.stop).toMatchObject({
    confirmedAt: null,
    reason: { code: 'stop_still_arriving' },
    causes: [{ code: 'stray_other_mirror', params: { namespace, name: 'details-tap', route: 'all' } }],
  });
  expect(view.stop?.causes[0]?.message).toContain('details-tap');
  expect(view).toMatchObject({ state: 'Paused', reason: { code: 'copies_while_paused' } });

  const attention = await listTasks(console, { ...everything, states: ['attention'] });
  expect(attention.items.map(({ record }) => record.spec.name)).toEqual(['reviews-v2']);
  expect(attention.counts).toMatchObject({ Paused: 1, attention: 1 });

  world.owner.delete('VirtualService', namespace, 'details-tap');
  await world.pass(180_000);
  const after = toTask(await getTask(console, task), 'en');
  expect(after).toMatchObject({ state: 'Paused', reason: null, stop: { reason: null, causes: [] } });
  expect((await listTasks(console, everything)).counts).toMatchObject({ attention: 0 });
});

test('a pause that works raises no alarm at any time after it', async () => {
  await pausedTask();
  for (let seconds = 0; seconds < 240; seconds += 15) {
    const view = await getTask(console, task);
    expect(view.derived, `${seconds} s after the pause`).toMatchObject({ state: 'Paused', reason: null });
    expect(view.stop?.reason?.code ?? 'confirmed').toMatch(/^(stop_settling|confirmed)$/);
    await world.pass(15_000);
  }
  expect((await getTask(console, task)).stop?.confirmedAt).not.toBeNull();
});

test('a copy that somebody put back is none of ours once the task was restored: no alarm follows', async () => {
  await pausedTask();
  await world.pass(180_000);
  const mirror = { host: `reviews-mirror-${task.name}.${namespace}.svc.cluster.local`, port: { number: 9080 } };
  world.owner.edit<VirtualService>('VirtualService', namespace, 'reviews', ({ spec }) => {
    for (const route of spec.http ?? []) route.mirror = mirror;
  });
  await world.untilState(console, namespace, task.name, 'Drifted');
  await world.pass(60_000);
  await restoreTask(console, task);
  await world.untilState(console, namespace, task.name, 'Paused');
  for (let seconds = 0; seconds < 240; seconds += 15) {
    const { derived } = await getTask(console, task);
    expect(derived, `${seconds} s after the restore`).toMatchObject({ state: 'Paused', reason: null });
    await world.pass(15_000);
  }
});

test('copies that still arrive at a workload which a finished task kept are shouted about, with what sends them', async () => {
  await createTask(console, newVersion({ ...task, service: 'reviews', placement: 'dedicated' }, []));
  await world.untilState(console, namespace, task.name, 'Mirroring');
  await finishTask(console, task, { keepWorkload: true });
  await world.untilState(console, namespace, task.name, 'Finished');
  await keepReachable();
  const { spec, ...tap } = foreignMirror;
  const http = spec.http.map((route) => ({ ...route, mirror: { ...route.mirror, host: 'reviews-kept' } }));
  world.owner.create({ ...tap, spec: { ...spec, http } } as VirtualService);
  await world.pass(180_000);

  const view = toTask(await getTask(console, task), 'en');
  expect(view).toMatchObject({
    state: 'Finished',
    reason: { code: 'copies_while_finished', params: { workload: 'reviews-v2' } },
    stop: { confirmedAt: null, causes: [{ code: 'stray_other_mirror', params: { name: 'details-tap' } }] },
  });
  expect(view.reason?.message).toContain('though the task is finished');
  const attention = await listTasks(console, { ...everything, states: ['attention'] });
  expect(attention.items.map(({ record }) => record.spec.name)).toEqual(['reviews-v2']);

  world.owner.delete('VirtualService', namespace, 'details-tap');
  await world.pass(180_000);
  expect((await getTask(console, task)).derived).toMatchObject({ state: 'Finished', reason: null });
});

test('a workload that was kept and then promoted is no alarm, and its requests are called no copies', async () => {
  await createTask(console, newVersion({ ...task, service: 'reviews', placement: 'dedicated' }, []));
  await world.untilState(console, namespace, task.name, 'Mirroring');
  await finishTask(console, task, { keepWorkload: true });
  await world.untilState(console, namespace, task.name, 'Finished');
  world.owner.create({
    ...foreignMirror,
    spec: {
      hosts: ['details'],
      http: [{ route: [{ destination: { host: 'reviews-kept', port: { number: 9080 } } }] }],
    },
  } as VirtualService);
  await keepReachable();
  await world.pass(180_000);
  const view = await getTask(console, task);
  expect(view.derived).toMatchObject({ state: 'Finished', reason: null });
  expect(view.stop).toMatchObject({ confirmedAt: null, reason: { code: 'stop_serves_live' }, causes: [] });
  expect((await listTasks(console, everything)).counts).toMatchObject({ attention: 0 });
});
