import { findDrift, type LiveObjects } from './drift.ts';
import { editFor } from './edit.ts';
import type {
  Deployment,
  DestinationRule,
  HttpRoute,
  KubeObject,
  ObjectRef,
  Service,
  ServiceEntry,
  VirtualService,
} from './kubernetes.ts';
import type { MessageRef } from './message.ts';
import { leadsTo, routeKey } from './names.ts';
import { formatPercent, toMillionths } from './percentage.ts';
import type { PolicyObject } from './policies.ts';
import { isSafe } from './record-safety.ts';
import { choiceText, isSameChoice } from './route-choice.ts';
import { mirroredPercent } from './route-mirror.ts';
import { isAwaited, stepsFor, writeOf } from './steps.ts';
import { targetOfEntry, withPercentages } from './targets.ts';
import { canonicalJson, sameJson } from './structure.ts';
import type { MirrorEntry, Pin, TaskRecord, TaskSpec } from './task.ts';
import { copiedPort, entryStatus, findRoutes, routeText } from './virtual-service-edit.ts';

/** What a task becomes when its operator takes over what somebody else made of it; `text` says it, `reason.<code>`. */
export interface Adoption {
  spec: TaskSpec;
  desired: 'mirroring' | 'paused';
  text: MessageRef;
}

/**
 * Why the task's own changes cannot be put back; null when they can. The steps of `restore` are tried on the objects as
 * they stand: none of them may be blocked, and nothing may differ afterwards, since what is left then is somebody's
 * own route or subset, which is not ours to take.
 */
export function restoreRefusal(record: TaskRecord, live: LiveObjects): MessageRef | null {
  const { spec, desired, keepsWorkload = false } = record;
  let objects = live;
  for (const step of stepsFor('restore', spec, { paused: desired !== 'mirroring', keepWorkload: keepsWorkload })) {
    if (!step.object || (step.verb === 'wait' && !isAwaited(step))) continue;
    const before = findObject(objects, step.object, spec);
    const edit = editFor(isAwaited(step) ? writeOf(step) : step, spec, before, { recordUid: null });
    if (edit.kind === 'blocked') return edit.reason;
    if (edit.kind === 'create') objects = withObject(objects, null, asYoungest(edit.object), spec);
    if (edit.kind === 'update') objects = withObject(objects, before, edit.object, spec);
  }
  return findDrift(record, objects)?.reason ?? null;
}

/**
 * What the task would be if the others' changes were what its operator wants: another share, no copies at all (paused),
 * copies again, or copies of fewer routes. The reason instead where that would not be safe, or would say nothing about
 * what the task is to do: what keeps clients away from the mirror is restored, or the task finished.
 */
export function adoptionOf(record: TaskRecord, live: LiveObjects): Adoption | MessageRef {
  const { spec, desired } = record;
  if (desired === 'finished') return { code: 'adopt_finished', params: {} };
  const standing = spec.entries.map((entry) => ({ entry, now: statusIn(live, entry, spec) }));
  const copying = standing.flatMap(({ entry, now }) => (now.status === 'in' ? [{ entry, percent: now.percent }] : []));
  const [first] = copying;
  // Where nothing is copied, what is left of the routes is kept, so that the task can be resumed.
  const kept = first ? copying : standing.filter(({ now }) => now.status === 'out');
  const entries = kept.map(({ entry }) => entry);
  const pins = spec.pins.filter((pin) => isIn(live, pin));
  const forgotten = leftBehind(spec, { entries, pins }, live);
  if (forgotten) return forgotten;
  if (!first) {
    if (entries.length === 0) return { code: 'adopt_no_route', params: { service: spec.service.name } };
    return checked(record, live, {
      spec: { ...spec, entries, pins, ...stillChosen(spec, entries) },
      desired: 'paused',
      text: { code: 'adopt_paused', params: { service: spec.service.name } },
    });
  }
  const shares = spec.targets.map((target) =>
    copying.filter(({ entry }) => targetOfEntry(spec, entry) === target).map(({ percent }) => percent),
  );
  // A task sends every target copies of the same routes.
  const places = Map.groupBy(copying, ({ entry }) =>
    canonicalJson([entry.virtualService, entry.route, copiedPort(entry)]),
  );
  if ([...places.values()].some(({ length }) => length !== spec.targets.length))
    return { code: 'adopt_targets_differ', params: { service: spec.service.name } };
  if (shares.some((percents) => percents.some((one) => toMillionths(one) !== toMillionths(percents[0] ?? one))))
    return { code: 'adopt_percentages_differ', params: { service: spec.service.name } };
  const percentages = shares.map(([percent = 0]) => percent);
  const count = entries.length / spec.targets.length;
  const all = spec.entries.length / spec.targets.length;
  const params = { percent: percentages.map(formatPercent).join(', '), count, all };
  const code =
    desired === 'paused' ? 'adopt_resumed' : entries.length < spec.entries.length ? 'adopt_routes' : 'adopt_percentage';
  return checked(record, live, {
    spec: withPercentages({ ...spec, entries, pins, ...stillChosen(spec, entries) }, percentages),
    desired: 'mirroring',
    text: { code, params },
  });
}

