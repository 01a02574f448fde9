import { describe, expect } from 'vitest';
import type { ConfigMap, VirtualService } from '@/lib/domain/kubernetes';
import type { TaskVerb } from '@/lib/domain/task';
import type { Cluster, WriteOptions } from '@/lib/server/cluster/cluster';
import { ApiError } from '@/lib/server/http/api-error';
import { adoptTask } from './adopt-task';
import { changeTask } from './change-task';
import type { TaskContext } from './context';
import { createTask } from './create-task';
import { deleteTask } from './delete-task';
import { finishTask } from './finish-task';
import { getTask } from './get-task';
import { pauseTask } from './pause-task';
import { restoreTask } from './restore-task';
import { resumeTask } from './resume-task';
import { retryTask } from './retry-task';
import { rollbackTask } from './rollback-task';
import { dyingAt, intercepting } from './testing/count-calls';
import { expectClientsUntouched, keyOf, ownersObjects, scenarios } from './testing/scenarios';
import { beginAnew, console, test, world } from './testing/in-world';
import { settleMs } from './testing/world';

const scenario = scenarios[0]!;
const { namespace, name } = scenario.input;
const task = keyOf(scenario);

type Verb = Exclude<TaskVerb, 'create'>;

const run: Record<Verb, (context: TaskContext) => Promise<unknown>> = {
  change: (context) => changeTask(context, task, { percentage: 5 }),
  pause: (context) => pauseTask(context, task),
  resume: (context) => resumeTask(context, task),
  finish: (context) => finishTask(context, task, { keepWorkload: false }),
  delete: (context) => deleteTask(context, task),
  restore: (context) => restoreTask(context, task),
  adopt: (context) => adoptTask(context, task),
  retry: (context) => retryTask(context, task),
  rollback: (context) => rollbackTask(context, task),
};

/** Brings the task to where the verb is offered, also by each of the other consoles. */
async function standing(verb: Verb, ...others: TaskContext[]): Promise<void> {
  if (verb === 'retry' || verb === 'rollback') {
    await createTask(
      world.console('admin', (cluster) => dyingAt(cluster, 2, 'before')),
      scenario.input,
    );
    // Each has to see for itself that nobody drives the creation any more.
    await world.until('every console takes it for left', async () => {
      const views = await Promise.all([console, ...others].map((context) => getTask(context, task)));
      return views.every(({ derived }) => derived.state === 'Incomplete');
    });
    return;
  }
  await createTask(console, scenario.input);
  await world.untilState(console, namespace, name, 'Mirroring');
  if (verb !== 'restore' && verb !== 'adopt') return;
  world.owner.edit<VirtualService>('VirtualService', namespace, 'reviews', ({ spec }) => {
    spec.http![0]!.mirrorPercentage = { value: 40 };
  });
  await world.untilState(console, namespace, name, 'Drifted');
}

/** Lets time pass until the verb has come to its end, and every proxy has it. */
async function untilOver(verb: Verb): Promise<void> {
  if (verb === 'delete' || verb === 'rollback') await world.untilGone(console, namespace, name);
  else if (verb === 'pause') await world.untilState(console, namespace, name, 'Paused');
  else if (verb === 'finish') await world.untilState(console, namespace, name, 'Finished');
  else await world.untilState(console, namespace, name, 'Mirroring');
  await world.pass(2 * settleMs);
}

/** What decides where requests go and what runs, and what the task has done; without what differs from run to run. */
async function end(): Promise<unknown> {
  const view = await getTask(console, task).catch(() => null);
  const objects = Object.entries(ownersObjects(world)).filter(([key]) => !/^(ConfigMap|ReplicaSet) /.test(key));
  return {
    objects: objects.map(([key, object]) => {
      const { spec, metadata } = object as { spec: unknown; metadata: { labels?: object } };
      return [key, spec, metadata.labels];
    }),
    desired: view?.record.desired,
    operation: view?.record.operation,
    percentage: view?.record.spec.targets[0].percentage,
    activity: view?.record.activity.map(({ verb, outcome }) => `${verb} ${outcome}`),
  };
}

const isRecord = ([object, options]: unknown[]) =>
  (object as ConfigMap).kind === 'ConfigMap' && (options as WriteOptions | undefined)?.dryRun !== true;

/** Consoles whose first write of a record waits until each of them has sent its own: all have seen the same. */
function meeting(count: number): (cluster: Cluster) => Cluster {
  const met = Promise.withResolvers<void>();
  let arrived = 0;
  return (cluster) => {
    let isFirst = true;
    return intercepting(cluster, {
      update: async (proceed, args) => {
        if (isFirst && isRecord(args)) {
          isFirst = false;
          if (++arrived === count) met.resolve();
          await met.promise;
        }
        return proceed();
      },
    });
  };
}

