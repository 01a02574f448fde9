import { describe, expect, it } from 'vitest';
import type { PlanRoute } from '@/lib/contract/task';
import { goneRoutes, isRouteChosen, withRoute } from './routes';

const routeOf = (route: string, canMirror = true): PlanRoute => ({
  namespace: 'demo-project',
  virtualService: 'reviews',
  route,
  gateways: ['mesh'],
  match: [],
  canMirror,
  chosen: canMirror,
  reason: null,
});
const choiceOf = (route: string) => ({ namespace: 'demo-project', virtualService: 'reviews', route });
const [a, b, redirect] = [routeOf('a'), routeOf('b'), routeOf('moved', false)];
const all = [a, b, redirect];

describe('the choice of routes', () => {
  it('starts with every route that can be copied', () => {
    expect(all.map((route) => isRouteChosen(null, route))).toEqual([true, true, false]);
  });

  it('names the routes that are left once one is taken out, and nothing once all are in again', () => {
    const without = withRoute(null, all, a, false);
    expect(without).toEqual([choiceOf('b')]);
    expect(withRoute(without, all, a, true)).toBeNull();
    expect(withRoute(without, all, b, false)).toEqual([]);
  });

  it('tells and drops routes that are gone', () => {
    const chosen = [choiceOf('a'), choiceOf('gone')];
    expect(goneRoutes(chosen, all)).toEqual([choiceOf('gone')]);
    expect(withRoute(chosen, [a, b, routeOf('c')], b, true)).toEqual([choiceOf('a'), choiceOf('b')]);
  });
});
