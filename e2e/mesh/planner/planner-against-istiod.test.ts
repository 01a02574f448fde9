// Kubernetes answers with every kind there is: tests narrow by what they expect.
/* oxlint-disable typescript/no-explicit-any */
import { beforeAll, describe, expect, it } from 'vitest';
import type { Check } from '../../../lib/domain/check.ts';
import { editFor } from '../../../lib/domain/edit.ts';
import type { HttpMatch, HttpRoute, MirrorPolicy, VirtualService } from '../../../lib/domain/kubernetes.ts';
import { isCatchAll, routingOf } from '../../../lib/domain/mesh-routing.ts';
import { fqdn, serviceHost } from '../../../lib/domain/names.ts';
import { percentOf, toMillionths } from '../../../lib/domain/percentage.ts';
import { planCreate } from '../../../lib/domain/plan-create.ts';
import type { PlanningSnapshot } from '../../../lib/domain/planning-snapshot.ts';
import { mirrorPoliciesOf } from '../../../lib/domain/route-mirror.ts';
import { stepsFor } from '../../../lib/domain/steps.ts';
import { sameJson } from '../../../lib/domain/structure.ts';
import { targetOfEntry } from '../../../lib/domain/targets.ts';
import type { MirrorDestination, TaskSpec } from '../../../lib/domain/task.ts';
import { deploymentOf, podsOf, serviceOf, snapshotOf } from '../../../lib/domain/testing/snapshot.ts';
import { findRoutes } from '../../../lib/domain/virtual-service-edit.ts';
import { isVisibleTo } from '../../../lib/domain/visibility.ts';
import { create } from '../../cluster/cluster.ts';
import { waitFor } from '../../cluster/control-plane.ts';
import type { Kube } from '../../kube.ts';
import { istioApi, labKube, makeClientPod, makeNamespace, readyPods } from '../lab-client.ts';
import { readProxyConfig, type ProxyConfig, type ProxyCopy, type ProxyRoute } from './envoy-config.ts';
import { clientNamespace, shapes, type Shape } from './shapes.ts';

const clientName = 'client';
/** Host to which routes copy that, as a check says, copy nothing. */
const marker = 'ineffective';
const sentinelHost = `sentinel.${clientNamespace}.svc.cluster.local`;

/** What the planner made of a shape, and what the API server holds of it. */
interface Outcome {
  spec: TaskSpec | null;
  checks: Check[];
  virtualServices: VirtualService[];
  client: string;
}

const outcomes = new Map<string, Outcome>();
/** What the clients' proxies held before anything was planned, and hold with all plans written. */
const configsBefore = new Map<string, ProxyConfig>();
const configs = new Map<string, ProxyConfig>();
let kube: Kube;

beforeAll(async () => {
  kube = labKube();
  const clients = new Set([clientNamespace, ...shapes.filter(isBeside).map(({ namespace }) => namespace)]);
  await Promise.all(
    [clientNamespace, ...shapes.map(({ namespace }) => namespace)].map((name) => makeNamespace(kube, name)),
  );
  await Promise.all([...clients].map((namespace) => makeClientPod(kube, namespace, clientName)));
  await Promise.all(shapes.map(({ namespace, shape }) => makeShape(namespace, shape)));
  await makeSentinel();
  for (const namespace of clients) configsBefore.set(namespace, await configOfClient(namespace, 1));
  const snapshot = await readRules();
  // All at once: istiod then tells the proxies a few times instead of after each.
  await Promise.all(shapes.map(({ namespace, shape }) => plan(namespace, shape, snapshot)));
  const after = await readRules();
  for (const [namespace, outcome] of outcomes) {
    outcome.virtualServices = after.virtualServices.filter(({ metadata }) => metadata.namespace === namespace);
  }
  await turnSentinel(2);
  for (const namespace of clients) configs.set(namespace, await configOfClient(namespace, 2));
}, 300_000);

