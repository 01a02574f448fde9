import { expect } from 'vitest';
import { countedClones } from '@/lib/domain/counted-clones';
import type { KubeObject, Service, VirtualService } from '@/lib/domain/kubernetes';
import { mirrorPoliciesOf } from '@/lib/domain/route-mirror';
import { createTask } from './create-task';
import { changeRequest, changeTask } from './change-task';
import type { TaskContext } from './context';
import { deleteTask } from './delete-task';
import { getTask } from './get-task';
import { pauseTask } from './pause-task';
import { planVerbOnTask } from './plan-task';
import { resumeTask } from './resume-task';
import { intercepting } from './testing/count-calls';
import { ownersObjects } from './testing/scenarios';
import { console, test, world } from './testing/in-world';
import { newVersion, settleMs } from './testing/world';
import { toTask } from './view/to-task';

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

/** A console that notes what every write makes of the routes. */
function noting(states: unknown[]): TaskContext {
  return world.console('admin', (cluster) =>
    intercepting(cluster, {
      update: async (proceed, [object, options]) => {
        const result = await proceed();
        const isDryRun = (options as { dryRun?: boolean } | undefined)?.dryRun === true;
        if ((object as KubeObject).kind === 'VirtualService' && !isDryRun) states.push(seen());
        return result;
      },
    }),
  );
}

test('a running task copies other requests by one write, between which and the last nothing else is copied', async () => {
  const before = ownersObjects(world);
  const task = { namespace, name: 'test-users' };
  await start('test-users', 'v2');
  const states: unknown[] = [];
  const watched = noting(states);
  const byPath = { uri: { prefix: '/reviews' } };
  const wish = { match: [{ path: { prefix: '/reviews' } }], percentage: 10 };

  const plan = await planVerbOnTask(watched, task, await changeRequest(watched, task, wish));
  expect(plan.steps.map(({ id }) => id)).toEqual([`mirror:${namespace}/reviews`]);
  expect(plan.changes.map(({ ref }) => ref.kind)).toEqual(['VirtualService']);
  expect(JSON.stringify(plan.changes[0]?.after)).not.toContain('x-test-user');
  await changeTask(watched, task, wish);
  const { record } = await world.untilState(console, namespace, 'test-users', 'Mirroring');
  const paths = [
    { match: [byPath], copies: [copyTo('test-users', 10)] },
    { match: [], copies: [] },
  ];
  expect(states).toEqual([paths]);
  expect(record.spec.leaving).toBeUndefined();

  await changeTask(watched, task, { safety: { methods: ['GET', 'HEAD', 'OPTIONS'] } });
  await world.untilState(console, namespace, 'test-users', 'Mirroring');
  await changeTask(watched, task, { match: null });
  await world.untilState(console, namespace, 'test-users', 'Mirroring');
  await changeTask(watched, task, { safety: { methods: null } });
  const view = await world.untilState(console, namespace, 'test-users', 'Mirroring');
  expect(states.slice(1)).toEqual([
    [
      { match: [{ ...byPath, ...reading }], copies: [copyTo('test-users', 10)] },
      { match: [], copies: [] },
    ],
    [
      { match: [reading], copies: [copyTo('test-users', 10)] },
      { match: [], copies: [] },
    ],
    [{ match: [], copies: [copyTo('test-users', 10)] }],
  ]);
  expect(toTask(view, 'en').match).toEqual([]);

  await deleteTask(console, task);
  await world.untilGone(console, namespace, 'test-users');
  expect(ownersObjects(world)).toEqual(before);
});

test('another selection beside another task: what both ask for is copied to both', async () => {
  await start('test-users', 'v2');
  await start('reads', 'v3');
  await changeTask(console, { namespace, name: 'test-users' }, { match: [{ path: { prefix: '/reviews' } }] });
  await world.untilState(console, namespace, 'test-users', 'Mirroring');
  const byPath = { uri: { prefix: '/reviews' } };
  const copies = new Map(seen().map(({ match, copies: made }) => [JSON.stringify(match), made]));
  const both = [
    { ...byPath, ...reading },
    { ...reading, ...byPath },
  ].map((match) => copies.get(JSON.stringify([match])));
  expect(both.find((made) => made !== undefined)?.toSorted()).toEqual([copyTo('reads', 50), copyTo('test-users', 100)]);
  expect(copies.get(JSON.stringify([byPath]))).toEqual([copyTo('test-users', 100)]);
  expect(copies.get(JSON.stringify([reading]))).toEqual([copyTo('reads', 50)]);
  expect(copies.get('[]')).toEqual([]);
  // What the other task made of the clone that is gone does what the route behind it does.
  expect(copies.get(JSON.stringify([{ ...byTestUsers, ...reading }]))).toEqual([copyTo('reads', 50)]);
});

test('a paused task takes another selection over when it resumes', async () => {
  const task = { namespace, name: 'test-users' };
  await start('test-users', 'v2');
  await pauseTask(console, task);
  await world.untilState(console, namespace, 'test-users', 'Paused');
  const states: unknown[] = [];
  await changeTask(noting(states), task, { match: [{ path: { prefix: '/reviews' } }] });
  await world.untilState(console, namespace, 'test-users', 'Paused');
  expect(states).toEqual([]);
  await resumeTask(console, task);
  await world.untilState(console, namespace, 'test-users', 'Mirroring');
  expect(seen()).toEqual([
    { match: [{ uri: { prefix: '/reviews' } }], copies: [copyTo('test-users', 100)] },
    { match: [], copies: [] },
  ]);
});

test('a selection that Istio has no words for is refused, and nothing changes', async () => {
  world.owner.edit<VirtualService>('VirtualService', namespace, 'reviews', ({ spec }) => {
    for (const route of spec.http ?? []) if (!route.match) route.match = [{ uri: { regex: '/reviews/.*' } }];
  });
  await start('test-users', 'v2');
  const standing = seen();
  const wish = { match: [{ path: { regex: '/reviews/[0-9]+' } }] };
  await expect(changeTask(console, { namespace, name: 'test-users' }, wish)).rejects.toMatchObject({
    code: 'plan_infeasible',
    details: [{ code: 'check.virtual_service_routes.fail', params: { reason: 'unwritable' } }],
  });
  expect(seen()).toEqual(standing);
});

test('what a clone of another task counted before it came is left out, also while a ramp has the record written again', async () => {
  const task = { namespace, name: 'test-users' };
  const asked: string[] = [];
  const { coverageOf } = console;
  console.coverageOf = (spec, since, expected) => {
    if (spec.name === task.name) asked.push(since);
    return coverageOf(spec, since, expected);
  };
  await start('test-users', 'v2');
  const steps = [5, 50].map((percentage) => ({ percentage, holdSeconds: 3600 }));
  await changeTask(console, task, { ramp: steps });
  const { percentageSince } = (await world.untilState(console, namespace, task.name, 'Mirroring')).record;
  await world.pass(60_000);
  await getTask(console, task);
  expect(asked.at(-1)).toBe(percentageSince);
  await start('reads', 'v3');
  await getTask(console, task);
  const since = asked.at(-1)!;
  expect(Date.parse(since)).toBeGreaterThan(Date.parse(percentageSince));
  for (let looks = 0; looks < 12; looks++) {
    await world.pass(5_000);
    await getTask(console, task);
  }
  expect(asked.at(-1)).toBe(since);
});
