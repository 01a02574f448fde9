import type { HttpRoute, VirtualService } from '../kubernetes.ts';
import { canonicalJson, clone } from '../structure.ts';
import { isClone } from '../virtual-service-edit.ts';

/** Unnamed routes that look alike cannot be told apart after somebody moved them. */
export function hasDistinctRoutes(virtualServices: readonly VirtualService[]): boolean {
  return virtualServices.every(({ spec }) => {
    const keys = (spec.http ?? []).map(
      ({ name, match, route }) =>
        name ??
        canonicalJson([match ?? null, route?.map(({ destination }) => [destination.host, destination.port ?? null])]),
    );
    return new Set(keys).size === keys.length;
  });
}

/** Edits as an owner makes them: routes come, go and move; weights, labels and timeouts change. Clones are left alone. */
export function foreignEdit(object: VirtualService, data: readonly number[]): VirtualService {
  const edited = clone(object);
  const [add = 0, remove = 0, move = 0, to = 0, weight = 0, label = 0, timeout = 0, addAt = 0, gateway = 0] = data;
  const http = edited.spec.http ?? [];
  const theirs = () => http.filter((route) => !isClone(route));
  const pick = (number: number) => theirs()[number % Math.max(theirs().length, 1)];
  /** Before an original route, and before the clones that stand before it. */
  const insertBefore = (route: HttpRoute, reference: HttpRoute | undefined) => {
    const previous = reference ? theirs()[theirs().indexOf(reference) - 1] : theirs().at(-1);
    http.splice(previous ? http.indexOf(previous) + 1 : 0, 0, route);
  };
  const removeRoute = (route: HttpRoute | undefined) => {
    if (route) http.splice(http.indexOf(route), 1);
  };
  if (weight % 2 === 1) {
    for (const [index, destination] of (pick(weight)?.route ?? []).entries())
      destination.weight = index === 0 ? 70 : 30;
  }
  const slow = timeout % 2 === 1 ? pick(timeout) : undefined;
  if (slow) slow.timeout = '42s';
  if (remove % 3 === 1 && theirs().length > 1) removeRoute(pick(remove));
  if (move % 2 === 1) {
    const moved = pick(move);
    removeRoute(moved);
    if (moved) insertBefore(moved, pick(to));
  }
  if (add % 2 === 1) {
    const foreign = {
      name: 'added-by-owner',
      match: [{ uri: { exact: '/added' } }],
      route: [{ destination: { host: 'reviews' } }],
    };
    insertBefore(foreign, pick(addAt));
  }
  if (label % 2 === 1) edited.metadata.labels = { ...edited.metadata.labels, 'edited-by': 'owner' };
  if (gateway % 2 === 1) edited.spec.gateways = [...(edited.spec.gateways ?? ['mesh']), 'new-gateway'];
  edited.spec.http = http;
  return edited;
}
