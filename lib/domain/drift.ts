import { missingSubsets, subsetConflicts } from './destination-rule-edit.ts';
import { rulesOf } from './destination-rules.ts';
import type { Deployment, DestinationRule, KubeObject, Service, ServiceEntry, VirtualService } from './kubernetes.ts';
import { liveWays, waysTo, type LiveWay } from './live-ways.ts';
import { hiddenBy, routingOf, usedDestinations } from './mesh-routing.ts';
import { livePathsTo } from './plan-pins.ts';
import { serviceSelects, templateLabels } from './workloads.ts';
import type { MessageRef } from './message.ts';
import { leadsTo, serviceHost } from './names.ts';
import { formatPercent, toMillionths } from './percentage.ts';
import { isOurs } from './ownership.ts';
import { policiesOfTarget, type PolicyObject } from './policies.ts';
import { isCleanedUp } from './record.ts';
import { sameJson } from './structure.ts';
import { fieldManager, type MirrorEntry, type TaskRecord, type TaskSpec, type TaskTarget } from './task.ts';
import { targetOfEntry, workloadOf } from './targets.ts';
import { entryStatus, findRoutes, isOnClone, routeText } from './virtual-service-edit.ts';

/** The objects of a task as they stand; null, or none of that name in a list: not there. */
export interface LiveObjects {
  /** Deployments that the targets name. */
  deployments: readonly Deployment[];
  /** All VirtualServices that the user can read: also those that the task did not edit may route to the mirror. */
  virtualServices: readonly VirtualService[];
  /** All DestinationRules that the user can read. */
  destinationRules: readonly DestinationRule[];
  /** The one that the task's subsets are in. */
  destinationRule: DestinationRule | null;
  /** The service whose requests are copied. */
  service: Service | null;
  /** Istio's root namespace. */
  rootNamespace: string;
  /** The task's own Services, which name its mirrors. */
  mirrorServices: readonly Service[];
  /** Objects under the names of the task's policies. */
  policies: readonly PolicyObject[];
  /** Of hosts outside the mesh; absent where the task has none of its own. */
  serviceEntries?: readonly ServiceEntry[];
  tlsRules?: readonly DestinationRule[];
  /** Kinds that the user may not read: nothing is concluded from their absence. */
  unreadable?: readonly string[];
}

/** Something that does not stand as the task left it; `object`: where to look for who did it. */
export interface Drift {
  reason: MessageRef;
  object: KubeObject | null;
}

/** The first difference between a task at rest and its objects, the dangerous ones first; null when there is none. */
export function findDrift(record: TaskRecord, live: LiveObjects): Drift | null {
  const { spec } = record;
  if (isCleanedUp(record)) return null;
  const canRead = (kind: string) => !live.unreadable?.includes(kind);
  // Of a task that has ended only what was kept is left: any other workload is its owner's again.
  const kept = { targets: spec.targets.filter(({ deployment }) => record.desired !== 'finished' || deployment) };
  return (
    (canRead('VirtualService') ? livePathDrift(spec, kept, live) : null) ??
    (canRead('VirtualService') ? pinDrift(spec, live.virtualServices) : null) ??
    clientRuleDrift(spec, live) ??
    (canRead('DestinationRule') ? subsetDrift(spec, live.destinationRule) : null) ??
    (canRead('Deployment') ? firstOf(kept, (target) => workloadDrift(record, target, live)) : null) ??
    (record.desired === 'finished' ? null : policyDrift(spec, live)) ??
    (canRead('Service') ? firstOf(kept, (target) => serviceDrift(spec, target, live)) : null) ??
    (canRead('ServiceEntry')
      ? firstOf(kept, ({ external }) => externalDrift(external?.serviceEntry, live.serviceEntries))
      : null) ??
    (canRead('DestinationRule')
      ? firstOf(kept, ({ external }) => externalDrift(external?.tlsRule, live.tlsRules))
      : null) ??
    (canRead('VirtualService')
      ? (entryDrift(record, live.virtualServices) ?? hidingDrift(spec, live.virtualServices))
      : null)
  );
}