describe('what the planner says will be copied is what istiod tells proxies', () => {
  it.each(shapes)('$shape.title', ({ namespace, shape }) => {
    const { spec, client, virtualServices } = outcomes.get(namespace)!;
    expect(spec).not.toBeNull();
    const host = serviceHost('reviews', namespace);
    const followed = routingOf(host, namespace, virtualServices).mesh.find((object) => isVisibleTo(client, object));
    for (const port of httpPorts(shape)) {
      const said = followed ? copiesSaid(followed, virtualServices, port, client) : [[]];
      expect(configs.get(client)!.copiesOf(host, port), `port ${port}`).toEqual(said);
    }
    const entries = spec!.entries.filter((entry) => entry.virtualService.name === followed?.metadata.name);
    expect(copiesToMirror(followed, spec!)).toEqual(entries.map(() => toMillionths(spec!.targets[0].percentage)));
  });

  it('in at least 60 shapes, with copies in most of them', () => {
    expect(shapes.length).toBeGreaterThanOrEqual(60);
    const withCopies = shapes.filter(({ namespace }) => outcomes.get(namespace)!.spec!.entries.length > 0);
    expect(withCopies.length).toBeGreaterThanOrEqual(60);
  });
});

describe('what is planned changes nothing for the requests themselves', () => {
  it.each(shapes)('$shape.title', ({ namespace, shape }) => {
    const { spec, client } = outcomes.get(namespace)!;
    for (const port of httpPorts(shape)) {
      const [before, after] = [configsBefore, configs].map((all) => metOn(all.get(client)!, namespace, port));
      expect(after!.map(({ met }) => met)).toEqual(before!.map(({ met }) => met));
      // Where nothing is pinned they go to the very same clusters, too.
      if (spec!.pins.length === 0 && !spec!.virtualService)
        expect(after!.map(({ clusters }) => clusters)).toEqual(before!.map(({ clusters }) => clusters));
    }
  });
});

describe('every route to the service', () => {
  it.each(shapes)('is copied, or a check says that it is not: $shape.title', ({ namespace, shape }) => {
    const { spec, checks, client } = outcomes.get(namespace)!;
    const host = serviceHost('reviews', namespace);
    const isTold = checks.some(({ code, severity }) => explained.has(code) && severity !== 'pass');
    const chosen = spec!.service.ports;
    for (const port of httpPorts(shape).filter((port) => chosen.includes(port))) {
      const met = withoutOriginals(configs.get(client)!.routesOf(host, port) ?? []);
      const routes = met.filter(({ clusters }) => clusters.some((cluster) => cluster.endsWith(`|${host}`)));
      const copied = routes.filter(({ copies }) => copies.some((copy) => isOurs(copy, spec!)));
      if (!isTold) expect(copied.length, `port ${port}`).toBe(routes.length);
    }
  });
});

describe('what a check calls ineffective', () => {
  it('as a route or VirtualService that copies nothing is absent from the proxies', async () => {
    for (const { namespace, shape } of shapes) {
      const { client } = outcomes.get(namespace)!;
      for (const port of httpPorts(shape)) {
        const copies = configs.get(client)!.copiesOf(serviceHost('reviews', namespace), port)?.flat() ?? [];
        expect(
          copies.filter(({ cluster }) => cluster.includes(marker)),
          shape.title,
        ).toEqual([]);
      }
    }
    // Each kind of route that the checks call so was there, and copied by hand.
    expect(Object.fromEntries(marked)).toMatchObject({
      redirect: expect.any(Number),
      direct_response: expect.any(Number),
      unreachable: expect.any(Number),
      shadowed: expect.any(Number),
    });
  });

  it('as a port without a route has no copies there', () => {
    const lost = shapes.flatMap(({ namespace }) =>
      outcomes
        .get(namespace)!
        .checks.filter(({ params }) => params['reason'] === 'port_not_covered')
        .map(({ params }) => ({ namespace, port: Number(params['route']) })),
    );
    expect(lost.length).toBeGreaterThan(0);
    for (const { namespace, port } of lost) {
      const copies = configs.get(outcomes.get(namespace)!.client)!.copiesOf(serviceHost('reviews', namespace), port);
      expect(copies?.flat() ?? []).toEqual([]);
    }
  });

  it('as a subset that a client does not see has no cluster there; every other mirror has one', () => {
    const lost: string[] = [];
    for (const { namespace, shape } of shapes) {
      const { spec, checks, client } = outcomes.get(namespace)!;
      const isLost = checks.some(({ code, severity }) => code === 'destination_rule_path' && severity !== 'pass');
      for (const { destination } of spec!.entries) {
        const isThere = configs.get(client)!.hasCluster(clusterOf(destination));
        // A rule that is private to its namespace is seen from beside.
        expect(isThere, `${shape.title}: ${clusterOf(destination)}`).toBe(!isLost || shape.client === 'beside');
        if (!isThere) lost.push(shape.title);
      }
    }
    expect(lost).toContain('a rule of the client’s namespace without the mirror’s subset');
    expect(lost).toContain('rules private, seen from elsewhere');
  });

  it('as a live subset that no rule has, has no cluster', () => {
    const missing = shapes.filter(({ namespace }) =>
      outcomes.get(namespace)!.checks.some(({ code, severity }) => code === 'subset_exists' && severity === 'fail'),
    );
    expect(missing.map(({ shape }) => shape.title)).toContain('a subset that no rule has');
    for (const { namespace } of missing) {
      const { checks, client } = outcomes.get(namespace)!;
      const subset = checks.find(({ code, severity }) => code === 'subset_exists' && severity === 'fail')!.params[
        'subset'
      ];
      const host = serviceHost('reviews', namespace);
      expect(configs.get(client)!.hasCluster(`outbound|9080|${subset}|${host}`)).toBe(false);
    }
  });
});

