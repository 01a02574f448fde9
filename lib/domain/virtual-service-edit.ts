import type { HttpMatch, HttpRoute, MirrorPolicy, VirtualService } from './kubernetes.ts';
import { fqdn, leadsTo, routeKey } from './names.ts';
import { conditionsOf, conditionsText, intersection, isWhole } from './request-match.ts';
import { percentOf, toMillionths } from './percentage.ts';
import { addMirror, mirroredPercent, mirrorPoliciesOf, removeMirror, withoutMirrorFields } from './route-mirror.ts';
import { canonicalJson, clone, sameJson, stableHash } from './structure.ts';
import { targetOfEntry } from './targets.ts';
import type { MirrorDestination, MirrorEntry, Pin, RouteKey, TaskSpec } from './task.ts';

/** Why today's VirtualService cannot take an entry or a pin. */
export type RouteProblem =
  | { code: 'route_gone'; route: RouteKey }
  | { code: 'route_ambiguous'; route: RouteKey }
  | { code: 'pin_taken'; route: RouteKey }
  /** What the route takes and what the task copies cannot be said in one condition. */
  | { code: 'match_unwritable'; route: RouteKey };

export type RouteEdit = { http: HttpRoute[] } | { problem: RouteProblem };

/** Prefix of the names of routes that the console inserts. */
export const clonePrefix = 'mirror-console-';
/** Prefix of the `statPrefix` by which Envoy counts what meets a clone. */
const statPrefixPrefix = 'mc_';

/** Port of the service whose requests an entry copies. */
export function copiedPort({ port, destination }: MirrorEntry): number {
  return port ?? destination.port;
}

/** Entries of a task that may stand in one VirtualService: also those that are on their way out. */
function standingIn({ entries, leaving = [] }: TaskSpec, object: VirtualService): MirrorEntry[] {
  return [...entries, ...leaving].filter((entry) => isObject(entry.virtualService, object));
}

/** Entries of a task in one VirtualService. */
export function entriesIn(spec: TaskSpec, object: VirtualService): MirrorEntry[] {
  return spec.entries.filter((entry) => isObject(entry.virtualService, object));
}

/** Pins of a task in one VirtualService. */
export function pinsIn(spec: TaskSpec, object: VirtualService): Pin[] {
  return spec.pins.filter((pin) => isObject(pin.virtualService, object));
}

export interface FoundRoute {
  index: number;
  route: HttpRoute;
}

/**
 * The routes of one VirtualService by name and by hash. A plan looks up each of them: with an index that takes one look
 * at all, not one each.
 */
export class RouteIndex {
  readonly #http: readonly HttpRoute[];
  readonly #namespace: string;
  readonly #byName: ReadonlyMap<string | undefined, FoundRoute[]>;
  #hashes: { of: string[]; routes: ReadonlyMap<string, FoundRoute[]> } | null = null;

  constructor(http: readonly HttpRoute[], namespace: string) {
    this.#http = http;
    this.#namespace = namespace;
    this.#byName = Map.groupBy(foundIn(http), ({ route }) => route.name);
  }

  /** `routeKey` of the route at that position. */
  keyAt(index: number): RouteKey {
    const { name, hash } = this.#looksAt(index);
    const twins = this.#sameHash(hash).flatMap(({ route }) =>
      (route.name ?? null) === name ? [] : [route.name ?? null],
    );
    return { name, hash, ...(twins.length > 0 ? { twins } : {}) };
  }

  /** True when the route at that position cannot be told from another one. */
  isAmbiguousAt(index: number): boolean {
    return this.find(this.#looksAt(index)).length > 1;
  }

  /** The routes that a key names today: by name, else by hash; clones of ours and the key's twins never count by hash. */
  find(key: RouteKey): FoundRoute[] {
    const named = key.name === null ? undefined : this.#byName.get(key.name);
    if (named) return named;
    const isOther = (route: HttpRoute) => isClone(route) || (key.twins?.includes(route.name ?? null) ?? false);
    return this.#sameHash(key.hash).filter(({ route }) => !isOther(route));
  }

  #looksAt(index: number): RouteKey {
    return { name: this.#http[index]?.name ?? null, hash: this.#hashed().of[index] ?? '' };
  }

  #sameHash(hash: string): FoundRoute[] {
    return this.#hashed().routes.get(hash) ?? [];
  }

  /** Only when asked for: a route with a name is found without. */
  #hashed() {
    if (this.#hashes) return this.#hashes;
    const of = this.#http.map((route) => routeKey(route, this.#namespace).hash);
    this.#hashes = { of, routes: Map.groupBy(foundIn(this.#http), ({ index }) => of[index] ?? '') };
    return this.#hashes;
  }
}

