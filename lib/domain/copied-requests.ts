import type { VirtualService } from './kubernetes.ts';
import { liveWays } from './live-ways.ts';
import { usedDestinations } from './mesh-routing.ts';
import { leadsTo, routeKey } from './names.ts';
import type { RoutePlan, SkipReason } from './plan-entries.ts';
import type { PlanFacts } from './plan-facts.ts';
import type { LivePath } from './plan-pins.ts';

/** Reasons to copy nothing from a route which can still bring the service requests on the task's ports. */
const uncopied: ReadonlySet<SkipReason> = new Set(['mixed_ports', 'ambiguous', 'delegate']);

/**
 * True when every request that the mesh brings to the service's chosen ports is copied, and no other one: only then do
 * the live version's requests tell how many copies to expect. `own`: the VirtualService that the task makes.
 */
export function copiesEveryRequest(facts: PlanFacts, routes: RoutePlan, own: VirtualService | null): boolean {
  // Istio's own route to the service has no copies; a VirtualService of ours takes its place where there was none.
  const isOpen = liveWays(facts).some(({ path, leftOpenBy }) => path === null && (own === null || leftOpenBy !== null));
  return (
    !isOpen &&
    !routes.skipped.some(({ reason }) => uncopied.has(reason)) &&
    facts.paths.every((path) => !path.isUsed || isSkipped(path, routes) || isCopiedAlone(path, routes, facts.host))
  );
}

/** Skipped for another port, or because no request reaches it: its requests are none of the task's. */
function isSkipped({ virtualService, routeIndex }: LivePath, { skipped }: RoutePlan): boolean {
  const text = virtualService.spec.http?.[routeIndex]?.name ?? `#${routeIndex + 1}`;
  return skipped.some((route) => route.virtualService === virtualService && route.route === text);
}

/** All that the route takes is copied, and all that it takes is for this service. */
function isCopiedAlone({ virtualService, routeIndex }: LivePath, { entries }: RoutePlan, host: string): boolean {
  const { namespace = '', name } = virtualService.metadata;
  const route = virtualService.spec.http?.[routeIndex] ?? {};
  const key = routeKey(route, namespace);
  const isCopied = entries.some(
    ({ virtualService: object, route: copied }) =>
      object.namespace === namespace && object.name === name && copied.name === key.name && copied.hash === key.hash,
  );
  return isCopied && usedDestinations(route).every(({ destination }) => leadsTo(destination, namespace, host));
}
