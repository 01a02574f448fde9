import { describe, expect } from 'vitest';
import type { ConfigMap, KubeObject, VirtualService } from '@/lib/domain/kubernetes';
import type { Permission } from '@/lib/domain/permissions';
import { fromConfigMap, toConfigMap } from '@/lib/domain/record';
import type { Cluster } from '@/lib/server/cluster/cluster';
import { ClusterError } from '@/lib/server/cluster/cluster-error';
import { changeTask } from './change-task';
import { createTask } from './create-task';
import { deleteTask } from './delete-task';
import { finishTask } from './finish-task';
import { getTask } from './get-task';
import { pauseTask } from './pause-task';
import { restoreTask } from './restore-task';
import { resumeTask } from './resume-task';
import { planStop, stopTasks } from './stop-tasks';
import { dyingAt, intercepting, notingWrites } from './testing/count-calls';
import { copiesDuring, expectDeletedWhole, ownersObjects, prepare, scenarios } from './testing/scenarios';
import { beginAnew, console, test, world } from './testing/in-world';
import { settleMs } from './testing/world';

const reviews = scenarios[0]!;
const dedicated = scenarios[1]!;
const ratings = scenarios[2]!;
const httpbin = scenarios[5]!;
const project = reviews.input.namespace;

async function start(...wanted: (typeof reviews)[]): Promise<void> {
  for (const { input } of wanted) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    await createTask(console, input);
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    await world.untilState(console, input.namespace, input.name, 'Mirroring');
  }
}

const paused = ({ input }: typeof reviews) => world.untilState(console, input.namespace, input.name, 'Paused');
const stateOf = async ({ input }: typeof reviews) => (await getTask(console, input)).derived.state;
const outcomes = ({ items }: Awaited<ReturnType<typeof stopTasks>>) =>
  Object.fromEntries(items.map(({ namespace, name, outcome }) => [`${namespace}/${name}`, outcome]));

/** The cluster, refusing to replace some objects. */
function refusing(cluster: Cluster, reason: string, isRefused: (object: KubeObject) => boolean): Cluster {
  return new Proxy(cluster, {
    get(target, key) {
      if (key !== 'update') return Reflect.get(target, key, target);
      const update: Cluster['update'] = async (object, options) => {
        if (isRefused(object)) throw new ClusterError('forbidden', reason);
        return target.update(object, options);
      };
      return update;
    },
  });
}

const refusingRecordOf = (name: string) => (cluster: Cluster) =>
  refusing(cluster, 'not that one', ({ metadata }) => metadata.name === `mirror-console.${name}`);
const refusingRoutes = (cluster: Cluster) => refusing(cluster, 'no', ({ kind }) => kind === 'VirtualService');

