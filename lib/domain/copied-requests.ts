import { rulesOf } from './destination-rules.ts';
import { before } from './edit.ts';
import type { DestinationRule, Service, VirtualService } from './kubernetes.ts';
import { liveWays, type ServiceRouting } from './live-ways.ts';
import { routesBeside, routingOf, usedDestinations } from './mesh-routing.ts';
import { leadsTo, routeKey } from './names.ts';
import { planEntries, skipBeside, type EntryWish, type RoutePlan, type SkipReason } from './plan-entries.ts';
import { livePathsTo, type LivePath } from './plan-pins.ts';
import { selectsAll } from './request-match.ts';
import { sameJson } from './structure.ts';
import type { MirrorEntry, RouteKey, TaskSpec } from './task.ts';
import { copiedPort, entriesIn, findRoutes } from './virtual-service-edit.ts';

/** Reasons to copy nothing from a route which can still bring the service requests on the task's ports. */
const uncopied: ReadonlySet<SkipReason> = new Set([
  'mixed_ports',
  'ambiguous',
  'delegate',
  'not_chosen',
  'other_host',
  'of_delegate',
]);

/**
 * True when every request that the mesh brings to the service's chosen ports is copied, and no other one: only then do
 * the live version's requests tell how many copies to expect. `own`: the VirtualService that the task makes and copies from.
 */
export function copiesEveryRequest(
  facts: ServiceRouting & { host: string },
  routes: RoutePlan,
  own: VirtualService | null,
): boolean {
  // Istio's own route to the service has no copies; a VirtualService of ours takes its place where there was none.
  const isOpen = liveWays(facts).some(({ path, leftOpenBy }) => path === null && (own === null || leftOpenBy !== null));
  const copied = new Set(routes.entries.map(({ virtualService, route }) => routeId(virtualService, route)));
  return (
    !isOpen &&
    !routes.skipped.some(({ reason }) => uncopied.has(reason)) &&
    facts.paths.every((path) => !path.isUsed || isSkipped(path, routes) || isCopiedAlone(path, copied, facts.host))
  );
}

/** What the service's requests follow, as it stands. */
export interface StandingRules {
  service: Service;
  virtualServices: readonly VirtualService[];
  destinationRules: readonly DestinationRule[];
  /** Istio's root namespace. */
  rootNamespace: string;
}

/**
 * `copiesEveryRequest` of a task that stands, by the objects of today: a route that somebody put in after the task was
 * planned has no copies, and takes its requests from those that have.
 */
export function stillCopiesEveryRequest(spec: TaskSpec, standing: StandingRules): boolean {
  const { namespace, name, service: named, virtualService: own, selection } = spec;
  if (!selectsAll(selection)) return false;
  const { service, destinationRules, rootNamespace } = standing;
  const owners = standing.virtualServices.flatMap((object) => {
    const found = before(spec, object);
    return found ? [found as VirtualService] : [];
  });
  const { host, ports } = named;
  const routing = routingOf(host, namespace, owners);
  const rules = rulesOf(host, namespace, rootNamespace, destinationRules);
  // Where copies go does not decide which routes can have them.
  const wish = { task: { namespace, name }, service, host, ports, destination: { host, subset: null }, others: [] };
  const plans = [...routing.mesh, ...routing.gateway].map((object) => heldOf(object, wish, spec.entries));
  const beside = skipBeside(routesBeside(host, routing, owners), wish);
  const routes = {
    entries: plans.flatMap(({ entries }) => entries),
    skipped: [...plans.flatMap(({ skipped }) => skipped), ...beside],
  };
  const isCopied = own !== null && entriesIn(spec, own).length > 0;
  return copiesEveryRequest(
    { service, host, routing, rules, paths: livePathsTo(host, owners) },
    routes,
    isCopied ? own : null,
  );
}

/** What would be planned today, less the routes for which the task does not have all of it. */
function heldOf(object: VirtualService, wish: EntryWish, held: readonly MirrorEntry[]): RoutePlan {
  const { namespace = '', name } = object.metadata;
  const plan = planEntries(object, wish);
  const ofObject = held.filter(({ virtualService }) => sameJson(virtualService, { namespace, name }));
  const routeOf = ({ route }: MirrorEntry) => findRoutes(object.spec.http ?? [], route, namespace)[0]?.index;
  const isHeld = (planned: MirrorEntry) =>
    ofObject.some(
      (entry) =>
        routeOf(entry) === routeOf(planned) &&
        copiedPort(entry) === copiedPort(planned) &&
        (entry.cloneName === null) === (planned.cloneName === null),
    );
  const missing = new Set(plan.entries.filter((planned) => !isHeld(planned)).map(routeOf));
  return { ...plan, entries: plan.entries.filter((planned) => !missing.has(routeOf(planned))) };
}

/** Skipped for another port, or because no request reaches it: its requests are none of the task's. */
function isSkipped({ virtualService, routeIndex }: LivePath, { skipped }: RoutePlan): boolean {
  const text = virtualService.spec.http?.[routeIndex]?.name ?? `#${routeIndex + 1}`;
  return skipped.some((route) => route.virtualService === virtualService && route.route === text);
}

/** All that the route takes is copied, and all that it takes is for this service. */
function isCopiedAlone({ virtualService, routeIndex }: LivePath, copied: ReadonlySet<string>, host: string): boolean {
  const { namespace = '', name } = virtualService.metadata;
  const route = virtualService.spec.http?.[routeIndex] ?? {};
  return (
    copied.has(routeId({ namespace, name }, routeKey(route, namespace))) &&
    usedDestinations(route).every(({ destination }) => leadsTo(destination, namespace, host))
  );
}

function routeId(object: MirrorEntry['virtualService'], { name, hash }: RouteKey): string {
  return JSON.stringify([object.namespace, object.name, name, hash]);
}
