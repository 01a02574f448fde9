import { entriesAnew, type RoutesToday } from './entries-anew.ts';
import type { HttpRoute, Service, VirtualService } from './kubernetes.ts';
import { fqdn } from './names.ts';
import { mirroredPercent } from './route-mirror.ts';
import type { TaskSpec } from './task.ts';
import { countedBy, entriesIn, isClone, putEntries } from './virtual-service-edit.ts';

/** A clone whose requests Envoy counts by themselves: `vhost.<host>:<port>.route.<statPrefix>.upstream_rq_completed`. */
export interface CountedClone {
  statPrefix: string;
  /** Host of the service, whole. */
  host: string;
  /** Ports of the service for which proxies have the route. */
  ports: number[];
}

/**
 * The clones that carry all copies of a task, by today's objects: their requests are exactly those that are to be
 * copied. Null where a copy is made of requests that nothing counts apart: on somebody's own route, by a prefix of its
 * owner's, or in a gateway, which names its hosts by ports of its own.
 */
export function countedClones(
  spec: TaskSpec,
  service: Service,
  virtualServices: readonly VirtualService[],
): CountedClone[] | null {
  const clones = virtualServices
    .filter((object) => entriesIn(spec, object).length > 0)
    .flatMap((object) => carriersIn(spec, object).map((route) => toCounted(route, object, spec, service)));
  const counted = clones.filter((clone) => clone !== null);
  return counted.length > 0 && counted.length === clones.length ? counted : null;
}

/** `countedClones` of a task whose copies were taken out a moment ago: as they were. */
export function countedClonesBefore(spec: TaskSpec, routes: RoutesToday): CountedClone[] | null {
  const whole = { ...spec, entries: entriesAnew(spec, routes) };
  const mirrored = routes.virtualServices.map((object) => {
    const edit = entriesIn(whole, object).length > 0 ? putEntries(object, whole) : null;
    return edit && 'http' in edit ? { ...object, spec: { ...object.spec, http: edit.http } } : object;
  });
  return countedClones(whole, routes.service, mirrored);
}

function carriersIn({ entries }: TaskSpec, { metadata, spec: { http = [] } }: VirtualService): HttpRoute[] {
  const { namespace = '' } = metadata;
  return http.filter((route) =>
    entries.some(({ destination }) => mirroredPercent(route, destination, namespace) !== null),
  );
}

function toCounted(
  route: HttpRoute,
  object: VirtualService,
  { service: { host } }: TaskSpec,
  service: Service,
): CountedClone | null {
  const statPrefix = isClone(route) ? countedBy(route, object) : null;
  const { gateways = [], hosts = [] } = object.spec;
  // A virtual host is named after its host: requests by another name are counted elsewhere.
  const isElsewhere = hosts.some((name) => fqdn(name, object.metadata.namespace ?? '') !== host);
  if (statPrefix === null || isElsewhere || gateways.some((gateway) => gateway !== 'mesh')) return null;
  const matched = route.match?.map(({ port }) => port) ?? [undefined];
  const all = (service.spec.ports ?? []).map(({ port }) => port);
  const ports = matched.flatMap((port) => (port === undefined ? all : [port]));
  return { statPrefix, host, ports: [...new Set(ports)] };
}