describe('stopping', () => {
  test('everywhere ends every copy, and afterwards says that nothing copies any more', async () => {
    await start(reviews, ratings, httpbin);
    await world.pass(settleMs);
    expect(await copiesDuring(world, reviews, 10_000)).toBeGreaterThan(0);
    const all = { 'demo-project/reviews-v2': 'accepted', 'demo-project/try-ratings': 'accepted' };
    expect(outcomes(await planStop(console, null))).toEqual({ ...all, 'httpbin/httpbin-v2': 'accepted' });
    expect(await stateOf(reviews)).toBe('Mirroring');

    expect(outcomes(await stopTasks(console, null))).toEqual({ ...all, 'httpbin/httpbin-v2': 'accepted' });
    await Promise.all([paused(reviews), paused(ratings), paused(httpbin)]);
    expect(await copiesDuring(world, reviews, 20_000)).toBe(0);
    expect(await copiesDuring(world, httpbin, 20_000)).toBe(0);
    expect(await planStop(console, null)).toEqual({ items: [], problems: [] });
    expect(await stopTasks(console, null)).toEqual({ items: [], problems: [] });
  });

  test('asks no metrics: they may be what is in trouble', async () => {
    await start(reviews, httpbin);
    await pauseTask(console, httpbin.input);
    await paused(httpbin);
    const never = () => Promise.reject(new Error('metrics were asked for'));
    const deaf = { ...console, coverageOf: never, areArriving: never, stopOf: never };
    const only = { 'demo-project/reviews-v2': 'accepted' };
    expect(outcomes(await planStop(deaf, null))).toEqual(only);
    expect(outcomes(await stopTasks(deaf, null))).toEqual(only);
    await paused(reviews);
  });

  test('one namespace leaves the tasks of every other one alone', async () => {
    await start(reviews, httpbin);
    expect(outcomes(await stopTasks(console, project))).toEqual({ 'demo-project/reviews-v2': 'accepted' });
    await paused(reviews);
    expect(await stateOf(httpbin)).toBe('Mirroring');
  });

  test('asked for twice at once pauses each task once', async () => {
    await start(reviews, ratings);
    const both = await Promise.all([stopTasks(console, project), stopTasks(world.console(), project)]);
    const told = both.flatMap(({ items }) => items.filter(({ name }) => name === 'reviews-v2'));
    expect(told.map(({ outcome }) => outcome).toSorted()).toEqual(['accepted', 'stopping']);
    expect(outcomes(await stopTasks(console, project))).toMatchObject({ 'demo-project/reviews-v2': 'stopping' });
    await Promise.all([paused(reviews), paused(ratings)]);
    const { record } = await getTask(console, reviews.input);
    const begun = record.activity.filter(({ verb, outcome }) => verb === 'pause' && outcome === 'started');
    expect(begun).toHaveLength(1);
  });

  test('goes on past a task that fails and says why; asked again, it pauses that one', async () => {
    await start(reviews, ratings);
    const broken = world.console('admin', refusingRecordOf('reviews-v2'));
    const { items } = await stopTasks(broken, project);
    expect(items).toMatchObject([
      {
        name: 'reviews-v2',
        outcome: 'refused',
        reason: { code: 'error.forbidden', params: { reason: 'not that one' } },
      },
      { name: 'try-ratings', outcome: 'accepted', reason: null },
    ]);
    expect(items[0]!.stopCommand).toBe('kubectl -n demo-project scale deployment reviews-v2 --replicas=0');
    await paused(ratings);
    expect(await stateOf(reviews)).toBe('Mirroring');
    expect(outcomes(await stopTasks(console, project))).toEqual({ 'demo-project/reviews-v2': 'accepted' });
    await paused(reviews);
  });

  test('lets a creation that runs end paused: nothing copies afterwards; one that is being deleted stops anyway', async () => {
    const before = ownersObjects(world);
    await start(ratings);
    await createTask(console, reviews.input);
    await deleteTask(console, ratings.input);
    expect((await stopTasks(console, project)).items).toMatchObject([
      { name: 'reviews-v2', outcome: 'accepted', reason: null },
      { name: 'try-ratings', outcome: 'stopping', reason: null },
    ]);
    await paused(reviews);
    await world.untilGone(console, project, 'try-ratings');
    expect(await copiesDuring(world, reviews, 60_000)).toBe(0);
    // What it has made is what a paused task has.
    await resumeTask(console, reviews.input);
    await world.untilState(console, project, 'reviews-v2', 'Mirroring');
    await world.pass(settleMs);
    expect(await copiesDuring(world, reviews, 20_000)).toBeGreaterThan(0);
    await expectDeletedWhole(world, console, reviews, before);
  });

  test.each([0, 1, 2, 3])(
    'stops a creation that has made %i of its writes, whose console dies or lives, without a copy from then on',
    async (nth) => {
      for (const end of ['lives', 'died'] as const) {
        await beginAnew();
        await prepare(world, dedicated);
        const clean = ownersObjects(world);
        const noted: string[] = [];
        const creator = world.console('admin', (cluster) =>
          end === 'died' ? dyingAt(cluster, nth, 'after') : notingWrites(cluster, noted),
        );
        await createTask(creator, dedicated.input);
        if (end === 'lives') await world.until(`write ${nth}`, () => noted.length > nth);
        else await world.untilState(console, project, 'reviews-v2', 'Incomplete');
        const copiedBefore = world.sandbox.mesh.counters.copiesTo(project, 'reviews-v2');
        // Another console drives it: it is asked to stop, and answers when it next looks.
        let isAnswered = false;
        const answering = stopTasks(console, project).finally(() => (isAnswered = true));
        await world.until('the stop is answered', () => isAnswered);
        const [item] = (await answering).items;
        if (item?.outcome === 'accepted') {
          await paused(dedicated);
          expect(await copiesDuring(world, dedicated, 60_000), end).toBe(0);
        } else {
          // Nothing drives it any more, and it has not come to copy: it is none of those that do.
          expect([end, item]).toEqual(['died', undefined]);
          await world.pass(60_000);
          expect(world.sandbox.mesh.counters.copiesTo(project, 'reviews-v2')).toBe(copiedBefore);
        }
        await expectDeletedWhole(world, console, dedicated, clean);
      }
    },
  );

  test('does not wait for a version that never gets ready', async () => {
    const { target } = dedicated.input;
    const never = { ...target, containers: [{ name: 'reviews', image: 'example/no-such:1' }] } as typeof target;
    await createTask(console, { ...dedicated.input, target: never });
    await world.until('its pods are waited for', async () => {
      const { operation } = (await getTask(console, dedicated.input)).record;
      return operation?.steps.find(({ state }) => state === 'pending')?.id === 'ready';
    });
    expect(outcomes(await stopTasks(console, project))).toEqual({ 'demo-project/reviews-v2': 'accepted' });
    await paused(dedicated);
    expect((await stopTasks(console, project)).items).toEqual([]);
  });

  test('stops what began after it had looked, too', async () => {
    await start(reviews);
    const containers = [{ name: 'reviews', image: 'example/no-such:1' }];
    let isFirst = true;
    const stopping = world.console('admin', (cluster) =>
      intercepting(cluster, {
        update: async (proceed) => {
          if (isFirst) {
            isFirst = false;
            await changeTask(console, reviews.input, { containers });
          }
          return proceed();
        },
      }),
    );
    let isAnswered = false;
    const answering = stopTasks(stopping, project).finally(() => (isAnswered = true));
    await world.until('the stop is answered', () => isAnswered);
    expect(outcomes(await answering)).toEqual({ 'demo-project/reviews-v2': 'accepted' });
    await paused(reviews);
    expect(await copiesDuring(world, reviews, 20_000)).toBe(0);
  });

  test('does not wait for a target that is being added and never gets ready, while the others are copied to', async () => {
    const before = ownersObjects(world);
    await start(reviews);
    const never = {
      kind: 'version' as const,
      version: 'v9',
      replicas: 1,
      containers: [{ name: 'reviews', image: 'example/no-such:1' }],
      percentage: 5,
    };
    await changeTask(console, reviews.input, { addTargets: [never] });
    await world.until('its pods are waited for', async () => {
      const { operation } = (await getTask(console, reviews.input)).record;
      return operation?.steps.find(({ state }) => state === 'pending')?.id === 'ready:version-2';
    });
    expect(outcomes(await stopTasks(console, project))).toEqual({ 'demo-project/reviews-v2': 'accepted' });
    await paused(reviews);
    expect(await copiesDuring(world, reviews, 60_000)).toBe(0);
    expect((await getTask(console, reviews.input)).record.spec.targets).toHaveLength(1);
    await expectDeletedWhole(world, console, reviews, before);
  });

  test('names no task that copies nothing anyway: broken off before its routes, drifted while paused, finished', async () => {
    await start(reviews, httpbin);
    await finishTask(console, httpbin.input, { keepWorkload: false });
    await world.untilState(console, httpbin.input.namespace, httpbin.input.name, 'Finished');
    await pauseTask(console, reviews.input);
    await paused(reviews);
    const destination = { host: 'reviews.demo-project.svc.cluster.local', subset: 'v2', port: { number: 9080 } };
    world.owner.delete('Deployment', project, 'reviews-v2');
    await world.untilState(console, project, 'reviews-v2', 'Drifted');
    await createTask(
      world.console('admin', (cluster) => dyingAt(cluster, 0, 'after')),
      ratings.input,
    );
    await world.untilState(console, project, 'try-ratings', 'Incomplete');
    expect((await planStop(console, null)).items).toEqual([]);
    expect((await stopTasks(console, null)).items).toEqual([]);

    // Somebody puts its copies in again: that is something to stop.
    world.owner.edit<VirtualService>('VirtualService', project, 'reviews', ({ spec }) => {
      spec.http![0]!.mirror = destination;
    });
    await world.until('it is seen', async () => (await planStop(console, null)).items.length > 0);
    expect(outcomes(await stopTasks(console, null))).toEqual({ 'demo-project/reviews-v2': 'accepted' });
    await world.until('it is out', async () => (await planStop(console, null)).items.length === 0);
  });

  test('names a paused task whose copies somebody put in while a restore is about to take them out: it stops anyway', async () => {
    await start(reviews);
    await pauseTask(console, reviews.input);
    await paused(reviews);
    const destination = { host: 'reviews.demo-project.svc.cluster.local', subset: 'v2', port: { number: 9080 } };
    world.owner.edit<VirtualService>('VirtualService', project, 'reviews', ({ spec }) => {
      spec.http![0]!.mirror = destination;
    });
    await world.untilState(console, project, 'reviews-v2', 'Drifted');
    await world.pass(settleMs);
    expect(await copiesDuring(world, reviews, 10_000)).toBeGreaterThan(0);
    await restoreTask(console, reviews.input);
    expect(outcomes(await planStop(console, null))).toEqual({ 'demo-project/reviews-v2': 'stopping' });
    await world.until('it is out', async () => (await planStop(console, null)).items.length === 0);
    await paused(reviews);
    expect(await copiesDuring(world, reviews, 20_000)).toBe(0);
  });

  test('leaves what only goes on to more than a stop as it is: a deletion that broke off is not continued', async () => {
    await start(reviews);
    await deleteTask(world.console('admin', refusingRoutes), reviews.input);
    await world.untilState(console, project, 'reviews-v2', 'Incomplete');
    expect((await stopTasks(console, project)).items).toMatchObject([
      { name: 'reviews-v2', outcome: 'refused', reason: { code: 'action_incomplete' } },
    ]);
    expect(await stateOf(reviews)).toBe('Incomplete');
  });

  test('stops a resume that broke off', async () => {
    await start(reviews);
    await pauseTask(console, reviews.input);
    await paused(reviews);
    await resumeTask(world.console('admin', refusingRoutes), reviews.input);
    await world.untilState(console, project, 'reviews-v2', 'Incomplete');
    expect(outcomes(await stopTasks(console, project))).toEqual({ 'demo-project/reviews-v2': 'accepted' });
    await paused(reviews);
  });

  test('continues a pause that broke off', async () => {
    await start(reviews);
    await pauseTask(world.console('admin', refusingRoutes), reviews.input);
    await world.untilState(console, project, 'reviews-v2', 'Incomplete');
    expect(outcomes(await stopTasks(console, project))).toEqual({ 'demo-project/reviews-v2': 'accepted' });
    await paused(reviews);
  });
});

