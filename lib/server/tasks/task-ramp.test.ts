import { beforeEach, describe, expect, onTestFinished, vi } from 'vitest';
import type { Deployment, KubeObject, VirtualService } from '@/lib/domain/kubernetes';
import { applyJsonPatch } from '@/lib/domain/testing/apply-json-patch';
import { ClusterError } from '@/lib/server/cluster/cluster-error';
import { log } from '@/lib/server/log';
import { changeTask } from './change-task';
import type { TaskContext } from './context';
import { createTask } from './create-task';
import { finishTask } from './finish-task';
import { getTask } from './get-task';
import { pauseTask } from './pause-task';
import { resumeTask } from './resume-task';
import { retryTask } from './retry-task';
import { rollbackTask } from './rollback-task';
import { intercepting } from './testing/count-calls';
import { stopTasks } from './stop-tasks';
import { expectClientsUntouched, scenarios, startTask } from './testing/scenarios';
import { console, test, world } from './testing/in-world';
import { settleMs } from './testing/world';
import { listPatches } from './view/task-patches';
import { toTask } from './view/to-task';

const scenario = scenarios[1]!;
const { namespace, name } = scenario.input;
const task = { namespace, name };
const minute = 60_000;
const ramp = [
  { percentage: 5, holdSeconds: 600 },
  { percentage: 25, holdSeconds: 300 },
  { percentage: 50, holdSeconds: 60 },
];

const share = () => {
  const { spec } = world.owner.get<VirtualService>('VirtualService', namespace, 'reviews');
  return spec.http?.find(({ mirror }) => mirror)?.mirrorPercentage?.value ?? null;
};
const rampOf = async (reader = console) => toTask(await getTask(reader, task), 'en').ramp;
const untilShare = (wanted: number) => world.until(`${wanted} % are copied`, () => share() === wanted);
const untilHeld = async (code: string, reader = console) => {
  await world.until(`the ramp is held by ${code}`, async () => (await rampOf(reader))?.held?.reason.code === code);
};

const refused = (reason: string) => ({ code: 'not_possible', details: [{ code: `reason.${reason}` }] });

/** A task whose ramp's first share is copied. */
async function startRamp(driver = console): Promise<void> {
  await startTask(world, driver, scenario);
  await changeTask(driver, task, { ramp });
  await world.until('the first step began', async () => (await rampOf())?.since != null);
}

test('a ramp raises the share step by step, each after its time, and ends at its last', async () => {
  await startRamp();
  expect([share(), (await rampOf())?.step]).toEqual([5, 0]);
  await world.pass(9 * minute);
  expect(share()).toBe(5);
  await untilShare(25);
  await world.pass(4 * minute);
  expect(share()).toBe(25);
  await untilShare(50);
  await world.until('the ramp is over', async () => (await rampOf()) === null);
  await world.pass(10 * minute);
  expect(share()).toBe(50);
  const { record } = await getTask(console, task);
  expect(record.activity.flatMap(({ detail }) => detail?.code ?? [])).toEqual([
    'ramp_start',
    'ramp_raise',
    'ramp_raise',
    'ramp_over',
  ]);
  expectClientsUntouched(world, scenario);
});

test.each([
  [
    'falls from a share by itself to one by the target’s id',
    [{ percentage: 50, holdSeconds: 60 }, { targets: [{ id: 'version', percentage: 10 }] }],
    'ramp[1].targets[0].percentage',
  ],
  [
    'falls from a share by the target’s id to one by itself',
    [{ targets: [{ id: 'version', percentage: 50 }], holdSeconds: 60 }, { percentage: 10 }],
    'ramp[1].percentage',
  ],
])('a ramp that %s is refused', async (_, falling, path) => {
  await startTask(world, console, scenario);
  await changeTask(console, task, { percentage: 1 });
  await world.untilState(console, namespace, name, 'Mirroring');
  await expect(changeTask(console, task, { ramp: falling })).rejects.toMatchObject({
    details: [{ path, code: 'ramp_not_above' }],
  });
});

test('a ramp may say its only target’s share by itself and by its id, whatever is copied now', async () => {
  await startTask(world, console, scenario);
  await changeTask(console, task, {
    ramp: [{ percentage: 5, holdSeconds: 60 }, { targets: [{ id: 'version', percentage: 10 }] }],
  });
  await untilShare(10);
});

test('a ramp whose last step has no time ends as soon as its share is copied', async () => {
  await startTask(world, console, scenario);
  await changeTask(console, task, { ramp: [{ percentage: 5, holdSeconds: 60 }, { percentage: 100 }] });
  await untilShare(100);
  await world.until('the ramp is over', async () => (await rampOf()) === null);
  await world.untilState(console, namespace, name, 'Mirroring');
  expect(share()).toBe(100);
});