interface Targets {
  targets: readonly TaskTarget[];
}

function firstOf({ targets }: Targets, find: (target: TaskTarget) => Drift | null): Drift | null {
  for (const target of targets) {
    const found = find(target);
    if (found) return found;
  }
  return null;
}

/** The Deployment that a target names, as it stands; null: none, or not there. */
export function deploymentOf({ workload }: TaskTarget, { deployments }: Pick<LiveObjects, 'deployments'>) {
  return named(deployments, workload);
}

function named<T extends KubeObject>(objects: readonly T[] | undefined, name: string | null | undefined): T | null {
  return objects?.find(({ metadata }) => metadata.name === name) ?? null;
}

/** The latest write of an object by somebody else, as the server notes it; null when it does not. */
export function lastForeignWrite(object: KubeObject | null): { manager: string; at: string } | null {
  const writes = (object?.metadata.managedFields ?? [])
    .filter(({ manager, subresource }) => manager !== fieldManager && subresource === undefined)
    .flatMap(({ manager, time }) => (manager && time ? { manager, at: time } : []))
    .toSorted((a, b) => a.at.localeCompare(b.at));
  return writes.at(-1) ?? null;
}

/** A way on which live requests reach the mirror's pods: the one thing that must never be. */
function livePathDrift(spec: TaskSpec, among: Targets, live: LiveObjects): Drift | null {
  return (
    firstOf(among, (target) => target.mirrorService && routeToMirror(spec, target, target.mirrorService, live)) ??
    firstOf(among, (target) => wayToMirror(spec, target, live))
  );
}

/** Dedicated placement: a route that names the task's own Service leads there. */
function routeToMirror(spec: TaskSpec, target: TaskTarget, service: Service, live: LiveObjects): Drift | null {
  const host = serviceHost(service.metadata.name, spec.namespace);
  const object = live.virtualServices.find((candidate) =>
    candidate.spec.http?.some((route) =>
      usedDestinations(route).some(({ destination }) => leadsTo(destination, candidate.metadata.namespace ?? '', host)),
    ),
  );
  const params = { workload: workloadOf(target), replicas: deploymentOf(target, live)?.spec.replicas ?? 1 };
  return object ? servesLive(object, params) : null;
}

/** Where the Service selects the mirror's pods, every way to the service must keep away from them. */
function wayToMirror(spec: TaskSpec, target: TaskTarget, live: LiveObjects): Drift | null {
  const deployment = deploymentOf(target, live);
  const [way] = waysToMirror(spec, deployment, live);
  if (!way) return null;
  const { service, namespace } = spec;
  // Scaled to none it answers nobody: see `workloadToStop`.
  const params = { namespace, workload: workloadOf(target), replicas: deployment?.spec.replicas ?? 1 };
  if (way.path) return servesLive(way.path.virtualService, params);
  return drift('drift_unrouted', way.leftOpenBy, { ...params, service: service.name });
}

/** Every way on which live requests would reach a mirror's pods as pods of the service, if it has any. */
export function waysToMirror(
  { service: named, namespace }: Pick<TaskSpec, 'service' | 'namespace'>,
  deployment: Deployment | null,
  live: LiveObjects,
): LiveWay[] {
  const { service, virtualServices, destinationRules, rootNamespace } = live;
  const labels = deployment && templateLabels(deployment);
  if (!service || !labels || !serviceSelects(service, namespace, labels)) return [];
  const routing = {
    service,
    routing: routingOf(named.host, namespace, virtualServices),
    rules: rulesOf(named.host, namespace, rootNamespace, destinationRules),
    paths: livePathsTo(named.host, virtualServices),
  };
  return waysTo(labels, liveWays(routing));
}

function servesLive(object: VirtualService, params: { workload: string; replicas: number }): Drift {
  const { namespace = '', name } = object.metadata;
  return drift('drift_serves_live', object, { ...params, namespace, name });
}

