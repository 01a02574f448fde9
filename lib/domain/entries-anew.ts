import { before } from './edit.ts';
import type { Service, VirtualService } from './kubernetes.ts';
import { freeRouteName, planEntries } from './plan-entries.ts';
import { canonicalJson } from './structure.ts';
import { isVersionTarget, targetOfEntry } from './targets.ts';
import type { MirrorEntry, TaskSpec } from './task.ts';
import { copiedPort, entriesIn, isOnClone } from './virtual-service-edit.ts';

/** What the routes of a task's VirtualServices are today. */
export interface RoutesToday {
  service: Service;
  virtualServices: readonly VirtualService[];
  /** Every other task that may have entries there. */
  others: readonly TaskSpec[];
}

/**
 * A task's entries, and what the clones of other tasks need beside them that came after it was planned: each takes
 * requests away from the route that it was made of, and those are to be copied as before. Entries are never dropped
 * here: one whose clone is gone takes what is left of it out when it is put in again.
 */
export function entriesAnew(spec: TaskSpec, routes: RoutesToday): MirrorEntry[] {
  const { service, virtualServices } = routes;
  const [first, ...others] = destinationsOf(spec);
  if (!first) return [];
  // Of one before it copies nothing goes: it leaves.
  const isFirst = first.target === spec.targets[0].id;
  const known = new Set(spec.entries.map(identityOf));
  // A clone is narrowed by what its original is today, whichever clone bears that name.
  const narrowed = new Set(spec.entries.filter(({ cloneName }) => cloneName !== null).map(placeOf));
  const names = new Set(spec.entries.flatMap(({ cloneName }) => cloneName ?? []));
  const wish = {
    task: { namespace: spec.namespace, name: spec.name },
    service,
    host: spec.service.host,
    ports: spec.service.ports,
    destination: first.destination,
    more: others,
    others: routes.others,
    ...(spec.selection && { selection: spec.selection }),
    ...(spec.routes && { chosen: { choices: spec.routes, tasks: [...routes.others, spec] } }),
  };
  const edited = virtualServices.filter((object) => entriesIn(spec, object).length > 0);
  const added = edited.flatMap((object) => {
    const theirs = before(spec, object) as VirtualService | null;
    if (!theirs) return [];
    for (const { name } of theirs.spec.http ?? []) if (name !== undefined) names.add(name);
    return planEntries(theirs, wish)
      .entries.filter((entry) => isOnClone(entry) && !known.has(identityOf(entry)) && !narrowed.has(placeOf(entry)))
      .map((entry) => (isFirst || entry.target !== undefined ? entry : { ...entry, target: first.target }));
  });
  return [...spec.entries, ...withFreeNames(added, names)];
}

/** The same requests of a route of that name. */
function placeOf(entry: MirrorEntry): string {
  return canonicalJson([entry.virtualService, entry.route.name, copiedPort(entry)]);
}

/** The same requests of a route copied to the same destination. */
function identityOf(entry: MirrorEntry): string {
  const { virtualService, route, destination } = entry;
  // Another clone may bear the name of one that is gone.
  const key = route.name === null || isOnClone(entry) ? [route.name, route.hash] : route.name;
  return canonicalJson([virtualService, key, copiedPort(entry), destination]);
}

/** Where each target's copies go; the first target's are first. */
function destinationsOf(spec: TaskSpec) {
  return spec.targets.flatMap((target) => {
    const entry = spec.entries.find((one) => targetOfEntry(spec, one) === target);
    if (!entry) return [];
    const { host, subset, port } = entry.destination;
    return { target: target.id, destination: { host, subset, ...(isVersionTarget(target.input) ? {} : { port }) } };
  });
}

/** One name for all targets of a clone. */
function withFreeNames(entries: readonly MirrorEntry[], names: Set<string>): MirrorEntry[] {
  const given = new Map<string, string>();
  return entries.map((entry) => {
    if (entry.cloneName === null) return entry;
    const place = canonicalJson([entry.virtualService, entry.cloneName]);
    const cloneName = given.get(place) ?? freeRouteName(entry.cloneName, names);
    given.set(place, cloneName);
    names.add(cloneName);
    return { ...entry, cloneName };
  });
}