function foundIn(http: readonly HttpRoute[]): FoundRoute[] {
  return http.map((route, index) => ({ index, route }));
}

/** `RouteIndex.find` for who looks up one route. */
export function findRoutes(http: readonly HttpRoute[], key: RouteKey, namespace: string): FoundRoute[] {
  return new RouteIndex(http, namespace).find(key);
}

/** True for a route that some task of the console inserted. */
export function isClone(route: HttpRoute): boolean {
  return route.name !== undefined && isCloneName(route.name);
}

/** The prefix by which Envoy counts what meets a clone, and nothing else; null where its conditions bear others. */
export function countedBy({ name, match = [] }: HttpRoute, object: VirtualService): string | null {
  const own = statPrefixOf({ namespace: object.metadata.namespace ?? '', name: object.metadata.name }, name ?? '');
  return match.length > 0 && match.every(({ statPrefix }) => statPrefix === own) ? own : null;
}

function statPrefixOf({ namespace, name }: MirrorEntry['virtualService'], cloneName: string | null): string {
  return `${statPrefixPrefix}${stableHash(canonicalJson([{ namespace, name }, cloneName]))}`;
}

/** True where a route that is edited is one that some task of the console inserted: it goes with its task. */
export function isOnClone({ route: { name } }: { route: RouteKey }): boolean {
  return name !== null && isCloneName(name);
}

/** True for the name of a route that some task of the console inserted. */
export function isCloneName(name: string): boolean {
  return name.startsWith(clonePrefix);
}

/**
 * Puts a task's entries into today's routes, each with its target's percentage, in the place of those that leave;
 * idempotent.
 */
export function putEntries(object: VirtualService, spec: TaskSpec): RouteEdit {
  const { namespace = '' } = object.metadata;
  let http = spec.leaving ? takeEntries(object, spec) : clone(object.spec.http ?? []);
  for (const entry of entriesIn(spec, object)) {
    const edit = putEntry(http, entry, spec, namespace);
    if ('problem' in edit) return edit;
    http = edit.http;
  }
  return { http };
}

/** Takes a task's entries out of today's routes, wherever they stand now; idempotent. */
export function takeEntries(object: VirtualService, spec: TaskSpec): HttpRoute[] {
  return sweepCopies(undoEntries(object, spec), object, spec);
}

/** Undoes what was noted: our clones go, and the routes of the entries copy nothing to us any more. */
function undoEntries(object: VirtualService, spec: TaskSpec): HttpRoute[] {
  const { namespace = '' } = object.metadata;
  const entries = standingIn(spec, object);
  const clones = new Set(entries.map(({ cloneName }) => cloneName));
  let http = clone(object.spec.http ?? []).filter((route) => route.name === undefined || !clones.has(route.name));
  for (const entry of entries.filter(({ cloneName }) => cloneName === null)) {
    for (const { index, route } of findRoutes(http, entry.route, namespace)) {
      http = http.with(index, removeMirror(route, entry.destination, entry.replaced, namespace));
    }
  }
  return http;
}

/**
 * Takes our copies out of routes that were copied or renamed since and took them along. All that lead to a Service or
 * subset of ours are, for it goes with the task; so are all on other tasks' clones, of which no two copy to the same. To
 * a subset of the owner he may copy himself: there only what equals an entry counts as ours, and only where an entry has
 * lost its route or the workload behind goes.
 */
