import { describe, expect, it } from 'vitest';
import { adoptionOf, isAdoption, restoreRefusal } from './drift-answers.ts';
import { findDrift } from './drift.ts';
import type { Deployment, DestinationRule, HttpRoute, Service, VirtualService } from './kubernetes.ts';
import type { PlanningInput, PlanningSnapshot } from './planning-snapshot.ts';
import type { LiveTask } from './state.ts';
import { clone } from './structure.ts';
import type { TaskRecord } from './task.ts';
import { reviews } from './testing/snapshot.ts';
import { mirroring } from './testing/standing-task.ts';

interface Standing {
  record: TaskRecord;
  live: LiveTask;
}

const seed = reviews().snapshot;
const unpinned = seed.virtualServices.map((object) => ({
  ...object,
  spec: { hosts: ['reviews'], http: [{ name: 'all', route: [{ destination: { host: 'reviews' } }] }] },
}));
const twoRoutes = seed.virtualServices.map((object) => {
  const [rest] = object.spec.http ?? [];
  return {
    ...object,
    spec: {
      hosts: ['reviews'],
      http: [
        { ...rest, name: 'a', match: [{ uri: { prefix: '/a' } }] },
        { ...rest, name: 'rest' },
      ],
    },
  };
});
const subset = () => mirroring();
const pinning = () => mirroring({ placement: 'subset' }, { virtualServices: unpinned });
const dedicated = () => mirroring({ placement: 'dedicated' });
const split = () => mirroring({}, { virtualServices: twoRoutes });
/** The mesh's VirtualService and a gateway's. */
const gateway = (input: Partial<PlanningInput> = {}, world: Partial<PlanningSnapshot> = seed) => {
  const [mesh] = world.virtualServices ?? [];
  const object: VirtualService = {
    ...mesh!,
    metadata: { ...mesh!.metadata, name: 'reviews-gw' },
    spec: { ...mesh!.spec, hosts: ['reviews.example.com'], gateways: ['gw'] },
  };
  return mirroring(input, { ...world, virtualServices: [mesh!, object] });
};
/** Of two ports, so that each of the two routes gets a clone per port. */
const ports = () => {
  const [service, ...others] = seed.services;
  const second = { name: 'http-b', port: 9081, protocol: 'TCP' };
  const services = [{ ...service!, spec: { ...service!.spec, ports: [...service!.spec.ports!, second] } }, ...others];
  const virtualServices = clone(twoRoutes) as VirtualService[];
  for (const { destination } of virtualServices.flatMap(routesOf).flatMap(({ route = [] }) => route))
    delete destination.port;
  return mirroring({}, { virtualServices, services });
};
const routesOf = ({ spec }: VirtualService) => spec.http ?? [];
/** With a VirtualService of its own, beside one that its owner has made since. */
const withOwners = (change: (object: VirtualService) => void): Standing => {
  const { record, live } = onRoutes(({ metadata }) => (metadata.creationTimestamp = '2026-05-01T00:00:00Z'))(routing());
  const owners = clone(seed.virtualServices) as VirtualService[];
  owners.forEach(change);
  return { record, live: { ...live, virtualServices: [...live.virtualServices, ...owners] } };
};
/** With a VirtualService of its own. */
const routing = () => mirroring({ placement: 'dedicated' }, { virtualServices: [] });
const ofClients: DestinationRule = {
  ...seed.destinationRules[0]!,
  metadata: { namespace: 'clients', name: 'reviews' },
  spec: { host: 'reviews.demo-project.svc.cluster.local', subsets: [] },
};
const slow = (route: HttpRoute) => void (route.timeout = '3s');
const paused = ({ record, live }: Standing): Standing => ({ record: { ...record, desired: 'paused' }, live });

const onRoutes =
  (change: (object: VirtualService) => void) =>
  ({ record, live }: Standing): Standing => {
    const virtualServices = clone(live.virtualServices) as VirtualService[];
    virtualServices.forEach(change);
    return { record, live: { ...live, virtualServices } };
  };
const onRule =
  (change: (object: DestinationRule) => void) =>
  ({ record, live }: Standing): Standing => {
    const destinationRule = clone(live.destinationRule) as DestinationRule;
    change(destinationRule);
    return { record, live: { ...live, destinationRule, destinationRules: [destinationRule] } };
  };
const onWorkload =
  (change: (object: Deployment) => void) =>
  ({ record, live }: Standing): Standing => {
    const deployment = clone(live.deployments[0]) as Deployment;
    change(deployment);
    return { record, live: { ...live, deployments: [deployment] } };
  };
const unmirror = onRoutes(({ spec }) =>
  spec.http?.forEach((route) => {
    delete route.mirror;
    delete route.mirrorPercentage;
  }),
);
const share = (value: number) =>
  onRoutes(({ spec }) => spec.http?.forEach((route) => (route.mirrorPercentage = { value })));
