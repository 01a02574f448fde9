/** Where a proxy sends a request, with the configuration it has at that moment: istio.md 1 and 2. */
import { clusterOf, destinationCluster, visibleService, type Cluster } from './clusters.ts';
import { hostCovers, mostSpecific, resolveByDns, visibility } from './hosts.ts';
import { isGivenTo, matchesAny, type RoutingClient } from './http-match.ts';
import type { Destination, HttpRoute, RequestSpec } from './objects.ts';
import type { ClustersSnapshot, RegistryService, RoutesSnapshot, VirtualService } from './snapshots.ts';

export interface Mirror {
  cluster: Cluster;
  /** Of a million requests, how many are copied. */
  millionths: number;
}

export interface Forward {
  kind: 'forward';
  /** The service that was called, for telemetry. */
  called: string;
  /** Undefined cluster = the proxy has none of that name: 503 NC. */
  destinations: { cluster: Cluster | undefined; weight: number }[];
  mirrors: Mirror[];
  abort: { status: number; millionths: number } | undefined;
  /** Name under which Envoy counts requests of this route. */
  statPrefix: string | undefined;
}

export type Decision =
  | Forward
  /** The proxy answers by itself: redirect or direct response. */
  | { kind: 'answer'; called: string; status: number }
  /** No route: 404 NR. No such service and no ServiceEntry: passed through to an address outside the mesh, or UF. */
  | { kind: 'failure'; called: string; status: number; flags: string }
  | { kind: 'passthrough'; called: string };

const million = 1_000_000;

/** Decides for one kind of request; all requests of the kind get the same decision. */
export function decide(
  request: RequestSpec,
  client: RoutingClient,
  routes: RoutesSnapshot,
  clusters: ClustersSnapshot,
): Decision {
  return client.gateways
    ? decideAtGateway(request, client, client.gateways, routes, clusters)
    : decideAtSidecar(request, client, routes, clusters);
}

function decideAtSidecar(
  request: RequestSpec,
  client: RoutingClient,
  routes: RoutesSnapshot,
  clusters: ClustersSnapshot,
): Decision {
  const exists = (host: string): boolean => visibleService(clusters, host, client) !== undefined;
  const called = resolveByDns(request.host, client.namespace, exists);
  const service = visibleService(clusters, called, client);
  const port = service?.ports.find(({ number }) => number === request.port);
  if (!service || !port) return unknownService(called);
  const virtualService = port.protocol === 'tcp' ? undefined : effectiveVirtualService(called, client, routes);
  if (!virtualService) return defaultRoute(service, request, client, clusters);
  // As istiod: a proxy to which the VirtualService gives no route for the port keeps the service's default route.
  const http = (virtualService.spec.http ?? [])
    .filter(({ match }) => isGivenTo(match, request.port, client, virtualService.namespace))
    .map((route) => ({ route, namespace: virtualService.namespace }));
  return http.length
    ? firstMatch(http, called, request, client, clusters)
    : defaultRoute(service, request, client, clusters);
}

function decideAtGateway(
  request: RequestSpec,
  client: RoutingClient,
  names: readonly string[],
  routes: RoutesSnapshot,
  clusters: ClustersSnapshot,
): Decision {
  const open = routes.gateways.filter(
    (gateway) =>
      names.includes(`${gateway.namespace}/${gateway.name}`) &&
      gateway.spec.servers?.some(
        ({ port, hosts }) =>
          port?.number === request.port &&
          hosts?.some((host) => hostCovers(host.slice(host.indexOf('/') + 1), request.host)),
      ),
  );
  const openNames = open.map(({ namespace, name }) => `${namespace}/${name}`);
  const bound = routes.virtualServices.filter(({ gateways }) => gateways.some((name) => openNames.includes(name)));
  const best = mostSpecific(bound, request.host, ({ hosts }) => hosts);
  const bestHost = best?.hosts.find((host) => hostCovers(host, request.host));
  const http = bound
    .filter(({ hosts }) => bestHost !== undefined && hosts.includes(bestHost))
    .flatMap(({ spec, namespace }) => (spec.http ?? []).map((route) => ({ route, namespace })));
  // Routes of several VirtualServices follow each other by age, catch-alls at the end.
  const ordered = [
    ...http.filter(({ route }) => route.match?.length),
    ...http.filter(({ route }) => !route.match?.length),
  ];
  const gatewayClient = { ...client, gateways: openNames };
  return firstMatch(ordered, request.host, request, gatewayClient, clusters);
}