/** The operator's choice of routes, less what he gives up: it would be missed for ever. */
function stillChosen({ routes }: TaskSpec, entries: readonly MirrorEntry[]): Pick<TaskSpec, 'routes'> {
  const kept = routes?.filter((choice) =>
    entries.some(({ virtualService, route }) =>
      isSameChoice(choice, {
        namespace: virtualService.namespace,
        virtualService: virtualService.name,
        route: choice.route.startsWith('#') ? choiceText({ name: null, hash: route.hash }) : choiceText(route),
      }),
    ),
  );
  return kept && kept.length > 0 ? { routes: kept } : {};
}

type Written = Pick<TaskSpec, 'entries' | 'pins'>;

/**
 * Why the task must not become one of only `kept`: something of its other entries and pins stands, and nobody would
 * take it out any more. Null where nothing of them is left.
 */
function leftBehind(spec: TaskSpec, kept: Written, live: LiveObjects): MessageRef | null {
  const dropped = [
    ...spec.entries
      .filter((entry) => !kept.entries.includes(entry))
      .map((entry) => ({ ...entry.virtualService, holds: holdsEntry(entry, kept.entries) })),
    ...spec.pins
      .filter((pin) => !kept.pins.includes(pin))
      .map((pin) => ({ ...pin.virtualService, holds: holdsPin(spec, pin, kept) })),
  ];
  for (const { namespace, name, holds } of dropped) {
    const object = findVirtualService(live, { namespace, name });
    const route = object?.spec.http?.find((one) => holds(one, object));
    if (route) return { code: 'adopt_left_behind', params: { namespace, name, route: routeName(route, namespace) } };
  }
  return null;
}

type Holds = (route: HttpRoute, object: VirtualService) => boolean;

/** A clone of the entry, or a copy to its destination that no entry of `kept` accounts for. */
function holdsEntry({ cloneName, destination }: MirrorEntry, kept: readonly MirrorEntry[]): Holds {
  return (route, object) => {
    if (cloneName !== null && route.name === cloneName) return true;
    if (mirroredPercent(route, destination, object.metadata.namespace ?? '') === null) return false;
    return !kept.some((entry) => sameJson(entry.destination, destination) && carries(entry, route, object));
  };
}

/** A destination with the pin's subset, if that goes with the task, which no pin and no clone of `kept` accounts for. */
function holdsPin({ service, subsets }: TaskSpec, { subset }: Pin, kept: Written): Holds {
  const isMade = subsets?.subsets.some(({ name, created }) => created && name === subset) ?? false;
  return (route, object) => {
    if (!isMade || kept.entries.some((entry) => entry.cloneName !== null && carries(entry, route, object)))
      return false;
    const isKept = (at: number) => kept.pins.some((pin) => pin.destinationIndex === at && carries(pin, route, object));
    return (route.route ?? []).some(
      ({ destination }, at) =>
        destination.subset === subset &&
        leadsTo(destination, object.metadata.namespace ?? '', service.host) &&
        !isKept(at),
    );
  };
}

/** True for the route that an entry or pin is on today: its clone, or the one that its key names. */
function carries(
  {
    virtualService,
    route: key,
    cloneName = null,
  }: Pick<MirrorEntry, 'virtualService' | 'route'> & Partial<MirrorEntry>,
  route: HttpRoute,
  { metadata, spec }: VirtualService,
): boolean {
  const { namespace, name } = virtualService;
  if (metadata.name !== name || metadata.namespace !== namespace) return false;
  if (cloneName !== null) return route.name === cloneName;
  return findRoutes(spec.http ?? [], key, namespace).some((found) => found.route === route);
}