function sweepCopies(http: HttpRoute[], object: VirtualService, spec: TaskSpec): HttpRoute[] {
  const { namespace = '' } = object.metadata;
  return standingIn(spec, object).reduce((routes, entry) => {
    const { destination } = entry;
    const { created, percentage } = targetOfEntry(spec, entry);
    const ours = destinationIsOurs(spec, entry);
    const mayBeOurs = created || isLost(http, entry, namespace);
    const isOurs = (route: HttpRoute) =>
      ours || isClone(route) || (mayBeOurs && copiesJustSo(route, destination, percentage, namespace));
    return routes.map((route) => (isOurs(route) ? removeMirror(route, destination, null, namespace) : route));
  }, http);
}

function isLost(http: readonly HttpRoute[], { cloneName, route }: MirrorEntry, namespace: string): boolean {
  return cloneName === null && findRoutes(http, route, namespace).length === 0;
}

function copiesJustSo(
  route: HttpRoute,
  destination: MirrorDestination,
  percentage: number,
  namespace: string,
): boolean {
  const percent = mirroredPercent(route, destination, namespace);
  return percent !== null && toMillionths(percent) === toMillionths(percentage);
}

/** Gives the pinned destinations their subset; idempotent. */
export function putPins(object: VirtualService, spec: TaskSpec): RouteEdit {
  const { namespace = '' } = object.metadata;
  const http = clone(object.spec.http ?? []);
  for (const pin of pinsIn(spec, object)) {
    const [found, ...more] = findRoutes(http, pin.route, namespace);
    if (!found && isOnClone(pin)) continue;
    if (!found || more.length > 0) return { problem: routeProblem(found, pin.route) };
    const destination = found.route.route?.[pin.destinationIndex]?.destination;
    if (!destination || !leadsTo(destination, namespace, spec.service.host)) {
      return { problem: { code: 'route_gone', route: pin.route } };
    }
    if (destination.subset !== undefined && destination.subset !== pin.subset) {
      return { problem: { code: 'pin_taken', route: pin.route } };
    }
    destination.subset = pin.subset;
  }
  return { http };
}

/** Takes the pins out again; idempotent. */
export function takePins(object: VirtualService, spec: TaskSpec): HttpRoute[] {
  const { namespace = '' } = object.metadata;
  const http = clone(object.spec.http ?? []);
  const pins = pinsIn(spec, object);
  if (pins.length === 0) return http;
  undoPins(http, pins, spec, namespace);
  sweepSubsets(http, spec, namespace);
  return http;
}

/** Undoes what was noted: the destinations that the task pinned. Changes `http`. */
function undoPins(http: HttpRoute[], pins: readonly Pin[], { service }: TaskSpec, namespace: string): void {
  for (const pin of pins) {
    for (const { route } of findRoutes(http, pin.route, namespace)) {
      const destination = route.route?.[pin.destinationIndex]?.destination;
      const isPinned = destination?.subset === pin.subset && leadsTo(destination, namespace, service.host);
      if (destination && isPinned) delete destination.subset;
    }
  }
}

/**
 * Takes subsets that the task made out of every destination that names them, or those routes would fail once the
 * subsets are gone. An owner's subset stays wherever it was not noted. Changes `http`.
 */
function sweepSubsets(http: HttpRoute[], { service, subsets }: TaskSpec, namespace: string): void {
  const made = new Set(subsets?.subsets.filter(({ created }) => created).map(({ name }) => name));
  for (const { destination } of http.flatMap((route) => route.route ?? [])) {
    const isMade = destination.subset !== undefined && made.has(destination.subset);
    if (isMade && leadsTo(destination, namespace, service.host)) delete destination.subset;
  }
}

/** How an entry stands in today's object: what the console must tell when it is not as it was put. */
export type EntryStatus =
  | { status: 'in'; percent: number }
  | { status: 'out' }
  | { status: 'route_gone' }
  | { status: 'clone_stale' }
  /** The route takes nothing of what the task copies: there is nothing to put in. */
  | { status: 'not_selected' };