/**
 * The VirtualService that owns the host for this client: the most specific host; of equal ones that
 * private to the client's namespace, then exported to it by name, then public, and there the oldest.
 */
function effectiveVirtualService(
  host: string,
  client: RoutingClient,
  routes: RoutesSnapshot,
): VirtualService | undefined {
  const classes = ['private', 'named', 'public'] as const;
  const forMesh = routes.virtualServices.filter(({ gateways }) => gateways.includes('mesh'));
  const ordered = classes.flatMap((wanted) =>
    forMesh.filter(({ spec, namespace }) => visibility(spec.exportTo, namespace, client.namespace) === wanted),
  );
  return mostSpecific(ordered, host, ({ hosts }) => hosts);
}

function defaultRoute(
  service: RegistryService,
  request: RequestSpec,
  client: RoutingClient,
  clusters: ClustersSnapshot,
): Decision {
  const cluster = clusterOf(service, request.port, undefined, client, clusters);
  const destinations = [{ cluster, weight: 1 }];
  return { kind: 'forward', called: service.host, destinations, mirrors: [], abort: undefined, statPrefix: undefined };
}

function firstMatch(
  http: { route: HttpRoute; namespace: string }[],
  called: string,
  request: RequestSpec,
  client: RoutingClient,
  clusters: ClustersSnapshot,
): Decision {
  for (const { route, namespace } of http) {
    const match = matchesAny(route.match, request, client, namespace);
    if (!match) continue;
    if (route.delegate) continue;
    if (route.redirect) return { kind: 'answer', called, status: route.redirect.redirectCode ?? 301 };
    if (route.directResponse) return { kind: 'answer', called, status: route.directResponse.status };
    const cluster = (destination: Destination): Cluster | undefined =>
      destinationCluster(destination, request.port, namespace, client, clusters);
    return {
      kind: 'forward',
      called,
      destinations: weighted(route, cluster),
      mirrors: mirrorsOf(route, cluster),
      abort: abortOf(route),
      statPrefix: match === true ? undefined : match.statPrefix,
    };
  }
  return { kind: 'failure', called, status: 404, flags: 'NR' };
}

function weighted(
  route: HttpRoute,
  cluster: (destination: Destination) => Cluster | undefined,
): Forward['destinations'] {
  const entries = route.route ?? [];
  const only = entries.length === 1;
  return entries
    .map(({ destination, weight }) => ({ cluster: cluster(destination), weight: only ? 1 : (weight ?? 0) }))
    .filter(({ weight }) => weight > 0);
}

/** A mirror whose cluster does not exist is dropped without a word; 0 % makes none. */
function mirrorsOf(route: HttpRoute, cluster: (destination: Destination) => Cluster | undefined): Mirror[] {
  const wanted: { destination: Destination; millionths: number }[] = [];
  if (route.mirror) {
    const percent = route.mirrorPercentage ? (route.mirrorPercentage.value ?? 0) : (route.mirrorPercent ?? 100);
    wanted.push({ destination: route.mirror, millionths: toMillionths(percent) });
  }
  for (const { destination, percentage } of route.mirrors ?? []) {
    wanted.push({ destination, millionths: toMillionths(percentage ? (percentage.value ?? 0) : 100) });
  }
  return wanted.flatMap(({ destination, millionths }) => {
    const target = millionths > 0 ? cluster(destination) : undefined;
    return target ? [{ cluster: target, millionths }] : [];
  });
}

/** As istiod: value × 10000, truncated. */
function toMillionths(percent: number): number {
  return Math.min(million, Math.trunc(percent * 10_000));
}

function abortOf(route: HttpRoute): Forward['abort'] {
  const abort = route.fault?.abort;
  if (!abort?.httpStatus) return undefined;
  return {
    status: abort.httpStatus,
    millionths: abort.percentage ? toMillionths(abort.percentage.value ?? 0) : million,
  };
}

function unknownService(called: string): Decision {
  const inCluster = !called.includes('.') || called.endsWith('.cluster.local');
  return inCluster ? { kind: 'failure', called, status: 503, flags: 'UF' } : { kind: 'passthrough', called };
}