test('a ramp that is held raises nothing, goes on with what is left of its step, and stops where it is', async () => {
  await startRamp();
  const { percentageSince } = (await getTask(console, task)).record;
  await world.pass(8 * minute);
  await changeTask(console, task, { rampHeld: true });
  await untilHeld('ramp_on_demand');
  await world.pass(15 * minute);
  expect(share()).toBe(5);
  // Nothing that is copied has changed: the figures go on.
  expect((await getTask(console, task)).record.percentageSince).toBe(percentageSince);
  await changeTask(console, task, { rampHeld: false });
  await world.untilState(console, namespace, name, 'Mirroring');
  // Whoever still sees it held does not have the step begin anew.
  await expect(changeTask(world.console(), task, { rampHeld: false })).rejects.toMatchObject(refused('ramp_goes_on'));
  await world.pass(minute);
  expect(share()).toBe(5);
  await world.pass(2 * minute);
  expect(share()).toBe(25);
  await changeTask(console, task, { ramp: null });
  await world.pass(15 * minute);
  expect([share(), await rampOf()]).toEqual([25, null]);
});

test.each([
  [
    'Drifted',
    () =>
      world.owner.edit<VirtualService>('VirtualService', namespace, 'reviews', ({ spec }) => {
        for (const route of spec.http ?? []) if (route.mirror) route.mirrorPercentage = { value: 7 };
      }),
    7,
  ],
  [
    'Degraded',
    () =>
      world.owner.edit<Deployment>('Deployment', namespace, scenario.mirror, ({ spec }) => {
        spec.template.spec.containers[0]!.image = 'example/no-such-image:1';
      }),
    5,
  ],
] as const)('a ramp holds by itself while its task is %s', async (state, spoil, left) => {
  await startRamp();
  spoil();
  await world.until(state, async () => (await getTask(console, task)).derived.state === state);
  await untilHeld('ramp_state');
  await world.pass(15 * minute);
  expect(share()).toBe(left);
});

test('a ramp holds by itself when a raise fails, and that raise is continued without the next ones', async () => {
  let isFailing = false;
  const driver = world.console('admin', (cluster) =>
    intercepting(cluster, {
      update: async (proceed, [object, options]) => {
        const isDryRun = (options as { dryRun?: boolean } | undefined)?.dryRun === true;
        if (isFailing && !isDryRun && (object as KubeObject).kind === 'VirtualService')
          throw new ClusterError('invalid', 'denied by a webhook', { status: 422 });
        return proceed();
      },
    }),
  );
  await startRamp(driver);
  isFailing = true;
  await world.untilState(console, namespace, name, 'Incomplete');
  await untilHeld('ramp_state');
  isFailing = false;
  await retryTask(driver, task);
  await world.untilState(console, namespace, name, 'Mirroring');
  await world.pass(15 * minute);
  expect(share()).toBe(25);
});

test('a task whose raise failed, with nobody there, is stopped with all others', async () => {
  let isFailing = false;
  const driver = world.console('admin', (cluster) =>
    intercepting(cluster, {
      update: async (proceed, [object]) => {
        if (isFailing && (object as KubeObject).kind === 'VirtualService')
          throw new ClusterError('invalid', 'denied by a webhook', { status: 422 });
        return proceed();
      },
    }),
  );
  await startRamp(driver);
  isFailing = true;
  await world.untilState(console, namespace, name, 'Incomplete');
  isFailing = false;
  const { items } = await stopTasks(driver, namespace);
  expect(items).toMatchObject([{ name, outcome: 'accepted' }]);
  await world.untilState(console, namespace, name, 'Paused');
  expect(share()).toBeNull();
  expect((await rampOf())?.held).not.toBeNull();
  await resumeTask(driver, task);
  await world.untilState(console, namespace, name, 'Mirroring');
  expect(share()).toBe(25);
  expectClientsUntouched(world, scenario);
});

test('an edit of something else that is taken back leaves the ramp held, and it goes on; a raise taken back ends it', async () => {
  let isFailing = false;
  const driver = world.console('admin', (cluster) =>
    intercepting(cluster, {
      update: async (proceed, [object, options]) => {
        const isDryRun = (options as { dryRun?: boolean } | undefined)?.dryRun === true;
        if (isFailing && !isDryRun && (object as KubeObject).kind !== 'ConfigMap')
          throw new ClusterError('invalid', 'denied by a webhook', { status: 422 });
        return proceed();
      },
    }),
  );
  await startRamp(driver);
  isFailing = true;
  await changeTask(driver, task, { replicas: 2 });
  await world.untilState(console, namespace, name, 'Incomplete');
  await untilHeld('ramp_state');
  isFailing = false;
  await rollbackTask(driver, task);
  await world.untilState(console, namespace, name, 'Mirroring');
  await changeTask(driver, task, { rampHeld: false });
  await untilShare(25);
  isFailing = true;
  await world.untilState(console, namespace, name, 'Incomplete');
  isFailing = false;
  await rollbackTask(driver, task);
  await world.untilState(console, namespace, name, 'Mirroring');
  expect([share(), await rampOf()]).toEqual([25, null]);
});

