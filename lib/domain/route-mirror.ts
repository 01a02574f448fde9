import type { HttpRoute, MirrorPolicy } from './kubernetes.ts';
import { fqdn } from './names.ts';
import { percentOf, toIstioPercentage, toMillionths } from './percentage.ts';
import { clone, sameJson } from './structure.ts';
import type { MirrorDestination, MirrorFields } from './task.ts';

export const mirrorFieldNames = ['mirror', 'mirrors', 'mirrorPercentage', 'mirrorPercent', 'mirror_percent'] as const;

/** The mirror fields of a route as they stand; null when it has none. */
export function mirrorFieldsOf(route: MirrorFields): MirrorFields | null {
  const fields = mirrorFieldNames.filter((name) => route[name] !== undefined).map((name) => [name, route[name]]);
  return fields.length === 0 ? null : (clone(Object.fromEntries(fields)) as MirrorFields);
}

/** A route without its mirror fields. */
export function withoutMirrorFields(route: HttpRoute): HttpRoute {
  const bare = { ...route };
  for (const name of mirrorFieldNames) delete bare[name];
  return bare;
}

/** Everything that a route copies, in Istio's reading: the single `mirror` first, then `mirrors`. */
export function mirrorPoliciesOf(route: MirrorFields): MirrorPolicy[] {
  const single = singlePolicy(route);
  return [...(single ? [single] : []), ...(route.mirrors ?? [])];
}

/** Percent that a route copies to the destination; null when it does not copy there. */
export function mirroredPercent(route: HttpRoute, destination: MirrorDestination, namespace: string): number | null {
  const policy = mirrorPoliciesOf(route).find((candidate) => isDestination(candidate, destination, namespace));
  return policy ? percentOf(policy.percentage) : null;
}

/**
 * Copies a share of the route's requests to the destination too: as `mirror` where it is alone (every Istio and
 * Kiali read it), else within `mirrors`, which a foreign `mirror` joins because Istio refuses both. Idempotent.
 */
export function addMirror(
  route: HttpRoute,
  destination: MirrorDestination,
  percent: number,
  namespace: string,
): HttpRoute {
  const policy: MirrorPolicy = {
    destination: toDestination(destination),
    percentage: { value: toIstioPercentage(percent) },
  };
  if (mirroredPercent(route, destination, namespace) !== null) {
    return withPercentage(route, destination, policy, namespace);
  }
  if (route.mirror !== undefined)
    return { ...withoutMirrorFields(route), mirrors: [...mirrorPoliciesOf(route), policy] };
  if (route.mirrors !== undefined) return { ...route, mirrors: [...route.mirrors, policy] };
  const { mirrorPercent: _old, mirror_percent: _older, ...rest } = route;
  return { ...rest, mirror: policy.destination, mirrorPercentage: policy.percentage };
}

/**
 * Takes our copies to the destination out again and leaves what others copy. Where we moved a foreign `mirror`
 * into `mirrors` (`replaced`: the fields before us), it goes back to its form, with what its owner changed meanwhile.
 * `replaced` gives that form and nothing else: which copies stay, where they go and how many is read from the route,
 * so whoever edits a record by hand cannot have copies sent anywhere by it.
 */
export function removeMirror(
  route: HttpRoute,
  destination: MirrorDestination,
  replaced: MirrorFields | null,
  namespace: string,
): HttpRoute {
  if (mirroredPercent(route, destination, namespace) === null) return route;
  const before = mirrorFieldsOf(replaced ?? {}) ?? {};
  const bare = withoutMirrorFields(route);
  const others = mirrorPoliciesOf(route).filter((policy) => !isDestination(policy, destination, namespace));
  if (sameJson(others, mirrorPoliciesOf(before))) return { ...bare, ...clone(before) };

  const theirs = singlePolicy(route);
  const isTheirs = theirs !== null && !isDestination(theirs, destination, namespace);
  const list = isTheirs ? others.slice(1) : others;
  const hasList = list.length > 0 || before.mirrors !== undefined;
  const [only, ...more] = list;
  if (isTheirs) return { ...bare, ...withoutMirrors(route), ...(hasList ? { mirrors: list } : {}) };
  if (before.mirror !== undefined && only && more.length === 0) return { ...bare, ...asSingle(only) };
  // Percentages without a mirror mean nothing to Istio, but they are the owner's.
  const stray = before.mirror === undefined ? withoutMirrors(before) : {};
  const standing = route.mirror === undefined ? withoutMirrors(route) : {};
  return { ...bare, ...stray, ...standing, ...(hasList ? { mirrors: list } : {}) };
}

/** True when a policy copies to exactly this destination, however its host is written. */
export function isDestination({ destination }: MirrorPolicy, wanted: MirrorDestination, namespace: string): boolean {
  return (
    destination !== undefined &&
    fqdn(destination.host, namespace) === wanted.host &&
    (destination.subset ?? null) === wanted.subset &&
    (destination.port?.number ?? null) === wanted.port
  );
}

function withPercentage(
  route: HttpRoute,
  destination: MirrorDestination,
  policy: MirrorPolicy,
  namespace: string,
): HttpRoute {
  const wanted = toMillionths(percentOf(policy.percentage));
  const isDone = (value: MirrorPolicy) => toMillionths(percentOf(value.percentage)) === wanted;
  const single = singlePolicy(route);
  if (single && isDestination(single, destination, namespace)) {
    if (isDone(single)) return route;
    const { mirrorPercent: _old, mirror_percent: _older, ...rest } = route;
    return { ...rest, mirrorPercentage: policy.percentage };
  }
  const mirrors = (route.mirrors ?? []).map((value) =>
    isDestination(value, destination, namespace) && !isDone(value)
      ? { ...value, percentage: policy.percentage }
      : value,
  );
  return { ...route, mirrors };
}

/** `mirror` with its percentage, whose three spellings Istio reads in this order; null: there is none. */
function singlePolicy({
  mirror,
  mirrorPercentage,
  mirrorPercent,
  mirror_percent: older,
}: MirrorFields): MirrorPolicy | null {
  if (!mirror) return null;
  const old = mirrorPercent ?? older;
  const percentage = mirrorPercentage ?? (old === undefined || old === null ? undefined : { value: old });
  return { destination: mirror, ...(percentage === undefined ? {} : { percentage }) };
}

function asSingle(policy: MirrorPolicy): MirrorFields {
  return {
    mirror: policy.destination,
    ...(policy.percentage === undefined ? {} : { mirrorPercentage: policy.percentage }),
  };
}

/** `mirror` and its percentages as they stand, without the list. */
function withoutMirrors(route: MirrorFields): MirrorFields {
  const { mirrors: _list, ...single } = mirrorFieldsOf(route) ?? {};
  return single;
}

function toDestination({ host, subset, port }: MirrorDestination): MirrorPolicy['destination'] {
  return { host, ...(subset === null ? {} : { subset }), port: { number: port } };
}
