import { sameJson } from './structure.ts';
import type { TaskSpec } from './task.ts';

/**
 * Another task that would put the same pins, subsets or copies into shared objects, or route the same host: whichever of
 * the two left first would take away what the other stands on. Symmetric, so that of two tasks planned at the same time
 * the one whose record came second always sees the first.
 */
export function rivalOf(spec: TaskSpec, others: readonly TaskSpec[]): TaskSpec | null {
  return others.find((other) => !isSame(spec, other) && areRivals(spec, other)) ?? null;
}

/** True when a task has pins or a rule of its own: no other may stand in subset placement beside it. */
export function ownsRouting({ pins, subsets }: Pick<TaskSpec, 'pins' | 'subsets'>): boolean {
  return pins.length > 0 || (subsets?.created ?? false);
}

/**
 * The object that two tasks would both have patched; null where there is none. The patch of each is made for the owner's
 * object without it and tests the whole routes: whichever is changed or taken out first breaks the other's.
 */
export function patchedByBoth(a: TaskSpec, b: TaskSpec): { namespace: string; name: string } | null {
  if (a.delivery !== 'patch' || b.delivery !== 'patch') return null;
  const refs = ({ entries }: TaskSpec) => entries.map(({ virtualService }) => virtualService);
  return refs(a).find((one) => refs(b).some((other) => sameJson(one, other))) ?? null;
}

function areRivals(a: TaskSpec, b: TaskSpec): boolean {
  if (patchedByBoth(a, b)) return true;
  if (a.service.host !== b.service.host) return false;
  const areSubsets = a.subsets !== null && b.subsets !== null;
  const bothRoute = a.virtualService !== null && b.virtualService !== null;
  return bothRoute || makeSameSubset(a, b) || copyToSame(a, b) || (areSubsets && (ownsRouting(a) || ownsRouting(b)));
}

/** Which of two equal copies on a route is whose, nothing tells: the first to leave would take out the other's. */
function copyToSame(a: TaskSpec, b: TaskSpec): boolean {
  // What leaves is taken out yet, whoever has it by then.
  const destinations = ({ entries, leaving = [] }: TaskSpec) =>
    [...entries, ...leaving].map(({ destination: { host, subset, port } }) => `${host} ${subset ?? ''} ${port}`);
  const taken = new Set(destinations(a));
  return destinations(b).some((destination) => taken.has(destination));
}

function makeSameSubset(a: TaskSpec, b: TaskSpec): boolean {
  const made = ({ subsets }: TaskSpec) =>
    (subsets?.subsets ?? [])
      .filter(({ created }) => created)
      .map(({ name }) => `${subsets?.destinationRule.namespace}/${subsets?.destinationRule.name}/${name}`);
  const names = new Set(made(a));
  return made(b).some((name) => names.has(name));
}

function isSame(a: TaskSpec, b: TaskSpec): boolean {
  return a.namespace === b.namespace && a.name === b.name;
}
