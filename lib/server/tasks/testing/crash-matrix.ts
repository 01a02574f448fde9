import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { percentagesInForce } from '@/lib/domain/awaiting';
import type { KubeObject, VirtualService } from '@/lib/domain/kubernetes';
import type { TaskRecord, TaskState } from '@/lib/domain/task';
import { adoptTask } from '../adopt-task';
import type { TaskContext } from '../context';
import { changeTask } from '../change-task';
import { createTask } from '../create-task';
import { deleteTask } from '../delete-task';
import { finishTask } from '../finish-task';
import { getTask } from '../get-task';
import { pauseTask } from '../pause-task';
import { restoreTask } from '../restore-task';
import { resumeTask } from '../resume-task';
import { retryTask } from '../retry-task';
import { rollbackTask } from '../rollback-task';
import { faultyAt, notingEveryWrite, type Fault } from './faulty-cluster';
import { expectClientsUntouched, ownersObjects, prepare, rareScenarios, scenarios, type Scenario } from './scenarios';
import { settleMs, World } from './world';

/**
 * Every single write of every verb is made to fail, to time out after it took effect, and to be the last one of its
 * process; then the task is continued, taken back, or deleted. `CRASH_MATRIX=full` runs every combination,
 * `CRASH_MATRIX=3/10` the third of ten equal parts of them. Without it each write of an object, and the journal's write
 * after it, is struck once per kind of task, by another case each time.
 */
const wanted = process.env.CRASH_MATRIX ?? '';
const [part = 0, parts = 1] = /^\d+\/\d+$/.test(wanted) ? wanted.split('/').map(Number) : [];
const isFull = wanted === 'full' || parts > 1;

const verbs = [
  'create',
  'change',
  'change of the workload',
  'change of the selection',
  'addition of a target',
  'removal of a target',
  'pause',
  'resume',
  'restore',
  'adopt',
  'finish',
  'finish, keeping the workload',
  'delete',
] as const;
type Verb = (typeof verbs)[number];
type Outcome = 'continued' | 'taken back' | 'deleted';

/** What a case leaves to the next one: a task as it stood before the verb, none as before there was one, or neither. */
type Left = 'as it stood' | 'as before' | 'used';

interface Case {
  fault: Fault;
  outcome: Outcome;
}

const everyCase: readonly Case[] = [
  { fault: 'dies', outcome: 'continued' },
  { fault: 'dies', outcome: 'taken back' },
  { fault: 'refuses', outcome: 'continued' },
  { fault: 'refuses', outcome: 'deleted' },
  { fault: 'dies', outcome: 'deleted' },
  { fault: 'refuses', outcome: 'taken back' },
  { fault: 'lost', outcome: 'continued' },
  { fault: 'lost', outcome: 'taken back' },
  { fault: 'lost', outcome: 'deleted' },
];

/** Where a verb leaves a task that nothing interrupts; null: it is gone. */
const ends: Record<Verb, TaskState | null> = {
  create: 'Mirroring',
  change: 'Mirroring',
  'change of the workload': 'Mirroring',
  'change of the selection': 'Mirroring',
  'addition of a target': 'Mirroring',
  'removal of a target': 'Mirroring',
  pause: 'Paused',
  resume: 'Mirroring',
  restore: 'Mirroring',
  adopt: 'Mirroring',
  finish: 'Finished',
  'finish, keeping the workload': 'Finished',
  delete: null,
};

/** What can be taken back once it is interrupted. An answer to a drift and a deletion are only continued. */
const takenBack: readonly Verb[] = [
  'create',
  'change',
  'change of the workload',
  'change of the selection',
  'addition of a target',
  'removal of a target',
  'pause',
  'resume',
  'finish',
  'finish, keeping the workload',
];

const anotherImage = 'kubesphere/examples-bookinfo-reviews-v3:1.16.2';

/** Cases wait for minutes of a task's time: a look every two seconds of it is enough. */
const stridesPerLook = 4;

let world: World;
let healthy: TaskContext;

/** One test strikes every write of a verb in turn: minutes on a busy machine, in every way many of them. */
const matrixTimeoutMs = isFull ? 7_200_000 : 600_000;

/** The matrix of the kinds of task in one placement: a file each, so that they run side by side. */
export function describeCrashMatrix(placement: Scenario['placement']): void {
  beforeEach(async () => {
    world = await World.start({ stridesPerLook });
    healthy = world.console();
  });
  afterEach(() => world.stop());
  const kinds = [...scenarios, ...(isFull ? rareScenarios : [])].map((scenario, kind) => ({ scenario, kind }));
  for (const { scenario, kind } of kinds.filter(({ scenario }) => scenario.placement === placement)) {
    describe(scenario.title, () => matrixOf(scenario, kind));
  }
}

