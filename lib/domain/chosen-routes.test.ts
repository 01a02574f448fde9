import { describe, expect, it } from 'vitest';
import { adoptionOf, isAdoption } from './drift-answers.ts';
import type { HttpRoute, VirtualService } from './kubernetes.ts';
import { planCreate } from './plan-create.ts';
import { inputOf } from './replan.ts';
import type { NewVersionTarget, RouteChoice, TaskSpec } from './task.ts';
import { MemoryCluster } from './testing/memory-cluster.ts';
import { reviews, virtualServiceOf } from './testing/snapshot.ts';
import { mirroring } from './testing/standing-task.ts';
import { isClone } from './virtual-service-edit.ts';

const route = [{ destination: { host: 'reviews', port: { number: 9080 }, subset: 'v1' } }];
const api: HttpRoute = { name: 'api', match: [{ uri: { prefix: '/api' }, method: { exact: 'GET' } }], route };
const beta: HttpRoute = {
  match: [{ headers: { cookie: { regex: 'beta=.*' } } }, { sourceNamespace: 'team-b', port: 9080 }],
  route,
};
const moved: HttpRoute = { name: 'moved', match: [{ uri: { exact: '/old' } }], redirect: { uri: '/new' } };
const other: HttpRoute = {
  name: 'other',
  match: [{ uri: { prefix: '/r' } }],
  route: [{ destination: { host: 'ratings' } }],
};
const rest: HttpRoute = { name: 'rest', route };

function planOn(http: HttpRoute[], routes?: RouteChoice[], tasks: TaskSpec[] = []) {
  const { snapshot, input } = reviews();
  const virtualServices = [
    virtualServiceOf('reviews', 'demo-project', { hosts: ['reviews'], http }),
    virtualServiceOf('public', 'web', {
      hosts: ['reviews.example.com'],
      gateways: ['istio-system/public'],
      http: [{ route: [{ destination: { host: 'reviews.demo-project.svc.cluster.local', subset: 'v1' } }] }],
    }),
  ];
  const plan = planCreate(
    { ...input, placement: 'dedicated', ...(routes && { routes }) },
    { ...snapshot, virtualServices, tasks },
  );
  const failures = plan.checks.filter(({ severity }) => severity === 'fail');
  return { ...plan, failures, virtualServices };
}

const choice = (name: string): RouteChoice => ({ namespace: 'demo-project', virtualService: 'reviews', route: name });
const copied = (spec: TaskSpec | null) =>
  spec?.entries.map(({ virtualService, route: key }) => `${virtualService.name} ${key.name ?? key.hash}`);