/** Looks an entry up in today's object. */
export function entryStatus(object: VirtualService, entry: MirrorEntry, spec: TaskSpec): EntryStatus {
  const { namespace = '' } = object.metadata;
  const http = object.spec.http ?? [];
  const [original] = findRoutes(http, entry.route, namespace);
  if (!original) return { status: 'route_gone' };
  if (entry.cloneName === null) {
    // Another clone of that name, made since: its requests are others.
    if (!mayMirrorWhole(original.route, spec)) return { status: 'route_gone' };
    const { match = null } = original.route;
    const isClones = isClone(original.route);
    return statusOf(
      mirroredPercent(original.route, entry.destination, namespace) ??
        (isClones ? percentBefore(http, original, entry, match) : null),
    );
  }
  const at = http.findIndex(({ name }) => name === entry.cloneName);
  const carrier = http[at];
  const wanted = cloneMatch(original.route, entry, spec);
  if (wanted?.length === 0) return { status: carrier ? 'clone_stale' : 'not_selected' };
  const percent = carrier ? mirroredPercent(carrier, entry.destination, namespace) : null;
  if (!carrier || percent === null) return statusOf(percentBefore(http, original, entry, wanted));
  const isFresh = standsBefore(http, at, original) && isFreshClone(carrier, original.route, entry, spec);
  return isFresh ? { status: 'in', percent } : { status: 'clone_stale' };
}

/** Percent that an earlier route with the same conditions copies there: another task's clone of a clone may be first. */
function percentBefore(
  http: readonly HttpRoute[],
  original: FoundRoute,
  { virtualService: { namespace }, destination }: MirrorEntry,
  wanted: readonly HttpMatch[] | null,
): number | null {
  const text = wanted && conditionsText(wanted);
  const found = http.slice(0, original.index).find(({ match }) => match && conditionsText(match) === text);
  return found ? mirroredPercent(found, destination, namespace) : null;
}

/** A route is mirrored itself only where all that it takes is to be copied. */
function mayMirrorWhole({ match }: HttpRoute, { selection }: TaskSpec): boolean {
  const ours = selection ? conditionsOf(selection) : null;
  return ours === null || isWhole(match, intersection(match, ours));
}

function statusOf(percent: number | null): EntryStatus {
  return percent === null ? { status: 'out' } : { status: 'in', percent };
}

/** True when the Service or subset that gets the copies is the task's own: it goes, so whatever names it must too. */
function destinationIsOurs(spec: TaskSpec, entry: MirrorEntry): boolean {
  const { subset } = entry.destination;
  const isMade = spec.subsets?.subsets.some(
    ({ name, role, created }) => name === subset && role === 'mirror' && created,
  );
  return targetOfEntry(spec, entry).mirrorService !== null || (isMade ?? false);
}

function putEntry(http: HttpRoute[], entry: MirrorEntry, spec: TaskSpec, namespace: string): RouteEdit {
  const [found, ...more] = findRoutes(http, entry.route, namespace);
  // Another task's clone went with its task: the requests it took are ours again by the entry on the original.
  if (!found && isOnClone(entry))
    return { http: http.filter(({ name }) => name === undefined || name !== entry.cloneName) };
  if (!found || more.length > 0) return { problem: routeProblem(found, entry.route) };
  // Only requests to the service are copied, whichever route the record names.
  const isLive = found.route.route?.some(({ destination }) => leadsTo(destination, namespace, spec.service.host));
  if (!isLive) return { problem: { code: 'route_gone', route: entry.route } };
  if (entry.cloneName !== null) return putClone(http, found, entry, spec);
  if (!mayMirrorWhole(found.route, spec)) {
    return { http: http.with(found.index, removeMirror(found.route, entry.destination, null, namespace)) };
  }
  const { percentage } = targetOfEntry(spec, entry);
  return { http: http.with(found.index, addMirror(found.route, entry.destination, percentage, namespace)) };
}