function matrixOf(scenario: Scenario, kind: number): void {
  const { namespace, name } = scenario.input;
  const task = { namespace, name };

  const { target } = scenario.input;
  const change = scenario.change ?? { percentage: 25 };
  /** Containers of a workload that is the task's own. */
  const own = target && 'containers' in target ? target.containers : [];
  /** Where the task's own versions stand, one more does. */
  const another = {
    kind: 'version' as const,
    version: 'v9',
    replicas: 1,
    containers: own,
    percentage: 15,
    placement: scenario.placement,
  };
  const ofThisKind = verbs.filter((verb) => verb !== 'change of the workload' || own.length > 0);

  const run = (console: TaskContext, verb: Verb) => {
    switch (verb) {
      case 'create':
        return createTask(console, scenario.input);
      case 'change':
        return changeTask(console, task, change);
      case 'change of the workload': {
        const containers = own.map(({ name: container }) => ({ name: container, image: anotherImage }));
        return changeTask(console, task, { ...change, replicas: 2, containers });
      }
      case 'change of the selection':
        return changeTask(console, task, {
          ...change,
          match: [{ headers: { 'x-test-user': { exact: 'true' } } }],
        });
      case 'addition of a target':
        return changeTask(console, task, { addTargets: [another] });
      case 'removal of a target':
        return changeTask(console, task, { targets: [{ id: 'version', remove: true }] });
      case 'pause':
        return pauseTask(console, task);
      case 'resume':
        return resumeTask(console, task);
      case 'restore':
        return restoreTask(console, task);
      case 'adopt':
        return adoptTask(console, task);
      case 'finish':
        return finishTask(console, task, { keepWorkload: false });
      case 'finish, keeping the workload':
        return finishTask(console, task, { keepWorkload: true });
      case 'delete':
        return deleteTask(console, task);
    }
  };
  const untilEnd = (verb: Verb) => {
    const end = ends[verb];
    return end === null ? world.untilGone(healthy, namespace, name) : world.untilState(healthy, namespace, name, end);
  };
  /** What stood before there was a task. */
  let before: Record<string, unknown> = {};
  /** Brings the task to where the verb begins, from a new world or from where the case before has provably left it. */
  async function upTo(verb: Verb, from: Left = 'used'): Promise<void> {
    if (from === 'as it stood') return;
    if (from === 'used') {
      await restart();
      await prepare(world, scenario);
      before = ownersObjects(world);
    }
    if (verb === 'create') return;
    await run(healthy, 'create');
    await untilEnd('create');
    if (verb === 'removal of a target') {
      await run(healthy, 'addition of a target');
      await untilEnd('addition of a target');
    }
    if (verb === 'resume') {
      await run(healthy, 'pause');
      await untilEnd('pause');
    }
    if (verb === 'restore' || verb === 'adopt') await drift();
  }
  const shapeNow = async () => {
    const view = await getTask(healthy, task).catch(() => null);
    return shapeOf(world, view?.record ?? null);
  };
  /** Somebody gives the task's routes another share. */
  async function drift(): Promise<void> {
    const { spec } = (await getTask(healthy, task)).record;
    for (const { virtualService: ref, destination } of spec.entries) {
      world.owner.edit<VirtualService>('VirtualService', ref.namespace, ref.name, (object) => {
        for (const route of object.spec.http ?? []) {
          if (route.mirror?.host === destination.host) route.mirrorPercentage = { value: 40 };
          for (const mirror of route.mirrors ?? []) {
            if (mirror.destination.host === destination.host) mirror.percentage = { value: 40 };
          }
        }
      });
    }
    await world.untilState(healthy, namespace, name, 'Drifted');
  }
  /** Runs the verb under the fault, up to where it is refused, left by its process, or over in spite of the fault. */
  async function strike(verb: Verb, nth: number, fault: Fault): Promise<'refused' | 'left' | 'over'> {
    const came: ('refused' | 'left' | 'over')[] = [];
    run(
      world.console('admin', (cluster) => faultyAt(cluster, nth, fault)),
      verb,
    ).catch(() => came.push('refused'));
    const hasCome = async () => {
      if (came.length > 0) return true;
      const view = await getTask(healthy, task).catch(() => null);
      const isOver = view ? view.record.operation === null && view.derived.state === ends[verb] : ends[verb] === null;
      if (view?.derived.state === 'Incomplete') came.push('left');
      else if (isOver) came.push('over');
      return came.length > 0;
    };
    await world.untilSeen(`the ${verb} is refused, left or over`, hasCome);
    return came[0] ?? 'over';
  }

  describe.each(ofThisKind)('%s', (verb) => {
    test(
      'ends as if never interrupted, or never begun, whichever write is struck',
      async () => {
        const noted: string[] = [];
        await upTo(verb);
        await run(
          world.console('admin', (cluster) => notingEveryWrite(cluster, noted)),
          verb,
        );
        await untilEnd(verb);
        await world.pass(2 * settleMs);
        const uninterrupted = await shapeNow();
        expect(noted.length).toBeGreaterThan(1);

        let left: Left = 'used';
        for (const [turn, nth] of struckWrites(noted).entries()) {
          for (const { fault, outcome } of casesOf(kind, turn, verb)) {
            const where = `${verb}, write ${nth} (${noted[nth]}) ${fault}, ${outcome}`;
            await upTo(verb, left);
            const standing = await shapeNow();
            const came = await strike(verb, nth, fault);
            if (came === 'over' || outcome === 'continued') {
              if (came === 'left') await retryTask(healthy, task);
              // Nothing has begun: it can be asked for again.
              if (came === 'refused') await run(healthy, verb);
              await untilEnd(verb);
              await world.pass(2 * settleMs);
              expect(await shapeNow(), where).toEqual(uninterrupted);
              left = 'used';
            } else if (outcome === 'deleted' || verb === 'create') {
              const end = outcome === 'deleted' ? deleteTask : rollbackTask;
              if (came === 'left' || verb !== 'create') await end(healthy, task);
              await world.untilGone(healthy, namespace, name);
              await world.pass(2 * settleMs);
              expect(ownersObjects(world), where).toEqual(before);
              left = 'as before';
            } else {
              if (came === 'left') await rollbackTask(healthy, task);
              await world.untilState(healthy, namespace, name, verb === 'resume' ? 'Paused' : 'Mirroring');
              await world.pass(2 * settleMs);
              expect(await shapeNow(), where).toEqual(standing);
              left = 'as it stood';
            }
            if (ends[verb] === null) {
              expect(ownersObjects(world), where).toEqual(before);
              left = 'as before';
            }
            expectClientsUntouched(world, scenario);
            world.endOthers();
          }
        }
      },
      matrixTimeoutMs,
    );
  });
}