function pinDrift(spec: TaskSpec, objects: readonly VirtualService[]): Drift | null {
  for (const pin of spec.pins) {
    if (isOnClone(pin)) continue;
    const object = find(objects, pin.virtualService);
    if (!object) return drift('drift_virtual_service_gone', null, pin.virtualService);
    const { namespace = '' } = object.metadata;
    const routes = findRoutes(object.spec.http ?? [], pin.route, namespace);
    const isIn = routes.some(({ route }) => route.route?.[pin.destinationIndex]?.destination.subset === pin.subset);
    if (routes.length > 0 && !isIn) {
      const params = { ...pin.virtualService, route: routeText(pin.route), subset: pin.subset };
      return drift('drift_pin_missing', object, params);
    }
  }
  return null;
}

/** A rule that some clients follow and that lacks the subset of a pin: their requests on the pinned routes fail. */
function clientRuleDrift({ pins, service, namespace }: TaskSpec, live: LiveObjects): Drift | null {
  const [pin] = pins;
  if (!pin) return null;
  const { elsewhere } = rulesOf(service.host, namespace, live.rootNamespace, live.destinationRules);
  const object = elsewhere.find(({ spec }) => !spec.subsets?.some(({ name }) => name === pin.subset));
  if (!object) return null;
  const { namespace: place = '', name } = object.metadata;
  return drift('drift_client_rule', object, { namespace: place, name, subset: pin.subset, service: service.name });
}

function subsetDrift({ subsets: plan }: TaskSpec, object: DestinationRule | null): Drift | null {
  if (!plan) return null;
  if (!object) return drift('drift_destination_rule_gone', null, plan.destinationRule);
  const missing = missingSubsets(object, plan)[0];
  if (missing !== undefined) return drift('drift_subset_missing', object, { ...plan.destinationRule, subset: missing });
  const changed = subsetConflicts(object, plan)[0];
  if (changed !== undefined) return drift('drift_subset_changed', object, { ...plan.destinationRule, subset: changed });
  return null;
}

function workloadDrift({ spec, desired }: TaskRecord, target: TaskTarget, live: LiveObjects): Drift | null {
  const { workload, deployment } = target;
  // Of a target that is not a version of the service nothing is the task's: whether it answers is told elsewhere.
  if (workload === null) return null;
  const object = deploymentOf(target, live);
  const names = { namespace: spec.namespace, name: workload };
  if (!object) return drift('drift_workload_gone', null, names);
  const planned = deployment?.spec.template.metadata?.labels;
  if (planned && !sameJson(object.spec.template.metadata?.labels ?? {}, planned)) {
    return drift('drift_workload_changed', object, names);
  }
  // A pin was lost and is back, or somebody saved its resources: a workload that was kept is its owner's to scale.
  const isStopped = planned && object.spec.replicas === 0 && deployment.spec.replicas !== 0;
  if (isStopped && desired !== 'finished') return drift('drift_workload_stopped', object, names);
  return null;
}

/** Copies get through that were to be refused, or come unmarked; or somebody else's pods are met by what is ours. */
function policyDrift(spec: TaskSpec, live: LiveObjects): Drift | null {
  return firstOf(spec, (target) => policyDriftOf(spec, target, live));
}

function policyDriftOf(spec: TaskSpec, target: TaskTarget, live: LiveObjects): Drift | null {
  for (const planned of policiesOfTarget(spec, target)) {
    const { kind, metadata } = planned;
    if (live.unreadable?.includes(kind)) continue;
    const object = live.policies.find((one) => one.kind === kind && one.metadata.name === metadata.name) ?? null;
    const names = { kind, namespace: spec.namespace, name: metadata.name, workload: workloadOf(target) };
    if (!object) return drift('drift_policy_gone', null, names);
    if (!isOurs(object, spec) || !sameJson(object.spec, planned.spec))
      return drift('drift_policy_changed', object, names);
  }
  return null;
}

function serviceDrift(
  { namespace }: TaskSpec,
  { mirrorService: planned }: TaskTarget,
  live: LiveObjects,
): Drift | null {
  if (!planned) return null;
  const object = named(live.mirrorServices, planned.metadata.name);
  const names = { namespace, name: planned.metadata.name };
  if (!object) return drift('drift_service_gone', null, names);
  return sameJson(object.spec.selector, planned.spec.selector) ? null : drift('drift_service_changed', object, names);
}