/** Puts the clone before its original, or brings a stale one up to date with it. */
function putClone(http: HttpRoute[], original: FoundRoute, entry: MirrorEntry, spec: TaskSpec): RouteEdit {
  const { namespace } = entry.virtualService;
  const { percentage } = targetOfEntry(spec, entry);
  const at = http.findIndex(({ name }) => name === entry.cloneName);
  const existing = http[at];
  if (existing && standsBefore(http, at, original) && isFreshClone(existing, original.route, entry, spec)) {
    return { http: http.with(at, addMirror(existing, entry.destination, percentage, namespace)) };
  }
  const narrow = narrowed(original.route, entry, spec);
  if (narrow === null) return { problem: { code: 'match_unwritable', route: entry.route } };
  const rest = existing ? http.toSpliced(at, 1) : http;
  // Without conditions it would take every request: where there is nothing to copy, there is no clone.
  if (narrow.match?.length === 0) return { http: rest };
  const before = existing && at < original.index ? original.index - 1 : original.index;
  return { http: rest.toSpliced(before, 0, addMirror(narrow, entry.destination, percentage, namespace)) };
}

/** An owner's route between the clone and its original would lose requests to it that are not the original's. */
function standsBefore(http: readonly HttpRoute[], at: number, original: FoundRoute): boolean {
  return at < original.index && http.slice(at + 1, original.index).every(isClone);
}

/** The original under the clone's name and with its conditions; null: they cannot be written. */
function narrowed(original: HttpRoute, entry: MirrorEntry, spec: TaskSpec): HttpRoute | null {
  const match = cloneMatch(original, entry, spec);
  return match && { ...clone(original), name: entry.cloneName ?? '', match };
}

/**
 * The original's conditions, each narrowed to what the task copies, and counted apart by Envoy (`statPrefix`); where the
 * owner counts his route by a prefix of his own, that stays. Null: they cannot be written.
 */
function cloneMatch(original: HttpRoute, entry: MirrorEntry, { selection }: TaskSpec): HttpMatch[] | null {
  const { virtualService, cloneName, matchPort = copiedPort(entry) } = entry;
  const ours = (selection ? conditionsOf(selection) : null) ?? [{}];
  const found = intersection(
    original.match,
    ours.map((condition) => (matchPort === null ? condition : { ...condition, port: matchPort })),
  );
  if (found === 'unwritable') return null;
  const statPrefix = statPrefixOf(virtualService, cloneName);
  return clone(found).map(({ statPrefix: theirs, ...match }) => ({
    statPrefix: theirs === undefined || theirs.startsWith(statPrefixPrefix) ? statPrefix : theirs,
    ...match,
  }));
}

/** True while the clone does all that its original does: other tasks may copy from it too. */
function isFreshClone(carrier: HttpRoute, original: HttpRoute, entry: MirrorEntry, spec: TaskSpec): boolean {
  const { namespace } = entry.virtualService;
  const narrow = narrowed(original, entry, spec);
  const copies = mirrorPoliciesOf(carrier).map((policy) => copyKey(policy, namespace));
  return (
    narrow !== null &&
    sameJson(withoutMirrorFields(carrier), withoutMirrorFields(narrow)) &&
    mirrorPoliciesOf(original).every((policy) => copies.includes(copyKey(policy, namespace)))
  );
}

/** A copy in Istio's reading, however its host and percentage are written. */
function copyKey({ destination, percentage }: MirrorPolicy, namespace: string): string {
  return canonicalJson([{ ...destination, host: fqdn(destination.host, namespace) }, percentOf(percentage)]);
}

function routeProblem(found: FoundRoute | undefined, route: RouteKey): RouteProblem {
  return { code: found ? 'route_ambiguous' : 'route_gone', route };
}

function isObject({ namespace, name }: { namespace: string; name: string }, { metadata }: VirtualService): boolean {
  return metadata.name === name && metadata.namespace === namespace;
}

/** A route as people recognise it: its name, else the short form of its hash. */
export function routeText({ name, hash }: RouteKey): string {
  return name ?? `#${hash.slice(0, 6)}`;
}