/** Which writes are struck: a renewal of the lock changes nothing that the journal's write before it did not. */
function struckWrites(noted: readonly string[]): number[] {
  const isJournal = (nth: number) => noted[nth]?.endsWith(' ConfigMap') ?? false;
  return [...noted.keys()].filter((nth) => isFull || !isJournal(nth) || !isJournal(nth - 1));
}

function casesOf(kind: number, turn: number, verb: Verb): readonly Case[] {
  const cases = everyCase.filter(({ outcome }) => outcome !== 'taken back' || takenBack.includes(verb));
  if (!isFull) return cases.slice((kind + turn) % cases.length).slice(0, 1);
  const before = kind + verbs.indexOf(verb) + turn * cases.length;
  return cases.filter((_, index) => (before + index) % parts === part % parts);
}

async function restart(): Promise<void> {
  await world.stop();
  world = await World.start({ stridesPerLook });
  healthy = world.console();
}

/** What decides where requests go and what runs, and what the record says of it, without what differs from run to run. */
function shapeOf(from: World, record: TaskRecord | null): Record<string, unknown> {
  const objects = Object.entries(ownersObjects(from)).filter(
    ([key]) => !key.startsWith('ConfigMap') && !key.startsWith('ReplicaSet'),
  );
  const shapes = objects.map(([key, object]) => {
    const { spec, metadata } = object as Pick<KubeObject, 'metadata'> & { spec: unknown };
    const { labels, annotations, ownerReferences = [] } = metadata;
    const owners = ownerReferences.map(({ kind, name }) => `${kind} ${name}`);
    // The controller counts what was there meanwhile.
    const { 'deployment.kubernetes.io/revision': _revision, ...noted } = annotations ?? {};
    return [key, { spec, labels, annotations: noted, owners }];
  });
  return { ...Object.fromEntries(shapes), record: record && resting(record) };
}

/** What a record says of a task at rest. */
function resting(record: TaskRecord): unknown {
  const { spec, desired, keepsWorkload = false, operation } = record;
  const { entries, pins, subsets, targets, selection, routes } = spec;
  const shares = percentagesInForce(record);
  return { desired, keepsWorkload, operation, shares, entries, pins, subsets, targets, selection, routes };
}