/** What makes a host outside known, and has proxies speak TLS to it. */
function externalDrift<T extends ServiceEntry | DestinationRule>(
  planned: T | null | undefined,
  objects: readonly T[] | undefined,
): Drift | null {
  if (!planned) return null;
  const { kind, metadata } = planned;
  const object = named(objects, metadata.name);
  const names = { kind, namespace: metadata.namespace ?? '', name: metadata.name };
  if (!object) return drift('drift_external_gone', null, names);
  return sameJson(object.spec, planned.spec) ? null : drift('drift_external_changed', object, names);
}

/** Somebody has made rules for the service since: as long as those of the task's own count, his have no effect. */
function hidingDrift(
  { virtualService: planned, service, namespace }: TaskSpec,
  objects: readonly VirtualService[],
): Drift | null {
  const own = planned && find(objects, { namespace, name: planned.metadata.name });
  const hidden = own && hiddenBy(own, service.host, namespace, objects);
  if (!hidden) return null;
  const { namespace: place = '', name } = hidden.metadata;
  const params = { namespace: place, name, own: own.metadata.name, service: service.name };
  return drift('drift_hides_rules', hidden, params);
}

function entryDrift({ spec, desired }: TaskRecord, objects: readonly VirtualService[]): Drift | null {
  const { mesh, gateway } = routingOf(spec.service.host, spec.namespace, objects);
  const followed = [...mesh, ...gateway];
  for (const entry of spec.entries) {
    const object = find(objects, entry.virtualService);
    const found =
      desired === 'paused' || desired === 'finished'
        ? leftOver(desired, entry, object, spec)
        : (missingEntry(entry, object, spec) ?? unfollowed(object, followed, spec));
    if (found) return found;
  }
  return null;
}

function leftOver(
  desired: 'paused' | 'finished',
  entry: MirrorEntry,
  object: VirtualService | undefined,
  spec: TaskSpec,
): Drift | null {
  if (!object) return null;
  const { status } = entryStatus(object, entry, spec);
  const params = { ...entry.virtualService, route: routeText(entry.route) };
  return status === 'in' || status === 'clone_stale' ? drift(`drift_mirror_while_${desired}`, object, params) : null;
}

/** What keeps an entry from copying as it should; null where it does. */
export function missingEntry(entry: MirrorEntry, object: VirtualService | undefined, spec: TaskSpec): Drift | null {
  if (!object) return drift('drift_virtual_service_gone', null, entry.virtualService);
  const params = { ...entry.virtualService, route: routeText(entry.route) };
  const now = entryStatus(object, entry, spec);
  if (now.status === 'route_gone') {
    return isOnClone(entry) ? null : drift('drift_route_gone', object, params);
  }
  if (now.status === 'not_selected') return null;
  if (now.status === 'out') return drift('drift_mirror_missing', object, params);
  if (now.status === 'clone_stale') return drift('drift_clone_stale', object, params);
  const { percentage } = targetOfEntry(spec, entry);
  if (toMillionths(now.percent) === toMillionths(percentage)) return null;
  const values = { wanted: formatPercent(percentage), found: formatPercent(now.percent) };
  return drift('drift_mirror_changed', object, { ...params, ...values });
}

/** Copies by an object that loses the host to another one, or is not for it any more, are none. */
function unfollowed(
  object: VirtualService | undefined,
  followed: readonly VirtualService[],
  { service }: TaskSpec,
): Drift | null {
  if (!object || followed.includes(object)) return null;
  const { namespace = '', name } = object.metadata;
  return drift('drift_not_followed', object, { namespace, name, service: service.name });
}

function find(objects: readonly VirtualService[], { namespace, name }: { namespace: string; name: string }) {
  return objects.find(({ metadata }) => metadata.name === name && metadata.namespace === namespace);
}

function drift(code: string, object: KubeObject | null, params: Record<string, string | number>): Drift {
  return { reason: { code, params: { ...params } }, object };
}