const unpin = onRoutes(({ spec }) => spec.http?.forEach((route) => delete route.route?.[0]?.destination.subset));
const foreignWay = onRoutes(({ spec }) => {
  spec.http = [
    {
      name: 'beta',
      match: [{ uri: { prefix: '/beta' } }],
      route: [{ destination: { host: 'reviews', subset: 'v2' } }],
    },
    ...(spec.http ?? []),
  ];
});

type Answer = 'restored' | { refused: string };
type Adopted =
  | { code: string; desired: 'mirroring' | 'paused'; percentage: number; entries: number }
  | { refused: string };

describe('a task that somebody changed', () => {
  it.each<[string, Standing, Answer, Adopted]>([
    [
      'another share',
      share(40)(subset()),
      'restored',
      { code: 'adopt_percentage', desired: 'mirroring', percentage: 40, entries: 1 },
    ],
    [
      'no mirror',
      unmirror(subset()),
      'restored',
      { code: 'adopt_paused', desired: 'paused', percentage: 100, entries: 1 },
    ],
    [
      'a mirror on one of two routes',
      onRoutes(({ spec }) => delete spec.http?.[0]?.mirror)(split()),
      'restored',
      { code: 'adopt_routes', desired: 'mirroring', percentage: 100, entries: 1 },
    ],
    [
      'different shares',
      onRoutes(({ spec }) => (spec.http![0]!.mirrorPercentage = { value: 7 }))(split()),
      'restored',
      { refused: 'adopt_percentages_differ' },
    ],
    ['no share', share(0)(subset()), 'restored', { refused: 'adopt_not_safe' }],
    [
      'a mirror while it is paused',
      share(15)(paused(subset())),
      'restored',
      { code: 'adopt_resumed', desired: 'mirroring', percentage: 15, entries: 1 },
    ],
    [
      'no route of its own',
      onRoutes(({ spec }) => (spec.http![0]!.match = [{ uri: { exact: '/new' } }]))(subset()),
      { refused: 'route_gone' },
      { refused: 'adopt_left_behind' },
    ],
    [
      'another route in place of its own',
      onRoutes(({ spec }) => (spec.http![0]!.match = [{ uri: { exact: '/new' } }]))(unmirror(subset())),
      { refused: 'route_gone' },
      { refused: 'adopt_no_route' },
    ],
    [
      'one of two objects with its route made another one, copies and all',
      onRoutes(({ metadata, spec }) => {
        if (metadata.name !== 'reviews-gw') return;
        spec.http = [{ ...spec.http![0]!, name: 'new', match: [{ uri: { exact: '/new' } }] }];
      })(gateway()),
      { refused: 'route_gone' },
      { refused: 'adopt_left_behind' },
    ],
    [
      'one of two objects with its route made another one, without copies',
      onRoutes(({ metadata, spec }) => {
        if (metadata.name !== 'reviews-gw') return;
        spec.http = [{ name: 'new', route: [{ destination: { host: 'reviews', subset: 'v1' } }] }];
      })(gateway()),
      { refused: 'route_gone' },
      { code: 'adopt_routes', desired: 'mirroring', percentage: 100, entries: 1 },
    ],
    [
      'one of two objects with its route made another one, pin to a subset of the task and all',
      onRoutes(({ metadata, spec }) => {
        if (metadata.name !== 'reviews-gw') return;
        const { route = [] } = spec.http![0]!;
        spec.http = [{ name: 'new', match: [{ uri: { exact: '/new' } }], route }];
      })(gateway({ placement: 'subset' }, { virtualServices: unpinned, destinationRules: [] })),
      { refused: 'route_gone' },
      { refused: 'adopt_left_behind' },
    ],
    [
      'clones of one of two routes as it was before',
      onRoutes(({ spec }) => spec.http!.filter(({ name }) => name === 'a').forEach(slow))(ports()),
      'restored',
      { refused: 'adopt_left_behind' },
    ],
    [
      'nothing but clones of a route as it was before',
      onRoutes(({ spec }) => spec.http!.filter(({ name }) => name === 'a' || name === 'rest').forEach(slow))(ports()),
      'restored',
      { refused: 'adopt_left_behind' },
    ],
    ['no pin', unpin(pinning()), 'restored', { refused: 'adopt_not_safe' }],
    [
      'a pin to a subset of the owner’s',
      onRoutes(({ spec }) => (spec.http![0]!.route![0]!.destination.subset = 'owners'))(
        onRule(({ spec }) => spec.subsets!.push({ name: 'owners', labels: { version: 'v1' } }))(pinning()),
      ),
      { refused: 'pin_taken' },
      { code: 'adopt_percentage', desired: 'mirroring', percentage: 100, entries: 1 },
    ],
    ['a route to the mirror', foreignWay(subset()), { refused: 'drift_serves_live' }, { refused: 'adopt_not_safe' }],
    [
      'no subset',
      onRule(({ spec }) => (spec.subsets = spec.subsets!.slice(0, 1)))(subset()),
      'restored',
      { refused: 'adopt_not_safe' },
    ],
    [
      'another subset',
      onRule(({ spec }) => (spec.subsets![1]!.labels = { version: 'v3' }))(subset()),
      'restored',
      { refused: 'adopt_not_safe' },
    ],
    [
      'other pod labels',
      onWorkload(({ spec }) => (spec.template.metadata!.labels!.team = 'x'))(subset()),
      'restored',
      { refused: 'adopt_not_safe' },
    ],
    [
      'a rule of some clients without the subset of its pins',
      { ...pinning(), live: { ...pinning().live, destinationRules: [...pinning().live.destinationRules, ofClients] } },
      { refused: 'drift_client_rule' },
      { refused: 'adopt_not_safe' },
    ],
    [
      'no pin, and a rule of some clients without its subset',
      unpin({
        ...pinning(),
        live: { ...pinning().live, destinationRules: [...pinning().live.destinationRules, ofClients] },
      }),
      { refused: 'drift_client_rule' },
      { refused: 'adopt_not_safe' },
    ],
    [
      'no routes of its own',
      { ...routing(), live: { ...routing().live, virtualServices: [] } },
      'restored',
      { refused: 'adopt_no_route' },
    ],
    [
      'an owner’s routes in place of its own',
      { ...routing(), live: { ...routing().live, virtualServices: [...seed.virtualServices] } },
      { refused: 'drift_not_followed' },
      { refused: 'adopt_no_route' },
    ],
    [
      'routes that lose the host to older ones',
      onRoutes(({ metadata }) => (metadata.creationTimestamp = '2026-06-01T00:00:00Z'))({
        ...routing(),
        live: { ...routing().live, virtualServices: [...routing().live.virtualServices, ...seed.virtualServices] },
      }),
      { refused: 'drift_not_followed' },
      { refused: 'adopt_not_safe' },
    ],
    [
      'an owner’s routes that lose the host to its own',
      withOwners(({ metadata }) => (metadata.creationTimestamp = '2026-06-01T00:00:00Z')),
      { refused: 'drift_hides_rules' },
      { refused: 'adopt_not_safe' },
    ],
    [
      'an owner’s routes for a wildcard that takes in the host',
      withOwners(({ spec }) => (spec.hosts = ['*.demo-project.svc.cluster.local'])),
      { refused: 'drift_hides_rules' },
      { refused: 'adopt_not_safe' },
    ],
    [
      'no workload',
      { ...subset(), live: { ...subset().live, deployments: [] } },
      'restored',
      { refused: 'adopt_not_safe' },
    ],
    [
      'no Service of its own',
      { ...dedicated(), live: { ...dedicated().live, mirrorServices: [] } },
      'restored',
      { refused: 'adopt_not_safe' },
    ],
    [
      'another selector',
      {
        ...dedicated(),
        live: {
          ...dedicated().live,
          mirrorServices: [
            {
              ...(dedicated().live.mirrorServices[0] as Service),
              spec: { ports: [], selector: { app: 'x' } },
            },
          ],
        },
      },
      'restored',
      { refused: 'adopt_not_safe' },
    ],
  ])('has %s', (_, { record, live }, restore, adopt) => {
    expect(findDrift(record, live)).not.toBeNull();
    const refusal = restoreRefusal(record, live);
    expect(refusal === null ? 'restored' : { refused: refusal.code }).toEqual(restore);
    const answer = adoptionOf(record, live);
    const told = isAdoption(answer)
      ? {
          code: answer.text.code,
          desired: answer.desired,
          percentage: answer.spec.targets[0].percentage,
          entries: answer.spec.entries.length,
        }
      : { refused: answer.code };
    expect(told).toEqual(adopt);
    if (isAdoption(answer)) expect(findDrift({ ...record, ...answer }, live)).toBeNull();
  });

  it.each<[string, (object: VirtualService) => void]>([
    ['tcp routes alone, which Istio takes beside its own', ({ spec }) => (spec.tcp = spec.http?.splice(0) ?? [])],
    ['routes of a gateway alone', ({ spec }) => (spec.gateways = ['gw'])],
    ['routes that another VirtualService delegates to', ({ spec }) => (spec.hosts = [])],
    ['routes for clients of one namespace, which follow them', ({ spec }) => (spec.exportTo = ['clients'])],
  ])('is none that its own VirtualService stands beside: an owner’s %s', (_, change) => {
    const { record, live } = withOwners((object) => {
      object.metadata.creationTimestamp = '2026-06-01T00:00:00Z';
      change(object);
    });
    expect(findDrift(record, live)).toBeNull();
  });

  it('tells of a mirror that was put back into a paused task before it tells of routes without effect', () => {
    const { record, live } = withOwners(({ metadata }) => (metadata.creationTimestamp = '2026-06-01T00:00:00Z'));
    expect(findDrift({ ...record, desired: 'paused' }, live)?.reason.code).toBe('drift_mirror_while_paused');
  });

  it('has nothing to adopt once it is finished', () => {
    const { record, live } = share(9)(subset());
    expect(adoptionOf({ ...record, desired: 'finished', keepsWorkload: true }, live)).toMatchObject({
      code: 'adopt_finished',
    });
  });
});