function routeName(route: HttpRoute, namespace: string): string {
  return routeText(routeKey(route, namespace));
}

/** An adoption after which the task would still stand otherwise than it says, or unsafely, is none. */
function checked(record: TaskRecord, live: LiveObjects, adoption: Adoption): Adoption | MessageRef {
  const { spec, desired } = adoption;
  const left = findDrift({ ...record, spec, desired }, live);
  if (left) return { code: 'adopt_not_safe', params: {} };
  return isSafe(spec) ? adoption : { code: 'adopt_not_safe', params: {} };
}

export function isAdoption(answer: Adoption | MessageRef): answer is Adoption {
  return 'spec' in answer;
}

/** A route that somebody gave another subset is his from then on; `checked` sees that it keeps clients away. */
function isIn(live: LiveObjects, { virtualService, route, destinationIndex, subset }: Pin): boolean {
  const http = findVirtualService(live, virtualService)?.spec.http ?? [];
  return findRoutes(http, route, virtualService.namespace).some(
    (found) => found.route.route?.[destinationIndex]?.destination.subset === subset,
  );
}

function statusIn(live: LiveObjects, entry: MirrorEntry, spec: TaskSpec) {
  const object = findVirtualService(live, entry.virtualService);
  return object ? entryStatus(object, entry, spec) : { status: 'route_gone' as const };
}

function findVirtualService(
  { virtualServices }: LiveObjects,
  { namespace, name }: { namespace: string; name: string },
) {
  return virtualServices.find(({ metadata }) => metadata.name === name && metadata.namespace === namespace);
}

function findObject(live: LiveObjects, { kind, namespace, name }: ObjectRef, spec: TaskSpec): KubeObject | null {
  const find = (objects: readonly KubeObject[] = []) => objects.find(({ metadata }) => metadata.name === name) ?? null;
  switch (kind) {
    case 'VirtualService':
      return findVirtualService(live, { namespace, name }) ?? null;
    case 'DestinationRule':
      return isTlsRule(name, spec) ? find(live.tlsRules) : live.destinationRule;
    case 'ServiceEntry':
      return find(live.serviceEntries);
    case 'Deployment':
      return find(live.deployments);
    case 'Service':
      return find(live.mirrorServices);
    default:
      return live.policies.find((one) => one.kind === kind && one.metadata.name === name) ?? null;
  }
}

/** True for the name of a rule by which the callers' proxies speak TLS to a host outside. */
function isTlsRule(name: string, { targets }: TaskSpec): boolean {
  return targets.some(({ external }) => external?.tlsRule?.metadata.name === name);
}

/** Which of several rules for a host wins depends on their age, and what is made now is younger than what stands. */
function asYoungest(object: KubeObject): KubeObject {
  return { ...object, metadata: { ...object.metadata, creationTimestamp: '9999-12-31T23:59:59Z' } };
}

function withObject(live: LiveObjects, before: KubeObject | null, after: KubeObject, spec: TaskSpec): LiveObjects {
  const put = <T extends KubeObject>(list: readonly T[] = []) => [...list.filter((one) => one !== before), after as T];
  switch (after.kind) {
    case 'VirtualService':
      return { ...live, virtualServices: put<VirtualService>(live.virtualServices) };
    case 'ServiceEntry':
      return { ...live, serviceEntries: put<ServiceEntry>(live.serviceEntries) };
    case 'DestinationRule': {
      if (isTlsRule(after.metadata.name, spec)) return { ...live, tlsRules: put<DestinationRule>(live.tlsRules) };
      const destinationRules = live.destinationRules.filter(
        ({ metadata }) => metadata.name !== after.metadata.name || metadata.namespace !== after.metadata.namespace,
      );
      const rule = after as DestinationRule;
      return { ...live, destinationRule: rule, destinationRules: [...destinationRules, rule] };
    }
    case 'Deployment':
      return { ...live, deployments: put<Deployment>(live.deployments) };
    case 'Service':
      return { ...live, mirrorServices: put<Service>(live.mirrorServices) };
    default:
      return { ...live, policies: put<PolicyObject>(live.policies) };
  }
}
