// Kubernetes answers with every kind there is: tests narrow by what they expect.
/* oxlint-disable typescript/no-explicit-any */
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
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
import { copiedPort, findRoutes, isClone, isCloneName } from '../../../lib/domain/virtual-service-edit.ts';
import { isVisibleTo } from '../../../lib/domain/visibility.ts';
import { create } from '../../cluster/cluster.ts';
import { waitFor } from '../../cluster/control-plane.ts';
import type { Kube } from '../../kube.ts';
import { istioApi, labKube, makeClientPod, makeNamespace, readyPods } from '../lab-client.ts';
import { readProxyConfig, type ProxyConfig, type ProxyCopy, type ProxyRoute } from './envoy-config.ts';
import { gatewayAddress, gatewayOf, gatewayPort, startGatewayProxy } from './gateway-proxy.ts';
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
/** The same of the gateway's. */
let gatewayBefore: ProxyConfig;
let gatewayConfig: ProxyConfig;
let gateway: Awaited<ReturnType<typeof startGatewayProxy>> | undefined;
let kube: Kube;

beforeAll(async () => {
  kube = labKube();
  const clients = new Set([clientNamespace, ...shapes.filter(isBeside).map(({ namespace }) => namespace)]);
  await Promise.all(
    [clientNamespace, ...shapes.map(({ namespace }) => namespace)].map((name) => makeNamespace(kube, name)),
  );
  await Promise.all([...clients].map((namespace) => makeClientPod(kube, namespace, clientName)));
  await Promise.all(
    [clientNamespace, ...shapes.filter(isOnGateway).map(({ namespace }) => namespace)].map(makeGateway),
  );
  await Promise.all(shapes.map(({ namespace, shape }) => makeShape(namespace, shape)));
  await makeSentinel();
  gateway = await startGatewayProxy(inject('lab').sources);
  for (const namespace of clients) configsBefore.set(namespace, await configOfClient(namespace, 1));
  gatewayBefore = await configAt(gatewayAddress, gatewayPort, 1);
  const snapshot = await readRules();
  // All at once: istiod then tells the proxies a few times instead of after each.
  await Promise.all(shapes.map(({ namespace, shape }) => plan(namespace, shape, snapshot)));
  const after = await readRules();
  for (const [namespace, outcome] of outcomes) {
    outcome.virtualServices = after.virtualServices.filter(({ metadata }) => metadata.namespace === namespace);
  }
  await turnSentinel(2);
  for (const namespace of clients) configs.set(namespace, await configOfClient(namespace, 2));
  gatewayConfig = await configAt(gatewayAddress, gatewayPort, 2);
}, 300_000);
afterAll(() => gateway?.stop());

describe('what the planner says will be copied is what istiod tells proxies', () => {
  it.each(shapes)('$shape.title', ({ namespace, shape }) => {
    const { spec, client, virtualServices } = outcomes.get(namespace)!;
    expect(spec).not.toBeNull();
    const host = serviceHost('reviews', namespace);
    const followed = followedBy(client, namespace, virtualServices);
    for (const port of httpPorts(shape)) {
      const said = saidOnMesh(followed, virtualServices, port, client).map(({ copies }) => copies);
      expect(configs.get(client)!.copiesOf(host, port), `port ${port}`).toEqual(said);
    }
    const entries = spec!.entries.filter((entry) => entry.virtualService.name === followed?.metadata.name);
    expect(copiesToMirror(followed, spec!)).toEqual(entries.map(() => toMillionths(spec!.targets[0].percentage)));
  });

  it.each(shapes.filter(isOnGateway))('at a gateway, too: $shape.title', ({ namespace }) => {
    const { spec, virtualServices } = outcomes.get(namespace)!;
    for (const object of virtualServices.filter(isForGateway)) {
      const said = routesSaid(object, virtualServices, atGateway).map(({ copies }) => copies);
      for (const host of gatewayHosts(object)) {
        expect(gatewayConfig.copiesOf(host, gatewayPort), host).toEqual(said);
        expect(said.flat().filter((copy) => isOurs(copy, spec!)).length).toBeGreaterThan(0);
      }
    }
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
    const host = serviceHost('reviews', namespace);
    for (const port of httpPorts(shape))
      expectSameMet(configsBefore.get(client)!, configs.get(client)!, { host, port, spec: spec! });
  });

  it.each(shapes.filter(isOnGateway))('at a gateway, too: $shape.title', ({ namespace }) => {
    const { spec, virtualServices } = outcomes.get(namespace)!;
    for (const host of virtualServices.filter(isForGateway).flatMap(gatewayHosts))
      expectSameMet(gatewayBefore, gatewayConfig, { host, port: gatewayPort, spec: spec! });
  });
});

