import type { Deployment, KubeObject, Service, VirtualService } from './kubernetes.ts';
import { entryPortOf, externalObjects } from './external-objects.ts';
import { fqdn, mirrorAppLabel, serviceHost } from './names.ts';
import { ownLabels } from './ownership.ts';
import { plainVirtualService } from './plan-objects.ts';
import { selects } from './selectors.ts';
import { sameJson } from './structure.ts';
import { targetsMax } from './planning-snapshot.ts';
import type { ExternalObjects, MirrorEntry, TaskRecord, TaskSpec, TaskTarget } from './task.ts';
import { hostOfTarget, isVersionTarget, ownNameOf, subsetOfTarget, targetOfEntry } from './targets.ts';
import { clonePrefix, copiedPort } from './virtual-service-edit.ts';
import { templateLabels } from './workloads.ts';

/**
 * True when what a record says is what some plan for its service could say. A record is written by us, but whoever may
 * edit ConfigMaps in its namespace can edit it, and it is acted on with the rights of whoever continues, pauses or
 * deletes the task. So it must not have that person make objects elsewhere or of another kind, send copies to a host
 * of the editor's choice, route live requests to the mirror, or take out a route that is not ours.
 *
 * This looks at the record alone. What of it cannot be judged without the cluster is held to the objects as they
 * stand when it is written (`editFor`: routes and rules of this service only) and, where a creation is continued, to
 * a plan made anew (`replan.ts`). What is left to an editor of records: what the creation's form offers too (share,
 * ports, images and environment of the live workload's containers), and to have subsets and pins that the owner made
 * for this very service taken out by a deletion, since nothing in an object tells whose they are.
 */
export function isSafe(spec: TaskSpec): boolean {
  const { targets } = spec;
  return (
    spec.service.host === serviceHost(spec.service.name, spec.namespace) &&
    targets.length <= targetsMax &&
    areDistinct(targets.map(({ id }) => id)) &&
    areDistinct(targets.map((target) => ownNameOf(spec, target))) &&
    targets.some(({ passage }) => passage !== 'leaving') &&
    targets.every((target) => isOwnTarget(target, spec)) &&
    (spec.virtualService === null || isOwnVirtualService(spec.virtualService, spec)) &&
    areSubsetsOfService(spec) &&
    [...spec.entries, ...(spec.leaving ?? [])].every((entry) => isOwnEntry(entry, spec)) &&
    spec.pins.every(({ subset }) => subset === primarySubsetOf(spec))
  );
}

/**
 * True when the shares to which an operation is taken back, and those that a report names, are some that its targets may
 * have: one for each. Some target is left of those to which it is taken back.
 */
export function hasSafeShares({ spec, operation, mirroredPercentages }: TaskRecord): boolean {
  const { percentages, targets } = operation?.before ?? {};
  const areShares = [percentages, mirroredPercentages].every(
    (shares) => shares === undefined || (shares.length === spec.targets.length && shares.every(isShare)),
  );
  return areShares && (targets === undefined || spec.targets.some(({ id }) => targets.includes(id)));
}

function isShare(percentage: number): boolean {
  return percentage > 0 && percentage <= 100;
}

function isOwnTarget(target: TaskTarget, spec: TaskSpec): boolean {
  const { percentage, deployment, mirrorService } = target;
  return (
    /^[a-z]+(-\d+)?$/.test(target.id) &&
    isShare(percentage) &&
    isWorkloadOurs(target) &&
    (deployment === null || isOwnDeployment(deployment, target, spec)) &&
    (mirrorService === null || isOwnService(mirrorService, target, spec)) &&
    isExternalOwn(target, spec) &&
    isPlacedAsSaid(target, spec) &&
    arePoliciesOfMirror(target)
  );
}

function areDistinct(values: readonly string[]): boolean {
  return new Set(values).size === values.length;
}

/** A workload is made exactly where none was chosen, and it is the one that gets the copies. */
function isWorkloadOurs({ input, created, workload, deployment }: TaskTarget): boolean {
  if (!isVersionTarget(input)) return !created && deployment === null && workload === null;
  if (workload === null) return false;
  if ('existing' in input) return !created && deployment === null && input.existing === workload;
  return created && deployment !== null;
}

function isOwnDeployment(deployment: Deployment, { workload }: TaskTarget, spec: TaskSpec): boolean {
  return isMade(deployment, spec, ['annotations']) && deployment.metadata.name === workload;
}

/** Names the mirror's pods and nothing else: no other address, no other kind of Service. */
function isOwnService(object: Service, target: TaskTarget, spec: TaskSpec): boolean {
  const { type, selector, ports: _ports, ...others } = object.spec;
  return (
    isMade(object, spec) &&
    object.metadata.name === mirrorAppLabel(spec.service.name, ownNameOf(spec, target)) &&
    type === 'ClusterIP' &&
    Object.keys(others).length === 0 &&
    Object.keys(selector ?? {}).length > 0 &&
    (target.deployment === null || selects(selector, templateLabels(target.deployment)))
  );
}

/** Routes this service's requests to this service, port by port, for the mesh: just as it is planned. */
function isOwnVirtualService(object: VirtualService, spec: TaskSpec): boolean {
  const ports = (object.spec.http ?? []).map(({ match }) => match?.[0]?.port ?? 0);
  return sameJson(object, plainVirtualService(spec, spec.service, ports));
}