describe('the routes of a plan', () => {
  it('are those that lead to the service, by mesh and gateway, in words; those that cannot mirror say why', () => {
    const { routes } = planOn([api, beta, moved, other, rest]);
    expect(
      routes.map(({ virtualService, route: name, canMirror, chosen }) => [virtualService, name, canMirror, chosen]),
    ).toEqual([
      ['reviews', 'api', true, true],
      ['reviews', expect.stringMatching(/^#[0-9a-f]+$/), true, true],
      ['reviews', 'moved', false, false],
      ['reviews', 'rest', true, true],
      ['public', expect.stringMatching(/^#/), true, true],
    ]);
    expect(routes.map(({ gateways }) => gateways[0])).toEqual(['mesh', 'mesh', 'mesh', 'mesh', 'istio-system/public']);
    expect(routes[0]?.match).toEqual([
      [
        { code: 'route_match', params: { field: 'uri', name: '', kind: 'prefix', value: '/api' } },
        { code: 'route_match', params: { field: 'method', name: '', kind: 'exact', value: 'GET' } },
      ],
    ]);
    expect(routes[1]?.match).toMatchObject([
      [{ params: { field: 'header', name: 'cookie', kind: 'regex' } }],
      [{ code: 'route_source_namespace' }, { code: 'route_port' }],
    ]);
    expect(routes[2]?.reason?.code).toBe('route_cannot_redirect');
    expect(routes[3]?.match).toEqual([]);
  });

  it('are also those of other hosts and of delegates that lead to the service: they cannot mirror, and say why', () => {
    const { snapshot, input } = reviews();
    const beside = [
      virtualServiceOf('legacy', 'demo-project', { hosts: ['legacy', 'old'], http: [other, rest, api] }),
      virtualServiceOf('team', 'demo-project', { http: [moved, api] }),
    ];
    const virtualServices = [...snapshot.virtualServices, ...beside];
    const { spec, routes } = planCreate(input, { ...snapshot, virtualServices });
    expect(spec?.entries.map(({ virtualService }) => virtualService.name)).toEqual(['reviews']);
    expect(
      routes.slice(1).map(({ virtualService, route: name, canMirror, chosen, gateways, reason }) => {
        return [virtualService, name, canMirror, chosen, gateways, reason];
      }),
    ).toEqual([
      ['legacy', 'rest', false, false, ['mesh'], { code: 'route_cannot_other_host', params: { hosts: 'legacy, old' } }],
      ['legacy', 'api', false, false, ['mesh'], expect.objectContaining({ code: 'route_cannot_unreachable' })],
      ['team', 'api', false, false, [], expect.objectContaining({ code: 'route_cannot_of_delegate' })],
    ]);
  });

  it('copy from all without a choice, else from the chosen ones alone, wherever they stand by now', () => {
    expect(copied(planOn([api, beta, rest]).spec)).toHaveLength(4);
    const unnamed = planOn([api, beta, rest]).routes[1]!.route;
    const chosen = [choice('api'), choice(unnamed)];
    const first = planOn([api, beta, rest], chosen);
    expect(first.failures).toEqual([]);
    expect(first.routes.map((one) => one.chosen)).toEqual([true, true, false, false]);
    expect(copied(first.spec)?.toSorted()).toEqual([`reviews ${unnamed.slice(1)}`, 'reviews api']);
    const reordered = planOn([moved, beta, { ...rest, match: [{ uri: { prefix: '/x' } }] }, api, rest], chosen);
    expect(copied(reordered.spec)?.toSorted()).toEqual(copied(first.spec)?.toSorted());
  });

  it('do not let the live version’s requests tell what to expect where only some are chosen', () => {
    expect(planOn([api, rest]).spec?.copiesEveryRequest).toBe(true);
    expect(planOn([api, rest], [choice('rest')]).spec?.copiesEveryRequest).toBe(false);
  });

  it('refuse a choice that is not there or that nothing can be copied from, and name it', () => {
    const reasons = (name: string) =>
      planOn([api, moved, other, rest], [choice(name), choice('rest')]).failures.map(({ params }) => [
        params.reason,
        params.route,
      ]);
    expect(reasons('gone')).toEqual([['chosen_gone', 'gone']]);
    expect(reasons('moved')).toEqual([['chosen_cannot', 'moved']]);
    expect(reasons('api')).toEqual([]);
  });

  it('are planned anew from what was chosen: a route that came later is not copied by itself', () => {
    const { spec } = planOn([api, rest], [choice('rest')]);
    expect(inputOf(spec!).routes).toEqual([choice('rest')]);
    const later = planOn([api, beta, rest], inputOf(spec!).routes?.slice());
    expect(copied(later.spec)).toEqual(['reviews rest']);
  });
});

it('a task of one route takes in what another task’s clone takes from that route, and from no other', () => {
  const first = planOn([api, rest]);
  const cluster = new MemoryCluster(first.virtualServices);
  const { snapshot, input } = reviews();
  const tests = planCreate(
    {
      ...input,
      name: 'tests',
      placement: 'dedicated',
      selection: { match: [{ headers: { 'x-test-user': { exact: 'true' } } }], methods: null },
    },
    { ...snapshot, virtualServices: first.virtualServices },
  ).spec!;
  cluster.run('create', tests);
  const http = cluster.virtualServices.find(({ metadata }) => metadata.name === 'reviews')!.spec.http!;
  expect(http.filter(isClone)).toHaveLength(2);
  const { spec, failures } = planOn(http, [choice('rest')], [tests]);
  expect(failures).toEqual([]);
  const restClone = tests.entries.find(({ route: key }) => key.name === 'rest')!.cloneName;
  expect(copied(spec)?.toSorted()).toEqual([`reviews ${restClone}`, 'reviews rest'].toSorted());
});

it('adopting that a chosen route is gone gives it up for good: what is planned later does not miss it', () => {
  const chosen = [choice('api'), choice('rest')];
  const http = [api, rest];
  const virtualServices = [virtualServiceOf('reviews', 'demo-project', { hosts: ['reviews'], http })];
  const { record, live } = mirroring({ routes: chosen, placement: 'dedicated' }, { virtualServices });
  const without = live.virtualServices.map((object) => ({
    ...object,
    spec: { ...object.spec, http: object.spec.http?.filter(({ name }) => name !== 'api') },
  })) as VirtualService[];
  const adoption = adoptionOf(record, { ...live, virtualServices: without });
  expect(isAdoption(adoption) && inputOf(adoption.spec).routes).toEqual([choice('rest')]);
});

describe('a choice among the routes of a gateway, where the mesh has none', () => {
  const host = 'reviews.demo-project.svc.cluster.local';
  const ofGateway = virtualServiceOf('public', 'web', {
    hosts: ['reviews.example.com'],
    gateways: ['istio-system/public'],
    http: [
      { name: 'a', match: [{ uri: { prefix: '/a' } }], route: [{ destination: { host } }] },
      { name: 'b', route: [{ destination: { host } }] },
    ],
  });
  const onGateway = (placement: 'dedicated' | 'subset', names: string[]) => {
    const { snapshot, input } = reviews();
    const routes = names.map((name) => ({ namespace: 'web', virtualService: 'public', route: name }));
    const world = { ...snapshot, virtualServices: [ofGateway] };
    const { spec, checks } = planCreate({ ...input, placement, routes }, world);
    return { spec: spec!, failures: checks.filter(({ severity }) => severity === 'fail'), world };
  };

  it('copies nothing of what comes by the mesh, and makes no VirtualService for that', () => {
    const { spec, failures } = onGateway('dedicated', ['a']);
    expect(failures).toEqual([]);
    expect(copied(spec)).toEqual(['public a']);
    expect(spec.virtualService).toBeNull();
  });

  it('stands beside a task that copies all of the mesh’s requests, whichever of the two came first', () => {
    const { spec, world } = onGateway('dedicated', ['a']);
    const { input } = reviews();
    const other = planCreate(
      {
        ...input,
        name: 'other',
        placement: 'dedicated',
        target: { ...input.target!, version: 'v3' } as NewVersionTarget,
      },
      { ...world, tasks: [spec] },
    );
    expect(other.checks.filter(({ severity }) => severity === 'fail')).toEqual([]);
    const cluster = new MemoryCluster(world.virtualServices);
    cluster.run('create', other.spec!);
    expect(cluster.virtualServices).toHaveLength(2);
    const now = { ...world, virtualServices: cluster.virtualServices, tasks: [other.spec!] };
    const again = planCreate({ ...input, placement: 'dedicated', routes: spec.routes! }, now);
    expect(again.checks.filter(({ severity }) => severity === 'fail')).toEqual([]);
    expect(copied(again.spec)?.every((text) => text.startsWith('public '))).toBe(true);
  });

  it('pins the mesh’s requests where the Service selects the mirror, without copying them', () => {
    const { spec, failures, world } = onGateway('subset', ['a', 'b']);
    expect(failures).toEqual([]);
    expect(copied(spec)?.toSorted()).toEqual(['public a', 'public b']);
    expect(spec.copiesEveryRequest).toBe(false);
    const cluster = new MemoryCluster([...world.virtualServices, ...world.destinationRules]);
    const before = cluster.content();
    cluster.run('create', spec);
    const own = cluster.virtualServices.find(({ metadata }) => metadata.name === spec.virtualService?.metadata.name);
    expect(own?.spec.http).toMatchObject([{ route: [{ destination: { host, subset: 'v1' } }] }]);
    expect(own?.spec.http?.[0]).not.toHaveProperty('mirror');
    cluster.run('pause', spec);
    cluster.run('resume', spec);
    cluster.run('delete', spec);
    expect(cluster.content()).toEqual(before);
  });
});
