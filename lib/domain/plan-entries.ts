import type { HttpMatch, HttpRoute, Service, VirtualService } from './kubernetes.ts';
import { isCatchAll, routeLeadsTo, usedDestinations, type RoutesBeside } from './mesh-routing.ts';
import { leadsTo } from './names.ts';
import { conditionsOf, conditionsText, intersection, isWhole, type RequestSelection } from './request-match.ts';
import { isChosen, originOf, type ChosenRoutes } from './chosen-routes.ts';
import { mirrorFieldsOf } from './route-mirror.ts';
import { stableHash } from './structure.ts';
import { clonePrefix, copiedPort, isClone, isOnClone, RouteIndex, takeEntries } from './virtual-service-edit.ts';
import type { MirrorEntry, MirrorFields, RouteKey, TaskSpec } from './task.ts';

/** A destination; `port` absent: the port that the request came for. */
type Destination = { host: string; subset: string | null; port?: number };

export interface EntryWish {
  task: { namespace: string; name: string };
  service: Service;
  host: string;
  /** Chosen ports. */
  ports: readonly number[];
  /** `port`: where every copy goes; absent: to the port that its request came for. */
  destination: Destination;
  /** Where the same requests are copied besides, by target; absent: nowhere. */
  more?: readonly { target: string; destination: Destination }[];
  /** Which requests are copied; absent: all. */
  selection?: RequestSelection;
  /** Routes whose requests are copied; absent: every one. */
  chosen?: ChosenRoutes;
  /** Other tasks: what they copy is not the owner's, and must not come back when the task leaves. */
  others: readonly TaskSpec[];
}

/** A route from which the task copies nothing, and why: `reason` is a value of the check's text. */
export interface SkippedRoute {
  virtualService: VirtualService;
  route: string;
  reason: SkipReason;
}

export type SkipReason =
  | 'redirect'
  | 'direct_response'
  | 'delegate'
  | 'elsewhere'
  | 'mixed_ports'
  | 'other_port'
  | 'unreachable'
  | 'ambiguous'
  /** It is for other hosts, whose requests it leads to the service. */
  | 'other_host'
  /** It is of a VirtualService that others delegate to. */
  | 'of_delegate'
  /** None of the route's requests is among those to be copied. */
  | 'not_selected'
  /** Its conditions and the task's cannot be said in one. */
  | 'unwritable'
  /** It could be copied, but was not asked for. */
  | 'not_chosen';

export interface RoutePlan {
  entries: MirrorEntry[];
  skipped: SkippedRoute[];
}

/** Entries that copy the requests of every eligible route of a VirtualService. */
export function planEntries(object: VirtualService, wish: EntryWish): RoutePlan {
  const plan: RoutePlan = { entries: [], skipped: [] };
  const { namespace = '' } = object.metadata;
  const http = object.spec.http ?? [];
  const routes: Routes = {
    today: new RouteIndex(http, namespace),
    owners: new RouteIndex(withoutTasks(object, wish.others), namespace),
  };
  const names = new Set(http.flatMap(({ name }) => name ?? []));
  const makers = makersOf(wish.others);
  const taken: Taken = new Map();
  let reachable = true;
  for (const [index, route] of http.entries()) {
    const maker = makers(route);
    const use = reachable ? routeUse(object, index, routes, wish, { taken, maker }) : { skip: 'unreachable' as const };
    reachable &&= !isCatchAll(route);
    if (route.match) take(taken, route.match, maker);
    if ('skip' in use)
      plan.skipped.push({ virtualService: object, route: route.name ?? `#${index + 1}`, reason: use.skip });
    else plan.entries.push(...toEntries(object, index, use, { routes, names }, wish).flatMap(forEach(wish)));
  }
  return plan;
}

/** The routes of VirtualServices from which nothing is copied, whatever they lead to: see `RoutesBeside`. */
export function skipBeside(
  { otherHosts, delegates }: RoutesBeside,
  { host, ports }: Pick<EntryWish, 'host' | 'ports'>,
) {
  const skip = (objects: readonly VirtualService[], reason: SkipReason) =>
    objects.flatMap((object) => skipRoutes(object, reason, { host, ports }));
  return [...skip(otherHosts, 'other_host'), ...skip(delegates, 'of_delegate')];
}