/** Checks that tell of routes, ports or clients that nothing is copied of. */
const explained = new Set(['virtual_service_routes', 'destination_rule_path', 'duplicate_host']);

function isOurs({ cluster, millionths }: ProxyCopy, spec: TaskSpec): boolean {
  return spec.entries.some(
    (entry) =>
      clusterOf(entry.destination) === cluster && millionths === toMillionths(targetOfEntry(spec, entry).percentage),
  );
}

/** A clone takes every request that its original, behind it, would have taken. */
function withoutOriginals(routes: ProxyRoute[]): ProxyRoute[] {
  return routes.filter(({ match }, index) => !routes.slice(0, index).some((before) => sameJson(before.match, match)));
}

/** What requests to a port of the shape's Service meet, route by route. */
function metOn(config: ProxyConfig, namespace: string, port: number) {
  const routes = withoutOriginals(config.routesOf(serviceHost('reviews', namespace), port) ?? []);
  return routes.map(({ match, action, clusters }) => ({
    met: { match, action: withoutSubsets(action), policies: clusters.map((cluster) => config.policyOf(cluster)) },
    clusters,
  }));
}

/** A pin sends requests to a subset of the same host. */
function withoutSubsets(action: ProxyRoute['action']): unknown {
  return JSON.parse(JSON.stringify(action).replaceAll(/outbound\|(\d+)\|[^|]*\|/g, 'outbound|$1||'));
}

/** How many routes were given a copy to the marker by hand, by why the checks call it ineffective. */
const marked = new Map<string, number>();

function isBeside({ shape }: { shape: Shape }): boolean {
  return shape.client === 'beside';
}

function httpPorts({ ports }: Shape): number[] {
  return ports.filter(({ name }) => !name?.startsWith('tcp')).map(({ port }) => port);
}

async function makeShape(namespace: string, { ports, virtualServices, destinationRules }: Shape): Promise<void> {
  for (const name of ['reviews', 'ratings', 'details']) {
    const { uid: _, ...metadata } = serviceOf(name, namespace, ports).metadata;
    await create(kube, { ...serviceOf(name, namespace, ports), metadata });
  }
  for (const [index, object] of [...destinationRules, ...virtualServices].entries()) {
    const { creationTimestamp: _, ...metadata } = object.metadata;
    // Of two VirtualServices the older one counts, and a timestamp knows whole seconds.
    if (object.kind === 'VirtualService' && index > destinationRules.length)
      await new Promise((resolve) => setTimeout(resolve, 1100));
    await create(kube, { ...object, metadata });
  }
}

async function readRules(): Promise<PlanningSnapshot> {
  const [services, virtualServices, destinationRules] = await Promise.all(
    ['/api/v1/services', `${istioApi}/virtualservices`, `${istioApi}/destinationrules`].map(
      async (list) => (await kube.get(list)).items,
    ),
  );
  const kinds = { apiVersion: 'networking.istio.io/v1' };
  return snapshotOf({
    services: services.map((object: any) => ({ apiVersion: 'v1', kind: 'Service', ...object })),
    virtualServices: virtualServices.map((object: any) => ({ ...kinds, kind: 'VirtualService', ...object })),
    destinationRules: destinationRules.map((object: any) => ({ ...kinds, kind: 'DestinationRule', ...object })),
  });
}