describe('two consoles on one task', () => {
  test.each<[Verb, Verb]>([
    ['retry', 'retry'],
    ['retry', 'rollback'],
    ['pause', 'delete'],
    ['finish', 'change'],
    ['restore', 'adopt'],
    ['delete', 'delete'],
    ['pause', 'pause'],
  ])(
    'that send %s and %s at once start one of them, tell the other, and end as by that one alone',
    async (...verbs) => {
      const together = meeting(2);
      const [one, other] = [world.console('admin', together), world.console('admin', together)];
      await standing(verbs[0], one, other);
      const outcomes = await Promise.allSettled([run[verbs[0]](one), run[verbs[1]](other)]);
      expect(outcomes.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
      const won = verbs[outcomes.findIndex(({ status }) => status === 'fulfilled')]!;
      const [refusal] = outcomes.flatMap((outcome) =>
        outcome.status === 'rejected' ? [outcome.reason as ApiError] : [],
      );
      expect(refusal).toBeInstanceOf(ApiError);
      // What is adopted is written at once: by then it may be over.
      if (won !== 'adopt' || refusal?.code === 'operation_running') {
        const running = { retry: 'create' }[won as string] ?? won;
        expect(refusal).toMatchObject({ code: 'operation_running', params: { verb: running, by: 'admin' } });
      } else {
        expect(refusal).toMatchObject({ code: 'not_possible', details: [{ code: 'reason.action_not_drifted' }] });
      }
      await untilOver(won);
      expectClientsUntouched(world, scenario);
      const raced = await end();

      await beginAnew();
      await standing(verbs[0]);
      await run[won](console);
      await untilOver(won);
      expect(raced).toEqual(await end());
    },
  );

  test('of which one stops what a third drives, and another deletes the task a moment earlier: that goes on', async () => {
    await createTask(console, scenario.input);
    const stopping = world.console('admin', (cluster) => {
      let isFirst = true;
      return intercepting(cluster, {
        update: async (proceed, args) => {
          const answer = await proceed();
          if (!isFirst || !isRecord(args)) return answer;
          isFirst = false;
          // The driver was asked to make room, and this one takes it.
          await deleteTask(console, task);
          return answer;
        },
      });
    });
    const refusal = pauseTask(stopping, task).then(
      () => null,
      (error: unknown) => error,
    );
    let isAnswered = false;
    void refusal.then(() => (isAnswered = true));
    await world.until('it is answered', () => isAnswered);
    expect(await refusal).toMatchObject({ code: 'operation_running', params: { verb: 'delete' } });
    await world.untilGone(console, namespace, name);
    expectClientsUntouched(world, scenario);
  });

  test.each<[Verb, Verb, string]>([
    ['finish', 'finish', 'not_possible'],
    ['finish', 'change', 'not_possible'],
    ['finish', 'pause', 'not_possible'],
    ['pause', 'pause', 'not_possible'],
    ['adopt', 'restore', 'not_possible'],
    ['restore', 'adopt', 'not_possible'],
    ['retry', 'rollback', 'not_possible'],
    ['retry', 'retry', 'not_possible'],
    ['rollback', 'retry', 'not_found'],
    ['delete', 'pause', 'not_found'],
    ['delete', 'delete', 'not_found'],
  ])(
    'of which one has come to the end of %s before the other’s %s is written: that is refused',
    async (first, late, code) => {
      const isSent = Promise.withResolvers<void>();
      const isOver = Promise.withResolvers<void>();
      const slow = world.console('admin', (cluster) => {
        let held = false;
        return intercepting(cluster, {
          update: async (proceed, args) => {
            if (held || !isRecord(args)) return proceed();
            held = true;
            isSent.resolve();
            await isOver.promise;
            return proceed();
          },
        });
      });
      await standing(first, slow);
      const outcome = run[late](slow).then(
        () => null,
        (error: unknown) => error,
      );
      await isSent.promise;
      await run[first](console);
      await untilOver(first);
      const alone = await end();
      isOver.resolve();
      const refusal = await outcome;
      expect(refusal).toBeInstanceOf(ApiError);
      expect(refusal).toMatchObject({ code });
      await world.pass(2 * settleMs);
      expect(await end()).toEqual(alone);
      expectClientsUntouched(world, scenario);
    },
  );
});