function skipRoutes(
  object: VirtualService,
  reason: SkipReason,
  { host, ports }: Pick<EntryWish, 'host' | 'ports'>,
): SkippedRoute[] {
  const { namespace = '' } = object.metadata;
  let reachable = true;
  return (object.spec.http ?? []).map((route, index) => {
    const isReached = reachable;
    reachable &&= !isCatchAll(route);
    const used = usedDestinations(route).filter(({ destination }) => leadsTo(destination, namespace, host));
    const isChosenPort = used.some(({ destination: { port } }) => port === undefined || ports.includes(port.number));
    const why = used.length === 0 ? 'elsewhere' : !isReached ? 'unreachable' : isChosenPort ? reason : 'other_port';
    return { virtualService: object, route: route.name ?? `#${index + 1}`, reason: why };
  });
}

/** A VirtualService's routes as they stand, and as they would without any task. */
interface Routes {
  today: RouteIndex;
  owners: RouteIndex;
}

/** A clone that copies to a port of the mirror; `matchPort`: it takes requests of that port alone. */
interface CloneWish {
  port: number;
  matchPort: number | null;
  /** What it selects, as a part of its name: one that takes its place later and selects otherwise is another clone. */
  mark?: string;
}

type RouteUse = { skip: SkipReason } | { mirror: number } | { clones: CloneWish[] };

/** Conditions that an earlier route takes, and the task without which it is not there; null: it is the owner's. */
type Taken = Map<string, string | null>;

interface Earlier {
  taken: Taken;
  /** The task without which the route itself is not there; null: it is the owner's. */
  maker: string | null;
}

/** How the requests of a route can be copied that are to be. */
function routeUse(object: VirtualService, index: number, routes: Routes, wish: EntryWish, earlier: Earlier): RouteUse {
  const use = wholeUse(object, index, routes, wish);
  if ('skip' in use) return use;
  if (wish.chosen && !isChosen(object, index, wish.chosen, routes.today)) return { skip: 'not_chosen' };
  const conditions = wish.selection ? conditionsOf(wish.selection) : null;
  if (conditions === null) return use;
  const route = object.spec.http?.[index] ?? {};
  const { match } = route;
  const selected = (port: number | null) =>
    intersection(match, port === null ? conditions : conditions.map((condition) => ({ ...condition, port })));
  if ('mirror' in use) {
    const found = selected(null);
    // Another task's clone may be selected as it is. An owner's route is not mirrored itself: he may widen it.
    if (isClone(route) && isWhole(match, found)) return use;
    return clonesOf([{ port: use.mirror, matchPort: null, found }], earlier);
  }
  return clonesOf(
    use.clones.map((clone) => ({ ...clone, found: selected(clone.matchPort) })),
    earlier,
  );
}

/** The clones that select anything which is not surely taken before; what they take themselves is noted. */
function clonesOf(
  wishes: readonly (CloneWish & { found: 'unwritable' | HttpMatch[] })[],
  { taken, maker }: Earlier,
): RouteUse {
  const clones: CloneWish[] = [];
  for (const { port, matchPort, found } of wishes) {
    if (found === 'unwritable') return { skip: 'unwritable' };
    // What another task takes comes to this route once that one is paused; what goes with the route does not.
    const before = taken.get(conditionsText(found));
    const isTaken = before !== undefined && (before === null || before === maker);
    if (found.length > 0 && !isTaken)
      clones.push({ port, matchPort, mark: stableHash(conditionsText(found)).slice(0, 6) });
    take(taken, found, maker);
  }
  return clones.length > 0 ? { clones } : { skip: 'not_selected' };
}

/** A route that stays counts before one that may go. */
function take(taken: Taken, match: readonly HttpMatch[], maker: string | null): void {
  const text = conditionsText(match);
  if (maker === null || !taken.has(text)) taken.set(text, maker);
}

/** Names of clones tell no two tasks apart for sure: their entries do. */
function makersOf(others: readonly TaskSpec[]): (route: HttpRoute) => string | null {
  const tasks = new Map(
    others.flatMap(({ namespace, name, entries }) =>
      entries.flatMap(({ cloneName }) => (cloneName === null ? [] : [[cloneName, `${namespace}/${name}`] as const])),
    ),
  );
  return (route) => (isClone(route) ? (tasks.get(route.name ?? '') ?? route.name ?? '') : null);
}

