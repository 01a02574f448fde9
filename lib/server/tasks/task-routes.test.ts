import { beforeEach, expect } from 'vitest';
import type { HttpRoute, VirtualService } from '@/lib/domain/kubernetes';
import { mirrorPoliciesOf } from '@/lib/domain/route-mirror';
import { createTask } from './create-task';
import { deleteTask } from './delete-task';
import { getTask } from './get-task';
import { pauseTask } from './pause-task';
import { planTask } from './plan-task';
import { toPlan } from './planning/plan-view';
import { resumeTask } from './resume-task';
import { console, test, world } from './testing/in-world';
import { newVersion } from './testing/world';
import { toTask } from './view/to-task';
import { readTaskInput } from './view/task-input';

beforeEach(() => editRoutes(() => [api, beta, rest]));

const namespace = 'demo-project';
const name = 'reviews-v2';
const task = { namespace, name };
const route = [{ destination: { host: 'reviews', port: { number: 9080 }, subset: 'v1' } }];
const api: HttpRoute = { name: 'api', match: [{ uri: { prefix: '/api' } }], route };
const beta: HttpRoute = { match: [{ headers: { cookie: { prefix: 'beta=' } } }], route };
const rest: HttpRoute = { name: 'rest', route };

function editRoutes(change: (http: HttpRoute[]) => HttpRoute[]): void {
  world.owner.edit<VirtualService>('VirtualService', namespace, 'reviews', (object) => {
    object.spec.http = change(object.spec.http ?? []);
  });
}

const choose = (...routes: string[]) =>
  newVersion(
    {
      ...task,
      service: 'reviews',
      placement: 'dedicated',
      routes: routes.map((one) => ({ namespace, virtualService: 'reviews', route: one })),
    },
    [],
  );
const rules = () => world.owner.get<VirtualService>('VirtualService', namespace, 'reviews').spec;
const copies = () => (rules().http ?? []).map((one) => `${one.name ?? 'unnamed'} ${mirrorPoliciesOf(one).length}`);

async function listed() {
  const { routes: _all, ...input } = choose('rest');
  return toPlan(await planTask(console, input), 'en').routes;
}

test('a plan lists the routes in words, and a task of some copies from these alone, wherever their owner puts them', async () => {
  await world.until('the routes are seen', async () => (await listed()).length === 3);
  const routes = await listed();
  expect(routes.map(({ route: one }) => one)).toEqual(['api', expect.stringMatching(/^#/), 'rest']);
  expect(routes[0]?.match[0]?.[0]?.message).toBe('path begins with /api');
  expect(routes[1]?.match[0]?.[0]?.message).toBe('header cookie begins with beta=');

  const before = rules();
  await createTask(console, choose('api', routes[1]!.route));
  await world.untilState(console, namespace, name, 'Mirroring');
  expect(copies()).toEqual(['api 1', 'unnamed 1', 'rest 0']);
  const view = await getTask(console, task);
  const { record } = view;
  expect(toTask(view, 'en').routes?.map((one) => one.route)).toEqual(['api', routes[1]!.route]);
  expect(record.spec.copiesEveryRequest).toBe(false);
  expect((await readTaskInput(console, namespace, name)).routes).toEqual(choose('api', routes[1]!.route).routes);

  // Put in by their owner in another order, with one more: the task stands, and does not copy from the new one.
  editRoutes(([first, second, third]) => [
    { name: 'new', match: [{ uri: { prefix: '/new' } }], route },
    second!,
    first!,
    third!,
  ]);
  await world.until('the edit is seen', async () => (await listed()).length === 4);
  expect((await getTask(console, task)).derived.state).toBe('Mirroring');
  await pauseTask(console, task);
  await world.untilState(console, namespace, name, 'Paused');
  await resumeTask(console, task);
  await world.untilState(console, namespace, name, 'Mirroring');
  expect(copies()).toEqual(['new 0', 'unnamed 1', 'api 1', 'rest 0']);

  editRoutes(([, unnamed, first, last]) => [first!, unnamed!, last!]);
  await deleteTask(console, task);
  await world.untilGone(console, namespace, name);
  expect(rules()).toEqual(before);
});

test('a chosen route that its owner takes away makes the task Drifted; a choice of nothing that is there is refused', async () => {
  await world.until('the routes are seen', async () => (await listed()).length === 3);
  await expect(createTask(console, choose('gone'))).rejects.toMatchObject({ code: 'plan_infeasible' });
  await createTask(console, choose('api'));
  await world.untilState(console, namespace, name, 'Mirroring');
  editRoutes((http) => http.filter((one) => one.name !== 'api'));
  const { derived } = await world.untilState(console, namespace, name, 'Drifted');
  expect(derived.reason).toMatchObject({ code: 'drift_route_gone', params: { route: 'api' } });
});
