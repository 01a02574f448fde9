import { describe, expect } from 'vitest';
import type { Fault } from '@/lib/sandbox/kube/faults';
import type { TaskRecord } from '@/lib/domain/task';
import { ClusterError } from '@/lib/server/cluster/cluster-error';
import type { ApiError } from '@/lib/server/http/api-error';
import { changeTask } from './change-task';
import { createTask } from './create-task';
import { deleteTask } from './delete-task';
import { getTask } from './get-task';
import { listTasks } from './list-tasks';
import { pauseTask } from './pause-task';
import { resumeTask } from './resume-task';
import { expectClientsUntouched, ownersObjects, scenarios } from './testing/scenarios';
import { console, test, world } from './testing/in-world';
import { settleMs } from './testing/world';

const scenario = scenarios[4]!;
const { namespace, name } = scenario.input;
const task = { namespace, name };
const objects = /(virtualservices|destinationrules|deployments|services|configmaps|pods)/;
const plant = (fault: Partial<Fault>) =>
  world.sandbox.faults.plant({ path: objects, kind: 'delay', delayMs: 10_000, skip: 0, times: Infinity, ...fault });
/** A person whose request fails for now sends it again. */
const persist = async (run: () => Promise<unknown>) => {
  await world.until('the request is taken', () =>
    run().then(
      () => true,
      (error: unknown) => {
        const isTransient = error instanceof ClusterError && error.isTransient;
        // The record was stored, or the verb begun, though the answer failed.
        const isBegun = ['already_exists', 'operation_running', 'not_possible'].includes(
          String((error as ApiError).code),
        );
        if (!isTransient && !isBegun) throw error;
        return isBegun;
      },
    ),
  );
};
/** Everything that a task does in its life, one verb after the other. */
const live = async () => {
  await persist(() => createTask(console, scenario.input));
  await until('Mirroring');
  await persist(() => changeTask(console, task, { percentage: 25 }));
  await until('Mirroring');
  await persist(() => pauseTask(console, task));
  await until('Paused');
  await persist(() => resumeTask(console, task));
  await until('Mirroring');
  await persist(() => deleteTask(console, task));
  await world.until(
    'it is gone',
    async () => world.sandbox.store.get('', 'ConfigMap', namespace, recordName) === undefined,
  );
};
const recordName = `mirror-console.${name}`;
/** By the record as it is stored: reading through the console may fail for now. */
const until = (desired: 'Mirroring' | 'Paused') =>
  world.until(desired, async () => {
    const view = await getTask(console, task).catch(() => null);
    return view?.record.operation === null && view.derived.state === desired;
  });

describe('a task lives and dies as ever, and its clients notice nothing, while the API server', () => {
  test.each<[string, () => void]>([
    ['refuses every fourth write for a second (429)', () => every(4, { kind: 'error429' })],
    ['fails at every fourth write (500)', () => every(4, { kind: 'error500' })],
    ['refuses every fourth read and watch (429)', () => every(4, { method: 'GET', kind: 'error429' })],
    ['fails at every fourth read and watch (500)', () => every(4, { method: 'GET', kind: 'error500' })],
  ])('%s', async (_, begin) => {
    scenario.prepare?.(world);
    await world.pass(settleMs);
    const before = ownersObjects(world);
    // The console has its caches: what it knows stays known.
    await listTasks(console, everything);
    begin();
    await live();
    expect(world.sandbox.faults.planted.length, 'faults that hit nothing').toBeLessThan(plantedMax);
    world.sandbox.faults.clear();
    await world.pass(2 * settleMs);
    expect(ownersObjects(world)).toEqual(before);
    expectClientsUntouched(world, scenario);
  });

  const everything = { namespace: null, states: [], q: '', sort: 'name', limit: 9, continue: null } as const;
  const plantedMax = 12;
  /** One fault after the other, each for one request, with some that are let through between them. */
  const every = (nth: number, fault: Partial<Fault>) => {
    for (let planted = 0; planted < plantedMax; planted++) plant({ ...fault, skip: nth - 1, times: 1 });
  };
});

test('an API server that takes 10 s for every answer makes a task slow, and nothing else', async () => {
  scenario.prepare?.(world);
  await world.pass(settleMs);
  const before = ownersObjects(world);
  const other = world.console();
  for (const reader of [console, other])
    await listTasks(reader, { namespace: null, states: [], q: '', sort: 'name', limit: 9, continue: null });
  plant({});
  plant({ method: 'GET' });
  const seen = new Set<string>();
  /** Time goes on while requests are under way; what is read is what the sandbox holds. */
  const untilStored = async (what: string, condition: (record: TaskRecord | null) => boolean) => {
    for (let stride = 0; stride < 20_000; stride++) {
      await new Promise((resolve) => setTimeout(resolve, 1));
      const map = world.sandbox.store.get('', 'ConfigMap', namespace, recordName);
      const record = map ? (JSON.parse(String(map['data']?.record)) as TaskRecord) : null;
      if (record?.operation) seen.add(record.operation.holder);
      if (condition(record)) return;
      world.clock.advance(250);
    }
    throw new Error(`waited in vain until ${what}`);
  };
  const rests = (desired: TaskRecord['desired']) => (record: TaskRecord | null) =>
    record?.operation === null && record.desired === desired;
  void createTask(console, scenario.input);
  await untilStored('it mirrors', rests('mirroring'));
  void pauseTask(console, task);
  await untilStored('it is paused', rests('paused'));
  void deleteTask(console, task);
  await untilStored('it is gone', (record) => record === null);
  // Nobody took the lock for left, however long each renewal took.
  expect([...seen]).toEqual([console.holder]);
  world.sandbox.faults.clear();
  await world.pass(2 * settleMs);
  expect(ownersObjects(world)).toEqual(before);
  expectClientsUntouched(world, scenario);
});

test('a watch history that is forgotten again and again costs a new list each time, and misses nothing', async () => {
  scenario.prepare?.(world);
  await world.pass(settleMs);
  const before = ownersObjects(world);
  const compact = setInterval(() => world.sandbox.store.compact(), 5);
  try {
    await live();
  } finally {
    clearInterval(compact);
  }
  await world.pass(2 * settleMs);
  expect(ownersObjects(world)).toEqual(before);
  expectClientsUntouched(world, scenario);
});