/** How all requests of a route that come for the chosen ports can be copied. */
function wholeUse(object: VirtualService, index: number, { today }: Routes, wish: EntryWish): RouteUse {
  const { namespace = '' } = object.metadata;
  const route = object.spec.http?.[index] ?? {};
  if (route.redirect) return { skip: 'redirect' };
  if (route.directResponse) return { skip: 'direct_response' };
  if (route.delegate) return { skip: 'delegate' };
  if (!routeLeadsTo(route, namespace, wish.host)) return { skip: 'elsewhere' };
  if (today.isAmbiguousAt(index)) return { skip: 'ambiguous' };
  const ports = new Set(
    usedDestinations(route)
      .filter(({ destination }) => leadsTo(destination, namespace, wish.host))
      .map(({ destination }) => destination.port?.number ?? null),
  );
  if (ports.size === 0) return { skip: 'elsewhere' };
  if (ports.size > 1) return { skip: 'mixed_ports' };
  const [port = null] = ports;
  return port === null ? everyPortUse(route, wish) : ifChosen(port, wish);
}

/** A route without a destination port serves whichever port of the Service the request came for. */
function everyPortUse(route: HttpRoute, wish: EntryWish): RouteUse {
  const [only, ...more] = wish.service.spec.ports ?? [];
  if (only && more.length === 0) return ifChosen(only.port, wish);
  const matched = new Set(route.match?.map(({ port }) => port));
  const [single, ...others] = matched;
  if (single !== undefined && others.length === 0) return ifChosen(single, wish);
  const clones = wish.ports.filter((port) => !route.match?.length || matched.has(undefined) || matched.has(port));
  return clones.length > 0 ? { clones: clones.map((port) => ({ port, matchPort: port })) } : { skip: 'other_port' };
}

function ifChosen(port: number, { ports }: EntryWish): RouteUse {
  return ports.includes(port) ? { mirror: port } : { skip: 'other_port' };
}

function toEntries(
  object: VirtualService,
  index: number,
  use: Exclude<RouteUse, { skip: SkipReason }>,
  { routes, names }: { routes: Routes; names: Set<string> },
  { task, destination, others }: EntryWish,
): MirrorEntry[] {
  const { namespace = '', name } = object.metadata;
  const route = routes.today.keyAt(index);
  const origin = isOnClone({ route }) ? originOf(object, route.name ?? '', others) : null;
  const base = { virtualService: { namespace, name }, route, ...(origin && { origin }) };
  if ('mirror' in use) {
    const entry = { ...base, ...toPort(use.mirror, destination), cloneName: null };
    return [{ ...entry, replaced: ownersMirror(object.spec.http?.[index] ?? {}, base.route, routes.owners) }];
  }
  return use.clones.map(({ port, matchPort, mark }) => {
    const owner = namespace === task.namespace ? task.name : `${task.namespace}-${task.name}`;
    const cloneName = freeRouteName([`${clonePrefix}${owner}-${port}`, mark].filter(Boolean).join('-'), names);
    names.add(cloneName);
    return { ...base, ...toPort(port, destination), cloneName, matchPort, replaced: null };
  });
}

/** The same entry for every target. */
function forEach({ more = [] }: EntryWish): (entry: MirrorEntry) => MirrorEntry[] {
  return (entry) => {
    const { port: _first, ...base } = entry;
    const others = more.map(({ target, destination }) => ({
      ...base,
      target,
      ...toPort(copiedPort(entry), destination),
    }));
    return [entry, ...others];
  };
}

/** Where copies of one port's requests go. */
function toPort(
  port: number,
  { port: fixed, ...destination }: EntryWish['destination'],
): Pick<MirrorEntry, 'destination' | 'port'> {
  return fixed === undefined
    ? { destination: { ...destination, port } }
    : { destination: { ...destination, port: fixed }, port };
}

/** The route's mirror fields as they would be without any task. */
function ownersMirror(route: HttpRoute, { name, hash }: RouteKey, owners: RouteIndex): MirrorFields | null {
  const [found] = owners.find({ name, hash });
  return mirrorFieldsOf(found?.route ?? route);
}

/** The routes as they would be without the other tasks' entries. */
function withoutTasks(object: VirtualService, others: readonly TaskSpec[]): HttpRoute[] {
  return others.reduce(
    (http, spec) => takeEntries({ ...object, spec: { ...object.spec, http } }, spec),
    object.spec.http ?? [],
  );
}

/** `wanted`, or with the first number behind it that makes it free. */
export function freeRouteName(wanted: string, taken: ReadonlySet<string>): string {
  for (let number = 1; ; number++) {
    const name = number === 1 ? wanted : `${wanted}-${number}`;
    if (!taken.has(name)) return name;
  }
}