test('a raise that its user may not make any more is not made, and the log says why', async () => {
  const warned = vi.spyOn(log, 'warn');
  onTestFinished(() => warned.mockRestore());
  let mayWrite = true;
  const driver = world.console('admin', (cluster) =>
    intercepting(cluster, {
      review: async (proceed) => {
        const answers = (await proceed()) as boolean[];
        return mayWrite ? answers : answers.map(() => false);
      },
    }),
  );
  await startRamp(driver);
  mayWrite = false;
  await untilHeld('ramp_forbidden');
  expect(share()).toBe(5);
  expect(warned).toHaveBeenCalledWith(
    expect.objectContaining({ task, err: expect.objectContaining({ code: 'forbidden' }) as unknown }),
    'the next step of a ramp is refused',
  );
});

test.each([
  ['forbidden', 403, 'ramp_forbidden'],
  ['unauthorized', 401, 'ramp_unauthorized'],
] as const)(
  'a ramp whose driver may not even write its hold (%s) is told as held, raises nothing, and goes on once that is mended',
  async (code, status, reason) => {
    let isRefused = false;
    const unlessRefused = async (proceed: () => Promise<unknown>) => {
      if (isRefused) throw new ClusterError(code, 'configmaps is closed to admin', { status });
      return proceed();
    };
    const driver = world.console('admin', (cluster) =>
      intercepting(cluster, { ...(status === 401 && { get: unlessRefused }), update: unlessRefused }),
    );
    await startRamp(driver);
    isRefused = true;
    await untilHeld(reason, driver);
    const held = (await rampOf(driver))?.held;
    expect(held?.reason.message).toContain('configmaps is closed to admin');
    await world.pass(15 * minute);
    expect([share(), (await rampOf(driver))?.held]).toEqual([5, held]);
    // Who sees only the record is told that nobody raises it.
    expect((await rampOf())?.held?.reason.code).toBe('ramp_console_stopped');
    isRefused = false;
    await changeTask(driver, task, { rampHeld: false });
    await world.until('it goes on', async () => (await rampOf(driver))?.held === null);
    await untilShare(25);
  },
);

test('a ramp whose credentials have ended asks less and less, and writes its hold once they are back', async () => {
  let hasEnded = false;
  let asked = 0;
  const driver = world.console('admin', (cluster) =>
    intercepting(cluster, {
      get: async (proceed) => {
        if (!hasEnded) return proceed();
        asked += 1;
        throw new ClusterError('unauthorized', 'the token has expired', { status: 401 });
      },
    }),
  );
  await startRamp(driver);
  hasEnded = true;
  await untilHeld('ramp_unauthorized', driver);
  await world.pass(10 * minute);
  asked = 0;
  await world.pass(20 * minute);
  expect(asked).toBeGreaterThan(0);
  expect(asked).toBeLessThanOrEqual(3);
  hasEnded = false;
  await world.until('its driver has let go', () => driver.ramps.size === 0);
  expect((await rampOf())?.held?.reason.code).toBe('ramp_unauthorized');
});

describe('a hold that could not be written', () => {
  let isRefused: boolean;
  let driver: TaskContext;
  beforeEach(async () => {
    isRefused = false;
    driver = world.console('admin', (cluster) =>
      intercepting(cluster, {
        update: async (proceed) => {
          if (isRefused) throw new ClusterError('forbidden', 'configmaps is closed to admin', { status: 403 });
          return proceed();
        },
      }),
    );
    await startRamp(driver);
    isRefused = true;
    await untilHeld('ramp_forbidden', driver);
    isRefused = false;
  });

  test('is written once it can be, and its driver lets go', async () => {
    await untilHeld('ramp_forbidden');
    await world.until('its driver has let go', () => driver.ramps.size === 0);
    await world.pass(15 * minute);
    expect(share()).toBe(5);
  });

  test('is continued at once, before it is written', async () => {
    await changeTask(driver, task, { rampHeld: false });
    await world.pass(minute);
    expect((await rampOf(driver))?.held).toBeNull();
    await untilShare(25);
  });
});

