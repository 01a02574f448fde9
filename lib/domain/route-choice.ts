import type { RouteChoice, RouteKey } from './task.ts';

/** How a route is chosen: see `RouteChoice`. */
export function choiceText({ name, hash }: Pick<RouteKey, 'name' | 'hash'>): string {
  return name ?? `#${hash}`;
}

/** A chosen route as people call it: one without a name by the first digits of its hash. */
export function shortRouteName(route: string): string {
  return route.startsWith('#') ? route.slice(0, 7) : route;
}

/** True when both name the same route in the same words. */
export function isSameChoice(a: RouteChoice, b: RouteChoice): boolean {
  return a.namespace === b.namespace && a.virtualService === b.virtualService && a.route === b.route;
}