describe('who may stop', () => {
  test('a user who may not change tasks stops none, and reads which permission is missing', async () => {
    await start(reviews, httpbin);
    const { items } = await stopTasks(world.console('viewer'), null);
    expect(items).toMatchObject([
      { name: 'reviews-v2', outcome: 'refused', reason: { code: 'missing_permission', params: { verb: 'update' } } },
    ]);
    expect(await stateOf(reviews)).toBe('Mirroring');
  });

  test('who may stop copies but not make what a creation makes leaves one that runs alone, and stops it once it copies', async () => {
    const isMade = ({ verb, resource }: Permission) => verb === 'create' && resource === 'deployments';
    const few = world.console('admin', (cluster) =>
      intercepting(cluster, {
        review: async (proceed, [needed]) => {
          const answers = (await proceed()) as boolean[];
          return (needed as Permission[]).map((one, index) => answers[index] === true && !isMade(one));
        },
        create: async (proceed, [object]) => {
          if ((object as KubeObject).kind === 'Deployment') throw new ClusterError('forbidden', 'no', { status: 403 });
          return proceed();
        },
      }),
    );
    await createTask(console, dedicated.input);
    expect((await stopTasks(few, project)).items).toMatchObject([
      { outcome: 'refused', reason: { code: 'missing_permission', params: { resource: 'deployments.apps' } } },
    ]);
    await world.untilState(console, project, 'reviews-v2', 'Mirroring');
    const { activity } = (await getTask(console, dedicated.input)).record;
    expect(activity.map(({ verb, outcome }) => [verb, outcome])).toEqual([
      ['create', 'started'],
      ['create', 'done'],
    ]);
    expect((await stopTasks(few, project)).items).toMatchObject([{ outcome: 'accepted' }]);
    await paused(dedicated);
    expect(await copiesDuring(world, dedicated, 20_000)).toBe(0);
  });

  test('a namespace that the user may not see is refused, and everywhere leaves it out', async () => {
    await start(reviews, httpbin);
    await expect(stopTasks(world.console('viewer'), 'httpbin')).rejects.toMatchObject({ code: 'forbidden' });
    expect(outcomes(await stopTasks(world.console('project-regular'), null))).toEqual({
      'demo-project/reviews-v2': 'accepted',
    });
    await paused(reviews);
    expect(await stateOf(httpbin)).toBe('Mirroring');
  });
});

