import type { HttpMatch, HttpRoute, RouteDestination, VirtualService } from './kubernetes.ts';
import { fqdn, leadsTo } from './names.ts';
import { isPublic, isVisibleTo } from './visibility.ts';

/** VirtualServices that decide where requests to a host go. */
export interface HostRouting {
  /** What clients of the mesh follow: one per group of client namespaces, the owner's own first. */
  mesh: VirtualService[];
  /** True when clients of any namespace follow one of `mesh`; else some have no rules for the host. */
  coversAll: boolean;
  /** Name the host but lose to an older one, or to one that is closer to the client. */
  shadowed: VirtualService[];
  /** Covers the host by a wildcard only. */
  wildcard: VirtualService | null;
  /** VirtualServices of gateways alone with a route straight to the host. */
  gateway: VirtualService[];
}

const meshGateway = 'mesh';
/** Stands for clients in every namespace that nothing names. */
const anyNamespace = '';

/**
 * Which VirtualServices carry requests to a host. Istio takes, per client, those private to its namespace before
 * those exported to it by name before public ones, and within each the oldest; the first keeps the host whole.
 */
export function routingOf(host: string, serviceNamespace: string, all: readonly VirtualService[]): HostRouting {
  const ofMesh = all.filter((object) => isForMesh(object));
  const exact = ofMesh.filter((object) => hostsOf(object).includes(host));
  const namespaces = new Set([
    anyNamespace,
    serviceNamespace,
    ...exact.flatMap(({ metadata, spec }) => [metadata.namespace ?? '', ...(spec.exportTo ?? [])]),
  ]);
  const winners = new Map([...namespaces].map((namespace) => [namespace, winnerFor(namespace, exact)]));
  const mesh = [...new Set([...winners.values()].filter((object) => object !== null))].sort(byAge);
  return {
    mesh,
    coversAll: winners.get(anyNamespace) !== null,
    shadowed: exact.filter((object) => !mesh.includes(object)),
    wildcard: ofMesh.find((object) => hostsOf(object).some((name) => isWildcardFor(name, host))) ?? null,
    gateway: all.filter((object) => isForGateway(object) && !mesh.includes(object) && routesTo(object, host)),
  };
}

/**
 * A VirtualService that HTTP clients of the host would follow if `own` were not there: it is younger, or takes the host
 * by a wildcard only. Null: `own` is in nobody's way. Istio takes tcp and tls routes of every VirtualService of a host,
 * so that one with nothing else has its effect beside `own`.
 */
export function hiddenBy(
  own: VirtualService,
  host: string,
  serviceNamespace: string,
  all: readonly VirtualService[],
): VirtualService | null {
  const withHttp = all.filter(({ spec }) => spec.http?.length);
  const { mesh, wildcard } = routingOf(host, serviceNamespace, withHttp);
  if (!mesh.includes(own)) return null;
  const others = withHttp.filter((object) => object !== own);
  const followed = routingOf(host, serviceNamespace, others).mesh;
  return followed.find((object) => !mesh.includes(object)) ?? wildcard;
}

/** VirtualServices by whose routes requests reach a host past those that decide for it: nothing is copied from them. */
export interface RoutesBeside {
  /** For other hosts of the mesh, whose requests they lead to this one. */
  otherHosts: VirtualService[];
  /** For no host: others delegate to them, or could. */
  delegates: VirtualService[];
}

/** What leads to a host beside its own routing. `all`: what that was found in. */
export function routesBeside(host: string, routing: HostRouting, all: readonly VirtualService[]): RoutesBeside {
  const { mesh, gateway, shadowed, wildcard, coversAll } = routing;
  // A wildcard that decides for the host stands against the whole plan.
  const known = new Set([...mesh, ...gateway, ...shadowed, ...(coversAll ? [] : [wildcard])]);
  const beside = all.filter((object) => !known.has(object) && routesTo(object, host));
  return {
    otherHosts: beside.filter((object) => hostsOf(object).length > 0),
    delegates: beside.filter((object) => hostsOf(object).length === 0),
  };
}

/** True when some http route of the object has the host as a destination. */
export function routesTo({ metadata, spec }: VirtualService, host: string): boolean {
  return (spec.http ?? []).some((route) => routeLeadsTo(route, metadata.namespace ?? '', host));
}

/** True when a route has the host as a destination, whatever its weight. */
export function routeLeadsTo(route: HttpRoute, namespace: string, host: string): boolean {
  return route.route?.some(({ destination }) => leadsTo(destination, namespace, host)) ?? false;
}

/** Destinations that get requests: an only one gets all of them, whatever its weight. */
export function usedDestinations({ route = [] }: HttpRoute): RouteDestination[] {
  return route.length === 1 ? route : route.filter(({ weight }) => weight !== 0);
}

/** True when a tcp or tls route of the object has the host as a destination. */
export function hasTcpRouteTo({ metadata, spec }: VirtualService, host: string): boolean {
  const routes = [...(spec.tcp ?? []), ...(spec.tls ?? [])] as Pick<HttpRoute, 'route'>[];
  return routes.some((route) => routeLeadsTo(route, metadata.namespace ?? '', host));
}

/** True when every request that reaches the route matches it: Istio sends no later route. */
export function isCatchAll({ match }: HttpRoute): boolean {
  return !match?.length || match.some(isEmptyMatch);
}

function isEmptyMatch(match: HttpMatch): boolean {
  const conditions = Object.entries(match).filter(([field]) => field !== 'name' && field !== 'statPrefix');
  return conditions.every(([field, value]) => field === 'uri' && isRootPrefix(value));
}

function isRootPrefix(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'prefix' in value && value.prefix === '/';
}

function isForMesh({ spec }: VirtualService): boolean {
  return !spec.gateways?.length || spec.gateways.includes(meshGateway);
}

function isForGateway({ spec }: VirtualService): boolean {
  return spec.gateways?.some((gateway) => gateway !== meshGateway) ?? false;
}

function hostsOf({ metadata, spec }: VirtualService): string[] {
  return (spec.hosts ?? []).map((host) => fqdn(host, metadata.namespace ?? ''));
}

function isWildcardFor(name: string, host: string): boolean {
  return name.startsWith('*') && host.endsWith(name.slice(1));
}

function winnerFor(namespace: string, candidates: readonly VirtualService[]): VirtualService | null {
  const visible = candidates
    .map((object) => ({ object, rank: visibility(object, namespace) }))
    .filter(({ rank }) => rank !== null)
    .sort((a, b) => (a.rank ?? 0) - (b.rank ?? 0) || byAge(a.object, b.object));
  return visible[0]?.object ?? null;
}

/** 0 private to the client's namespace, 1 exported to it by name, 2 public; null: the client does not see it. */
function visibility(object: VirtualService, client: string): number | null {
  if (isPublic(object)) return 2;
  if (!isVisibleTo(client, object)) return null;
  return object.metadata.namespace === client && object.spec.exportTo?.includes('.') ? 0 : 1;
}

function byAge(a: VirtualService, b: VirtualService): number {
  const key = ({ metadata }: VirtualService) => [
    metadata.creationTimestamp ?? '',
    metadata.name,
    metadata.namespace ?? '',
  ];
  const [left, right] = [key(a), key(b)];
  for (const [index, value] of left.entries()) {
    const other = right[index] ?? '';
    if (value !== other) return value < other ? -1 : 1;
  }
  return 0;
}
