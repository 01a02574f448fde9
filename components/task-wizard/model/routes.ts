import type { PlanRoute } from '@/lib/contract/task';
import { isSameChoice } from '@/lib/domain/route-choice';
import type { RouteChoice } from '@/lib/domain/task';

/** True while requests of the route are to be copied. `chosen` null: of every route. */
export function isRouteChosen(chosen: readonly RouteChoice[] | null, route: PlanRoute): boolean {
  return route.canMirror && (chosen === null || chosen.some((choice) => isSameChoice(choice, route)));
}

/** The choice with one route taken in or out; null when that is every one. Routes that are gone drop out. */
export function withRoute(
  chosen: readonly RouteChoice[] | null,
  routes: readonly PlanRoute[],
  toggled: PlanRoute,
  on: boolean,
): RouteChoice[] | null {
  const able = routes.filter(({ canMirror }) => canMirror);
  const next = able.filter((route) => (isSameChoice(route, toggled) ? on : isRouteChosen(chosen, route)));
  if (next.length === able.length) return null;
  return next.map(({ namespace, virtualService, route }) => ({ namespace, virtualService, route }));
}

/** Chosen routes that no rule has any more. */
export function goneRoutes(chosen: readonly RouteChoice[] | null, routes: readonly PlanRoute[]): RouteChoice[] {
  return (chosen ?? []).filter((choice) => !routes.some((route) => isSameChoice(choice, route)));
}