/** Plans a task on the shape and writes what it would write of routes, as its verbs do. */
async function plan(namespace: string, shape: Shape, rules: PlanningSnapshot): Promise<void> {
  const v1 = deploymentOf('reviews-v1', namespace, { app: 'reviews', version: 'v1' });
  const target = { kind: 'version' as const, version: 'v2', replicas: 1, containers: [] };
  const input = { namespace, name: 'task', service: 'reviews', target, percentage: 10, ...shape.input };
  const { spec, checks } = planCreate(input, { ...rules, deployments: [v1], pods: podsOf(v1) });
  const client = shape.client === 'beside' ? namespace : clientNamespace;
  outcomes.set(namespace, { spec, checks, virtualServices: [], client });
  for (const step of spec ? stepsFor('create', spec) : []) {
    if (!['Service', 'DestinationRule', 'VirtualService'].includes(step.object?.kind ?? '')) continue;
    await write(step, spec!);
  }
  await copyWhereIneffective(namespace, checks);
}

async function write(step: ReturnType<typeof stepsFor>[number], spec: TaskSpec): Promise<void> {
  const { kind, namespace, name } = step.object!;
  const folder =
    kind === 'Service'
      ? `/api/v1/namespaces/${namespace}/services`
      : `${istioApi}/namespaces/${namespace}/${kind.toLowerCase()}s`;
  const live = await kube.get(`${folder}/${name}`).catch(() => null);
  const edit = editFor(step, spec, live && { apiVersion: step.object!.apiVersion, kind, ...live }, { recordUid: null });
  if (edit.kind === 'create') await kube.send('POST', folder, edit.object);
  if (edit.kind === 'update') await kube.send('PUT', `${folder}/${name}`, edit.object);
}

/** Gives every route and VirtualService that the checks call ineffective a copy to the marker. */
async function copyWhereIneffective(namespace: string, checks: readonly Check[]): Promise<void> {
  const { items } = await kube.get(`${istioApi}/namespaces/${namespace}/virtualservices`);
  for (const object of items as VirtualService[]) {
    const told = checks.filter(({ object: of, severity }) => of?.name === object.metadata.name && severity === 'warn');
    const reasons = new Map(told.map(({ params }) => [String(params['route'] ?? '*'), String(params['reason'])]));
    let isReachable = true;
    const http = (object.spec.http ?? []).map((route, index) => {
      const isOver = !isReachable;
      isReachable &&= !isCatchAll(route);
      const reason =
        reasons.get(route.name ?? `#${index + 1}`) ?? reasons.get('*') ?? (isOver ? 'unreachable' : undefined);
      if (!reason || !['redirect', 'direct_response', 'shadowed', 'unreachable'].includes(reason)) return route;
      marked.set(reason, (marked.get(reason) ?? 0) + 1);
      return { ...route, mirror: { host: marker }, mirrorPercentage: { value: 100 } };
    });
    await kube.send('PUT', `${istioApi}/namespaces/${namespace}/virtualservices/${object.metadata.name}`, {
      ...object,
      spec: { ...object.spec, http },
    });
  }
}

/** True when every request matches: what istiod decides by itself is no condition of a request. */
function takesAll(match: HttpMatch): boolean {
  const decided = ['name', 'statPrefix', 'port', 'gateways', 'sourceNamespace', 'sourceLabels'];
  return Object.entries(match).every(
    ([field, value]) => decided.includes(field) || (field === 'uri' && (value as any)?.prefix === '/'),
  );
}

/** What we read in a VirtualService, route by route as a proxy meets them for a port. `beside`: where delegates are. */
function copiesSaid(
  object: VirtualService,
  beside: readonly VirtualService[],
  port: number,
  client: string,
): ProxyCopy[][] {
  const { namespace = '' } = object.metadata;
  const said: ProxyCopy[][] = [];
  for (const route of object.spec.http ?? []) {
    const matches = route.match?.filter((match) => isFor(match, port, client)) ?? [{}];
    const copies = delegated(route, beside).map((one) => copiesOfRoute(one, port, namespace));
    for (const match of matches) {
      said.push(...copies);
      if (takesAll(match)) return said;
    }
  }
  // A port that no route takes is served as without any VirtualService.
  return said.length > 0 ? said : [[]];
}