test('a console that starts again never raises: the ramp is held until somebody continues it, there', async () => {
  await startRamp();
  console.ramps.get(`${namespace}/${name}`)?.cancel();
  const next = world.console();
  await rampOf(next);
  await world.pass(minute);
  await untilHeld('ramp_console_stopped', next);
  await world.pass(15 * minute);
  expect(share()).toBe(5);
  await changeTask(next, task, { rampHeld: false });
  await world.until('it goes on', async () => (await rampOf(next))?.held === null);
  await untilShare(25);
});

test('a ramp whose raise waits for the owner of the routes is not said to be nobody’s', async () => {
  const patch = async () => (await listPatches(console, namespace, name))[0];
  const landPatch = async () => {
    await world.until('the owner is asked', async () => (await patch())?.landed === false);
    const operations = (await patch())?.forms?.operations ?? [];
    world.owner.edit<VirtualService>('VirtualService', namespace, 'reviews', (object) => {
      Object.assign(object, applyJsonPatch(object, operations));
    });
    await world.untilState(console, namespace, name, 'Mirroring');
  };
  world.owner.edit<VirtualService>('VirtualService', namespace, 'reviews', ({ metadata }) => {
    metadata.annotations = { ...metadata.annotations, 'argocd.argoproj.io/tracking-id': 'shop:reviews' };
  });
  await world.pass(settleMs);
  await createTask(console, { ...scenario.input, delivery: 'patch' });
  await landPatch();
  await changeTask(console, task, { ramp });
  for (let passed = 0; passed < 4; passed++) {
    await world.pass(minute);
    expect((await rampOf())?.held).toBeNull();
  }
  await landPatch();
  expect(await rampOf()).toMatchObject({ step: 0, held: null });
});

test('a console that was cut off for long raises nothing when it is back: it was said to have stopped', async () => {
  let isCutOff = false;
  const unlessCutOff = async (proceed: () => Promise<unknown>) => {
    if (isCutOff) throw new ClusterError('unreachable', 'no connection');
    return proceed();
  };
  const driver = world.console('admin', (cluster) =>
    intercepting(cluster, { get: unlessCutOff, update: unlessCutOff }),
  );
  await startRamp(driver);
  await world.pass(3 * minute);
  isCutOff = true;
  await world.pass(minute / 2);
  isCutOff = false;
  await world.pass(minute);
  // Half a minute is nothing to speak of.
  expect((await rampOf())?.held).toBeNull();
  isCutOff = true;
  for (let passed = 0; passed < 10; passed++) {
    await world.pass(minute);
    await rampOf();
  }
  expect((await rampOf())?.held?.reason.code).toBe('ramp_console_stopped');
  isCutOff = false;
  await world.pass(minute);
  expect([share(), (await rampOf())?.held?.reason.code]).toEqual([5, 'ramp_console_stopped']);
  // What it saw pass counts.
  await changeTask(console, task, { rampHeld: false });
  await world.pass(5 * minute);
  expect(share()).toBe(5);
  await world.pass(2 * minute);
  expect(share()).toBe(25);
});

test('a ramp that another console continues is raised by that one alone', async () => {
  await startRamp();
  await changeTask(console, task, { rampHeld: true });
  await untilHeld('ramp_on_demand');
  const next = world.console();
  await changeTask(next, task, { rampHeld: false });
  await untilShare(50);
  await world.until('the first one has let go', () => console.ramps.size === 0);
  const { record } = await getTask(console, task);
  expect(record.activity.filter(({ detail }) => detail?.code === 'ramp_raise')).toHaveLength(2);
});

test('a pause holds the ramp, which a resume alone does not continue; a share of its own or a finish ends it', async () => {
  await startRamp();
  await pauseTask(console, task);
  await world.untilState(console, namespace, name, 'Paused');
  expect((await rampOf())?.held?.reason.code).toBe('ramp_task_paused');
  await expect(changeTask(console, task, { rampHeld: false })).rejects.toMatchObject(refused('ramp_task_paused'));
  await expect(changeTask(console, task, { rampHeld: true })).rejects.toMatchObject(refused('ramp_already_held'));
  await resumeTask(console, task);
  await world.untilState(console, namespace, name, 'Mirroring');
  await world.pass(15 * minute);
  expect(share()).toBe(5);
  await changeTask(console, task, { percentage: 10 });
  await world.untilState(console, namespace, name, 'Mirroring');
  expect(await rampOf()).toBeNull();
  await expect(changeTask(console, task, { ramp: null })).rejects.toMatchObject(refused('ramp_none'));
  await changeTask(console, task, { ramp });
  await world.untilState(console, namespace, name, 'Mirroring');
  await finishTask(console, task, { keepWorkload: false });
  await world.untilState(console, namespace, name, 'Finished');
  expect(await rampOf()).toBeNull();
});