function isPlacedAsSaid({ input, placement, mirrorService }: TaskTarget, { subsets }: TaskSpec): boolean {
  if (!isVersionTarget(input)) return placement === null && mirrorService === null;
  if (placement === 'dedicated') return mirrorService !== null;
  return placement === 'subset' && mirrorService === null && subsets !== null;
}

function areSubsetsOfService({ namespace, service, targets, subsets, pins }: TaskSpec): boolean {
  const inSubset = targets.filter(({ placement }) => placement === 'subset').length;
  if (subsets === null) return inSubset === 0 && pins.length === 0;
  const { destinationRule: rule, subsets: list } = subsets;
  const inRole = (role: string) => list.filter((one) => one.role === role).length;
  return (
    inSubset > 0 &&
    (!subsets.created || rule.namespace === namespace) &&
    fqdn(subsets.host, rule.namespace) === service.host &&
    inRole('primary') <= 1 &&
    inRole('mirror') <= inSubset &&
    inRole('primary') + inRole('mirror') === list.length &&
    areDistinct(list.map(({ name }) => name))
  );
}

/**
 * They select something, and a new version's are those that its Deployment selects. Of an existing workload only the
 * cluster tells: they are held to a plan made anew.
 */
function arePoliciesOfMirror({ policies, deployment, input }: TaskTarget): boolean {
  if (!policies) return true;
  const { selector, denyWrites, marker } = policies;
  return (
    isVersionTarget(input) &&
    (denyWrites || marker) &&
    Object.keys(selector).length > 0 &&
    (deployment === null || sameJson(selector, deployment.spec.selector.matchLabels))
  );
}

/** Just as it is planned, for the host that was asked for; shown to single namespaces, never to the whole mesh. */
function isExternalOwn(target: TaskTarget, spec: TaskSpec): boolean {
  const { external, input } = target;
  if (!external) return true;
  if (input.kind !== 'external') return false;
  const { exportTo = [] } = external.serviceEntry.spec;
  const made = externalObjects({ ...spec, ownName: ownNameOf(spec, target) }, input, exportTo);
  return (
    exportTo.length > 0 &&
    exportTo.every((name) => name === '.' || /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(name)) &&
    [made, withoutNames(made)].some((one) => sameJson(external, one))
  );
}

/** As older records have it: their rules look for no name in the host's certificate. */
function withoutNames({ serviceEntry, tlsRule }: ExternalObjects): ExternalObjects {
  if (!tlsRule) return { serviceEntry, tlsRule };
  const { tls } = tlsRule.spec.trafficPolicy as { tls: object };
  const trafficPolicy = { tls: { ...tls, subjectAltNames: undefined } };
  return { serviceEntry, tlsRule: { ...tlsRule, spec: { ...tlsRule.spec, trafficPolicy } } };
}

/** Copies go to the task's mirror, and a clone bears the task's name. */
function isOwnEntry(entry: MirrorEntry, spec: TaskSpec): boolean {
  const { virtualService, cloneName } = entry;
  const { namespace, name, service } = spec;
  const owner = virtualService.namespace === namespace ? name : `${namespace}-${name}`;
  const port = copiedPort(entry);
  return (
    isOwnDestination(entry, spec) &&
    service.ports.includes(port) &&
    (cloneName === null || cloneName.startsWith(`${clonePrefix}${owner}-${port}`))
  );
}

/** A target elsewhere is named in the record as its operator asked for it: the form of a creation offers any other too. */
function isOwnDestination(entry: MirrorEntry, spec: TaskSpec): boolean {
  const { namespace, service } = spec;
  const { host, subset, port } = entry.destination;
  if (entry.target !== undefined && !spec.targets.some(({ id }) => id === entry.target)) return false;
  const target = targetOfEntry(spec, entry);
  const { mirrorService, input } = target;
  if (!isVersionTarget(input)) return host === hostOfTarget(input) && subset === null && port === targetPortOf(target);
  if (entry.port !== undefined) return false;
  if (mirrorService) return host === serviceHost(mirrorService.metadata.name, namespace) && subset === null;
  const owners = spec.targets.filter((one) => subsetOfTarget(spec, one) === subset);
  const isMirrors = spec.subsets?.subsets.some(({ name, role }) => role === 'mirror' && name === subset) ?? false;
  return host === service.host && isMirrors && owners.every((one) => one === target);
}

/** An entry of ours for a host outside may name it under a port of its own. */
function targetPortOf({ input, external }: TaskTarget): number | null {
  if (input.kind === 'external') return external ? entryPortOf(input) : input.port;
  return input.kind === 'service' ? input.port : null;
}

function primarySubsetOf({ subsets }: TaskSpec): string | null {
  return subsets?.subsets.find(({ role }) => role === 'primary')?.name ?? null;
}

/** An object of the task's namespace that bears the task's labels, and no metadata that acts by itself. */
function isMade({ metadata }: KubeObject, { namespace, name }: TaskSpec, more: readonly string[] = []): boolean {
  const known = ['name', 'namespace', 'labels', ...more];
  return (
    metadata.namespace === namespace &&
    Object.keys(metadata).every((key) => known.includes(key)) &&
    Object.entries(ownLabels(name)).every(([key, value]) => metadata.labels?.[key] === value)
  );
}