/** The routes that stand for one that delegates: they are another VirtualService's. */
function delegated(route: HttpRoute, beside: readonly VirtualService[]): HttpRoute[] {
  const delegate = route.delegate as { name: string; namespace: string } | undefined;
  if (!delegate) return [route];
  const found = beside.find(({ metadata: { name, namespace } }) => sameJson({ name, namespace }, delegate));
  return found?.spec.http ?? [];
}

function copiesOfRoute(route: HttpRoute, port: number, namespace: string): ProxyCopy[] {
  const isForwarding = !route.redirect && !route.directResponse;
  return isForwarding ? mirrorPoliciesOf(route).flatMap((policy) => toProxyCopy(policy, port, namespace)) : [];
}

function isFor({ port, gateways, sourceNamespace }: HttpMatch, wanted: number, client: string): boolean {
  return (
    (port === undefined || port === wanted) &&
    (gateways === undefined || gateways.includes('mesh')) &&
    (sourceNamespace === undefined || sourceNamespace === client)
  );
}

function toProxyCopy({ destination, percentage }: MirrorPolicy, port: number, namespace: string): ProxyCopy[] {
  const millionths = toMillionths(percentOf(percentage));
  const { host, subset = '' } = destination;
  const cluster = `outbound|${destination.port?.number ?? port}|${subset}|${fqdn(host, namespace)}`;
  return millionths === 0 ? [] : [{ cluster, millionths }];
}

function clusterOf({ host, subset, port }: MirrorDestination): string {
  return `outbound|${port}|${subset ?? ''}|${host}`;
}

/** Millionths that each entry's route, or its clone, copies to the mirror. */
function copiesToMirror(object: VirtualService | undefined, spec: TaskSpec): number[] {
  const http = object?.spec.http ?? [];
  const namespace = object?.metadata.namespace ?? '';
  return spec.entries
    .filter(({ virtualService }) => virtualService.name === object?.metadata.name)
    .map(({ route, cloneName, destination }) => {
      const found: HttpRoute | undefined =
        cloneName === null ? findRoutes(http, route, namespace)[0]?.route : http.find(({ name }) => name === cloneName);
      const copies = found ? mirrorPoliciesOf(found).flatMap((policy) => toProxyCopy(policy, 0, namespace)) : [];
      return copies.find(({ cluster }) => cluster === clusterOf(destination))?.millionths ?? 0;
    });
}

/** An object after all others: a proxy that has it has them. Its percentage tells which time it is. */
async function makeSentinel(): Promise<void> {
  const { uid: _, ...metadata } = serviceOf('sentinel', clientNamespace, []).metadata;
  await create(kube, { ...serviceOf('sentinel', clientNamespace, [{ name: 'http', port: 9080 }]), metadata });
  await create(kube, {
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: { name: 'sentinel', namespace: clientNamespace },
    spec: { hosts: ['sentinel'], http: [sentinelRoute(1)] },
  } as VirtualService);
}

async function turnSentinel(time: number): Promise<void> {
  const url = `${istioApi}/namespaces/${clientNamespace}/virtualservices/sentinel`;
  await kube.send('PUT', url, { ...(await kube.get(url)), spec: { hosts: ['sentinel'], http: [sentinelRoute(time)] } });
}

function sentinelRoute(time: number): HttpRoute {
  const destination = { host: 'sentinel' };
  return { route: [{ destination }], mirror: destination, mirrorPercentage: { value: time } };
}

async function configOfClient(namespace: string, time: number): Promise<ProxyConfig> {
  const [pod] = await readyPods(namespace, clientName);
  let config: ProxyConfig | undefined;
  await waitFor(`the sentinel at the client in ${namespace}`, async () => {
    config = await readProxyConfig(pod!.address);
    return config.copiesOf(sentinelHost, 9080)?.[0]?.[0]?.millionths === time * 10_000;
  });
  return config!;
}
