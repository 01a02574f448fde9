import { afterEach, beforeEach, expect, test } from 'vitest';
import { countedClones } from '@/lib/domain/counted-clones';
import type { Service, VirtualService } from '@/lib/domain/kubernetes';
import { mirrorPoliciesOf } from '@/lib/domain/route-mirror';
import { createTask } from './create-task';
import { changeTask } from './change-task';
import type { TaskContext } from './context';
import { deleteTask } from './delete-task';
import { getTask } from './get-task';
import { pauseTask } from './pause-task';
import { resumeTask } from './resume-task';
import { ownersObjects } from './testing/scenarios';
import { newVersion, settleMs, World } from './testing/world';
import { toTask } from './view/to-task';

let world: World;
let console: TaskContext;
beforeEach(async () => {
  world = await World.start();
  console = world.console();
});
afterEach(() => world.stop());

const namespace = 'demo-project';
const testUsers = [{ headers: { 'X-Test-User': { exact: 'true' } } }];
const inputs = {
  'test-users': { match: testUsers, percentage: 100 },
  reads: { safety: { methods: ['GET', 'HEAD', 'OPTIONS'] as ('GET' | 'HEAD' | 'OPTIONS')[] }, percentage: 50 },
};

async function start(name: keyof typeof inputs, version: string): Promise<void> {
  const input = newVersion({ namespace, name, service: 'reviews', placement: 'dedicated', ...inputs[name] }, []);
  await createTask(console, { ...input, target: { kind: 'version', version, replicas: 1, containers: [] } });
  await world.untilState(console, namespace, name, 'Mirroring');
}

const routes = () => world.owner.get<VirtualService>('VirtualService', namespace, 'reviews').spec.http ?? [];
/** The routes in order: what each takes, and how much it copies where. */
const seen = () =>
  routes().map(({ match, ...route }) => ({
    match: match?.map(({ statPrefix: _prefix, ...condition }) => condition) ?? [],
    copies: mirrorPoliciesOf(route).map(
      ({ destination, percentage }) => `${destination.host.split('.')[0]} ${percentage?.value}`,
    ),
  }));

const byTestUsers = { headers: { 'x-test-user': { exact: 'true' } } };
const reading = { method: { regex: 'GET|HEAD|OPTIONS' } };
const copyTo = (task: string, percent: number) => `reviews-mirror-${task} ${percent}`;

test('the guide’s conditional mirror: only its test users’ requests are copied, by a route before the owner’s', async () => {
  await world.pass(settleMs);
  const before = ownersObjects(world);
  await start('test-users', 'v2');
  expect(seen()).toEqual([
    { match: [byTestUsers], copies: [copyTo('test-users', 100)] },
    { match: [], copies: [] },
  ]);
  const view = await getTask(console, { namespace, name: 'test-users' });
  expect(toTask(view, 'en').match).toEqual([{ headers: { 'x-test-user': { exact: 'true' } } }]);
  await deleteTask(console, { namespace, name: 'test-users' });
  await world.untilGone(console, namespace, 'test-users');
  expect(ownersObjects(world)).toEqual(before);
});

test('two selections on one service: what both ask for is copied to both, through pause, change and resume of either', async () => {
  const before = ownersObjects(world);
  await start('test-users', 'v2');
  await start('reads', 'v3');
  const both = (first: number, second: number) => [
    { match: [{ ...byTestUsers, ...reading }], copies: [copyTo('test-users', first), copyTo('reads', second)] },
    { match: [byTestUsers], copies: [copyTo('test-users', first)] },
    { match: [reading], copies: [copyTo('reads', second)] },
    { match: [], copies: [] },
  ];
  expect(seen()).toEqual(both(100, 50));

  await changeTask(console, { namespace, name: 'test-users' }, { percentage: 25 });
  await world.untilState(console, namespace, 'test-users', 'Mirroring');
  expect(seen()).toEqual(both(25, 50));
  for (const name of ['test-users', 'reads'])
    expect((await getTask(console, { namespace, name })).derived.state).toBe('Mirroring');

  await pauseTask(console, { namespace, name: 'test-users' });
  await world.untilState(console, namespace, 'test-users', 'Paused');
  expect(JSON.stringify(seen())).not.toContain(copyTo('test-users', 25));
  expect((await getTask(console, { namespace, name: 'reads' })).derived.state).toBe('Mirroring');

  await resumeTask(console, { namespace, name: 'test-users' });
  await world.untilState(console, namespace, 'test-users', 'Mirroring');
  const copied = seen().map(({ match, copies }) => [JSON.stringify(match), copies.toSorted()]);
  const first = new Map(copied.toReversed() as [string, string[]][]);
  const wanted = [copyTo('reads', 50), copyTo('test-users', 25)];
  const intersection = [...first].find(([match]) => match.includes('x-test-user') && match.includes('GET|HEAD'));
  expect(intersection?.[1]).toEqual(wanted);
  expect((await getTask(console, { namespace, name: 'reads' })).derived.state).toBe('Mirroring');

  for (const name of ['test-users', 'reads']) {
    await deleteTask(console, { namespace, name });
    await world.untilGone(console, namespace, name);
  }
  expect(ownersObjects(world)).toEqual(before);
});

test('two that are created at the same time do not miss what the other has put in meanwhile', async () => {
  const creating = (['test-users', 'reads'] as const).map((name, index) =>
    createTask(console, {
      ...newVersion({ namespace, name, service: 'reviews', placement: 'dedicated', ...inputs[name] }, []),
      target: { kind: 'version', version: `v${index + 2}`, replicas: 1, containers: [] },
    }),
  );
  await Promise.all(creating);
  for (const name of ['test-users', 'reads']) await world.untilState(console, namespace, name, 'Mirroring');
  const [first] = seen();
  expect(first?.match).toEqual([{ ...byTestUsers, ...reading }]);
  expect(first?.copies.toSorted()).toEqual([copyTo('reads', 50), copyTo('test-users', 100)]);
});

test('a route whose owner takes away what was selected of it keeps its requests: no clone takes all of them', async () => {
  await start('reads', 'v2');
  world.owner.edit<VirtualService>('VirtualService', namespace, 'reviews', ({ spec }) => {
    const original = spec.http!.at(-1)!;
    spec.http = [...spec.http!.slice(0, -1), { ...original, match: [{ method: { exact: 'POST' } }] }];
  });
  const { derived } = await world.untilState(console, namespace, 'reads', 'Drifted');
  expect(derived.reason?.code).toBe('drift_route_gone');
});

test('every clone that carries a task’s copies is counted by Envoy under a name of its own', async () => {
  await start('test-users', 'v2');
  await start('reads', 'v3');
  const service = world.owner.get<Service>('Service', namespace, 'reviews');
  const objects = [world.owner.get<VirtualService>('VirtualService', namespace, 'reviews')];
  const prefixes = async (name: string) => {
    const { record } = await getTask(console, { namespace, name });
    return countedClones(record.spec, service, objects)?.map(({ statPrefix }) => statPrefix) ?? [];
  };
  const [first, second] = [await prefixes('test-users'), await prefixes('reads')];
  expect([first.length, second.length]).toEqual([2, 2]);
  // The one that takes what both ask for.
  expect(first.filter((prefix) => second.includes(prefix))).toHaveLength(1);
  expect(new Set([...first, ...second]).size).toBe(3);
});