describe('every route to the service', () => {
  it.each(shapes)('is copied, or a check names it or its port: $shape.title', ({ namespace, shape }) => {
    const { spec, checks, client, virtualServices } = outcomes.get(namespace)!;
    const host = serviceHost('reviews', namespace);
    const followed = followedBy(client, namespace, virtualServices);
    const { routes: named, ports: lost } = toldLost(checks);
    const ports = httpPorts(shape).filter((port) => spec!.service.ports.includes(port));
    for (const port of ports.filter((one) => !lost.has(one))) {
      const met = configs.get(client)!.routesOf(host, port) ?? [];
      const said = saidOnMesh(followed, virtualServices, port, client);
      const isCopied = ({ copies }: ProxyRoute) => copies.some((copy) => isOurs(copy, spec!));
      const missed = withoutOriginals(met).filter(
        (route) =>
          route.clusters.some((cluster) => cluster.endsWith(`|${host}`)) &&
          !isCopied(route) &&
          !named.has(`${followed?.metadata.name}: ${said[met.indexOf(route)]?.route}`),
      );
      // Of requests that are selected some come to no clone: those are copied that the plan says, and no others.
      if (spec!.selection) expect(namesOf(met.filter(isCopied)), `port ${port}`).toEqual(clonesPlanned(spec!, port));
      else expect(missed, `port ${port}`).toEqual([]);
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

/** Of each name one: a route that has several matches is as many in a proxy. */
function namesOf(routes: readonly { name: string }[]): string[] {
  return [...new Set(routes.map(({ name }) => name))].toSorted();
}

/** The routes that a plan puts in for requests of a port that are selected. */
function clonesPlanned({ entries }: TaskSpec, port: number): string[] {
  const planned = entries.filter((entry) => copiedPort(entry) === port).map(({ cloneName }) => ({ name: cloneName! }));
  expect(planned.length, `routes planned for port ${port}`).toBeGreaterThan(0);
  return namesOf(planned);
}

/** Reasons of a check for which a route's requests are not copied, or not all of a port's. */
const lostReasons = ['redirect', 'direct_response', 'delegate', 'mixed_ports', 'ambiguous', 'unreachable'];

/** Routes, each as OBJECT: ROUTE, and ports of which the checks say that nothing is copied. */
function toldLost(checks: readonly Check[]): { routes: Set<string>; ports: Set<number> } {
  const told = checks.filter(({ code, severity }) => code === 'virtual_service_routes' && severity !== 'pass');
  const of = (isMeant: (reason: string) => boolean) => told.filter(({ params }) => isMeant(String(params['reason'])));
  return {
    routes: new Set(
      of((reason) => lostReasons.includes(reason)).map(({ params }) => `${params['name']}: ${params['route']}`),
    ),
    ports: new Set(of((reason) => reason === 'port_not_covered').map(({ params }) => Number(params['route']))),
  };
}

function isOurs({ cluster, millionths }: ProxyCopy, spec: TaskSpec): boolean {
  return spec.entries.some(
    (entry) =>
      clusterOf(entry.destination) === cluster && millionths === toMillionths(targetOfEntry(spec, entry).percentage),
  );
}

/** A clone that selects nothing takes every request that its original, behind it, would have taken. */
function withoutOriginals(routes: readonly ProxyRoute[]): ProxyRoute[] {
  const isTaken = ({ match }: ProxyRoute, index: number) =>
    routes.slice(0, index).some((before) => isCloneName(before.name) && sameJson(before.match, match));
  return routes.filter((route, index) => !isTaken(route, index));
}

/** The route that would take all of a clone's requests if that were not there; undefined: none would. */
function originalOf(clone: ProxyRoute, met: readonly ProxyRoute[]): ProxyRoute | undefined {
  return met
    .slice(met.indexOf(clone) + 1)
    .find((route) => !isCloneName(route.name) && isPartOf(clone.match, route.match));
}

/** True when whatever meets a part's conditions meets those of the whole; of paths as far as shapes have them. */
function isPartOf(part: any, whole: any): boolean {
  const { headers = [], ...rest } = part;
  const { headers: wanted = [], ...others } = whole;
  const hasAll = wanted.every((one: unknown) => headers.some((other: unknown) => sameJson(one, other)));
  return hasAll && (sameJson(rest, others) || isPathBelow(rest, others));
}

function isPathBelow({ prefix: below, path: exact, ...rest }: any, { prefix, ...others }: any): boolean {
  const { safe_regex: pattern, ...more } = rest;
  const isBelow = prefix === '/' || (pattern === undefined && String(below ?? exact).startsWith(prefix));
  return prefix !== undefined && isBelow && sameJson(more, others);
}

interface Met {
  host: string;
  port: number;
  spec: TaskSpec;
}

/** Requests meet the routes that they met, and those that a clone selects meet in it what is behind it. */
function expectSameMet(before: ProxyConfig, after: ProxyConfig, { host, port, spec }: Met): void {
  const [earlier, met] = [before, after].map((config) => config.routesOf(host, port) ?? []);
  const isNarrow = ({ name }: ProxyRoute) => spec.selection !== undefined && isCloneName(name);
  const isPinned = spec.pins.length > 0 || (spec.virtualService !== null && port !== gatewayPort);
  const fateOf = (config: ProxyConfig, { action, clusters }: ProxyRoute) => ({
    action: withoutSubsets(action),
    policies: clusters.map((cluster) => config.policyOf(cluster)),
    // Where nothing is pinned they go to the very same clusters, too.
    clusters: isPinned ? [] : clusters,
  });
  const mirrors = spec.entries.map(({ destination }) => clusterOf(destination));
  const isLedAstray = ({ clusters }: ProxyRoute) => clusters.some((cluster) => mirrors.includes(cluster));
  expect(met!.filter(isLedAstray), 'routes that lead to the mirror').toEqual([]);
  const wholeOf = (config: ProxyConfig) => (route: ProxyRoute) => ({ match: route.match, ...fateOf(config, route) });
  const routes = withoutOriginals(met!).filter((route) => !isNarrow(route));
  expect(routes.map(wholeOf(after))).toEqual(earlier!.map(wholeOf(before)));
  for (const clone of met!.filter(isNarrow)) {
    const original = originalOf(clone, met!);
    expect(original, `what is behind ${clone.name}`).toBeDefined();
    expect(fateOf(after, clone)).toEqual(fateOf(after, original!));
  }
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

function isOnGateway({ shape }: { shape: Shape }): boolean {
  return shape.virtualServices.some(isForGateway);
}

function isForGateway({ spec }: VirtualService): boolean {
  return spec.gateways?.includes('shop') ?? false;
}

function gatewayHosts({ metadata, spec }: VirtualService): string[] {
  return (spec.hosts ?? []).map((host) => fqdn(host, metadata.namespace ?? ''));
}

async function makeGateway(namespace: string): Promise<void> {
  await create(kube, gatewayOf(namespace));
}

function httpPorts({ ports }: Shape): number[] {
  return ports.filter(({ name }) => !name?.startsWith('tcp')).map(({ port }) => port);
}

async function makeShape(
  namespace: string,
  { ports, virtualServices, destinationRules, annotations }: Shape,
): Promise<void> {
  for (const name of ['reviews', 'ratings', 'details']) {
    const { uid: _, ...metadata } = serviceOf(name, namespace, ports).metadata;
    const own = name === 'reviews' ? { annotations } : {};
    await create(kube, { ...serviceOf(name, namespace, ports), metadata: { ...metadata, ...own } });
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

/** Whose requests meet a VirtualService's routes. */
interface Place {
  /** As its `gateways` names it. */
  gateway: string;
  /** On which the request comes. */
  port: number;
  /** Of the Service, where a destination names none. */
  servicePort: number;
  client: string;
}

const atGateway: Place = { gateway: 'shop', port: gatewayPort, servicePort: 9080, client: '' };

/** A route as a proxy has it: the text by which checks name it, and what it copies. */
interface RouteSaid {
  /** Null: it is a clone, or none of a VirtualService. */
  route: string | null;
  copies: ProxyCopy[];
}

/** What we read in what clients of a namespace follow, route by route as a proxy meets them for a port. */
function saidOnMesh(
  followed: VirtualService | undefined,
  beside: readonly VirtualService[],
  port: number,
  client: string,
): RouteSaid[] {
  const said = followed ? routesSaid(followed, beside, { gateway: 'mesh', port, servicePort: port, client }) : [];
  // A port that no route takes is served as without any VirtualService.
  return said.length > 0 ? said : [{ route: null, copies: [] }];
}

/** What we read in a VirtualService, route by route as a proxy meets them. `beside`: where delegates are. */
function routesSaid(object: VirtualService, beside: readonly VirtualService[], place: Place): RouteSaid[] {
  const { namespace = '' } = object.metadata;
  const said: RouteSaid[] = [];
  let index = 0;
  for (const route of object.spec.http ?? []) {
    if (!isClone(route)) index += 1;
    const text = isClone(route) ? null : (route.name ?? `#${index}`);
    const matches = route.match?.filter((match) => isFor(match, place)) ?? [{}];
    const copies = delegated(route, beside).map((one) => copiesOfRoute(one, place.servicePort, namespace));
    for (const match of matches) {
      said.push(...copies.map((one) => ({ route: text, copies: one })));
      if (takesAll(match)) return said;
    }
  }
  return said;
}

function followedBy(
  client: string,
  namespace: string,
  virtualServices: readonly VirtualService[],
): VirtualService | undefined {
  const host = serviceHost('reviews', namespace);
  return routingOf(host, namespace, virtualServices).mesh.find((object) => isVisibleTo(client, object));
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

function isFor({ port, gateways, sourceNamespace }: HttpMatch, { gateway: name, ...place }: Place): boolean {
  return (
    (port === undefined || port === place.port) &&
    (gateways === undefined || gateways.includes(name)) &&
    (sourceNamespace === undefined || sourceNamespace === place.client)
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
    spec: sentinelSpec(1),
  } as VirtualService);
}

async function turnSentinel(time: number): Promise<void> {
  const url = `${istioApi}/namespaces/${clientNamespace}/virtualservices/sentinel`;
  await kube.send('PUT', url, { ...(await kube.get(url)), spec: sentinelSpec(time) });
}

function sentinelSpec(time: number): VirtualService['spec'] {
  const destination = { host: 'sentinel' };
  const route: HttpRoute = { route: [{ destination }], mirror: destination, mirrorPercentage: { value: time } };
  return { hosts: ['sentinel'], gateways: ['mesh', 'shop'], http: [route] };
}

async function configOfClient(namespace: string, time: number): Promise<ProxyConfig> {
  const [pod] = await readyPods(namespace, clientName);
  return configAt(pod!.address, 9080, time);
}

/** `port`: where the proxy at the address has the sentinel. */
async function configAt(address: string, port: number, time: number): Promise<ProxyConfig> {
  let config: ProxyConfig | undefined;
  await waitFor(`the sentinel at the proxy of ${address}`, async () => {
    config = await readProxyConfig(address);
    return config.copiesOf(sentinelHost, port)?.[0]?.[0]?.millionths === time * 10_000;
  });
  return config!;
}