test('a record that cannot be read is told: whether its task copies anything is not known', async () => {
  await start(reviews);
  const map = world.owner.get<ConfigMap>('ConfigMap', project, 'mirror-console.reviews-v2');
  const { uid: _uid, resourceVersion: _version, ...metadata } = map.metadata;
  world.owner.create({
    ...map,
    metadata: {
      ...metadata,
      name: 'mirror-console.broken',
      labels: { ...metadata.labels, 'mirror-console.io/task': 'broken' },
    },
    data: { record: '{' },
  } as ConfigMap);
  await world.pass(1_000);
  const { items, problems } = await planStop(console, project);
  expect(items.map(({ name }) => name)).toEqual(['reviews-v2']);
  expect(problems).toHaveLength(1);
  expect(problems[0]!.params).toMatchObject({ name: 'mirror-console.broken' });
});

test('more tasks than a page of the list holds are all stopped', async () => {
  await start(httpbin);
  const namespace = 'httpbin';
  const read = fromConfigMap(world.owner.get<ConfigMap>('ConfigMap', namespace, 'mirror-console.httpbin-v2'));
  if (!('record' in read)) throw new Error('the record cannot be read');
  const { record } = read;
  // All on the same route: they get into each other's way as much as tasks can.
  for (let index = 0; index < 120; index++) {
    world.owner.create(toConfigMap({ ...record, spec: { ...record.spec, name: `copy-${index}` } }));
  }
  await world.until('all are listed', async () => (await planStop(console, namespace)).items.length === 121);
  const { items } = await stopTasks(console, namespace);
  expect(items.filter(({ outcome }) => outcome !== 'accepted')).toEqual([]);
  expect(items).toHaveLength(121);
  await world.until('none copies', async () => (await planStop(console, namespace)).items.length === 0);
  expect(await copiesDuring(world, httpbin, 20_000)).toBe(0);
});
