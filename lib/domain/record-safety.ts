import type { Deployment, KubeObject, Service, VirtualService } from './kubernetes.ts';
import { entryPortOf, externalObjects } from './external-objects.ts';
import { fqdn, mirrorAppLabel, serviceHost } from './names.ts';
import { ownLabels } from './ownership.ts';
import { plainVirtualService } from './plan-objects.ts';
import { selects } from './selectors.ts';
import { sameJson } from './structure.ts';
import type { MirrorEntry, TaskSpec } from './task.ts';
import { hostOfTarget, isVersionTarget } from './targets.ts';
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
  return (
    spec.service.host === serviceHost(spec.service.name, spec.namespace) &&
    spec.percentage > 0 &&
    spec.percentage <= 100 &&
    isTargetOurs(spec) &&
    (spec.deployment === null || isOwnDeployment(spec.deployment, spec)) &&
    (spec.mirrorService === null || isOwnService(spec.mirrorService, spec)) &&
    (spec.virtualService === null || isOwnVirtualService(spec.virtualService, spec)) &&
    isExternalOwn(spec) &&
    areSubsetsOfService(spec) &&
    arePoliciesOfMirror(spec) &&
    spec.entries.every((entry) => isOwnEntry(entry, spec)) &&
    spec.pins.every(({ subset }) => subset === subsetOf(spec, 'primary'))
  );
}

/** A workload is made exactly where none was chosen, and it is the one that gets the copies. */
function isTargetOurs({ target, deployment }: TaskSpec): boolean {
  if (!isVersionTarget(target.input)) return !target.created && deployment === null && target.workload === null;
  if (target.workload === null) return false;
  if ('existing' in target.input) {
    return !target.created && deployment === null && target.input.existing === target.workload;
  }
  return target.created && deployment !== null;
}

function isOwnDeployment(deployment: Deployment, spec: TaskSpec): boolean {
  return isMade(deployment, spec, ['annotations']) && deployment.metadata.name === spec.target.workload;
}

/** Names the mirror's pods and nothing else: no other address, no other kind of Service. */
function isOwnService(object: Service, spec: TaskSpec): boolean {
  const { type, selector, ports: _ports, ...others } = object.spec;
  return (
    isMade(object, spec) &&
    object.metadata.name === mirrorAppLabel(spec.service.name, spec.name) &&
    type === 'ClusterIP' &&
    Object.keys(others).length === 0 &&
    Object.keys(selector ?? {}).length > 0 &&
    (spec.deployment === null || selects(selector, templateLabels(spec.deployment)))
  );
}

/** Routes this service's requests to this service, port by port, for the mesh: just as it is planned. */
function isOwnVirtualService(object: VirtualService, spec: TaskSpec): boolean {
  const ports = (object.spec.http ?? []).map(({ match }) => match?.[0]?.port ?? 0);
  return sameJson(object, plainVirtualService(spec, spec.service, ports));
}

function areSubsetsOfService({
  namespace,
  service,
  target,
  placement,
  subsets,
  mirrorService,
  pins,
}: TaskSpec): boolean {
  if (!isVersionTarget(target.input))
    return placement === null && mirrorService === null && subsets === null && pins.length === 0;
  if (subsets === null) return placement === 'dedicated' && mirrorService !== null;
  const { destinationRule: rule, subsets: list } = subsets;
  const distinct = (values: string[]) => new Set(values).size === values.length;
  return (
    placement === 'subset' &&
    mirrorService === null &&
    (!subsets.created || rule.namespace === namespace) &&
    fqdn(subsets.host, rule.namespace) === service.host &&
    list.every(({ role }) => role === 'primary' || role === 'mirror') &&
    distinct(list.map(({ role }) => role)) &&
    distinct(list.map(({ name }) => name))
  );
}

/**
 * They select something, and a new version's are those that its Deployment selects. Of an existing workload only the
 * cluster tells: they are held to a plan made anew.
 */
function arePoliciesOfMirror({ policies, deployment, target }: TaskSpec): boolean {
  if (!policies) return true;
  const { selector, denyWrites, marker } = policies;
  return (
    isVersionTarget(target.input) &&
    (denyWrites || marker) &&
    Object.keys(selector).length > 0 &&
    (deployment === null || sameJson(selector, deployment.spec.selector.matchLabels))
  );
}

/** Just as it is planned, for the host that was asked for; shown to single namespaces, never to the whole mesh. */
function isExternalOwn(spec: TaskSpec): boolean {
  const { external, target } = spec;
  if (!external) return true;
  if (target.input.kind !== 'external') return false;
  const { exportTo = [] } = external.serviceEntry.spec;
  return (
    exportTo.length > 0 &&
    exportTo.every((name) => name === '.' || /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(name)) &&
    sameJson(external, externalObjects(spec, target.input, exportTo))
  );
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
function isOwnDestination({ destination, port }: MirrorEntry, spec: TaskSpec): boolean {
  const { namespace, service, mirrorService, target } = spec;
  const { host, subset } = destination;
  if (!isVersionTarget(target.input))
    return host === hostOfTarget(target.input) && subset === null && destination.port === targetPortOf(spec);
  if (port !== undefined) return false;
  return mirrorService
    ? host === serviceHost(mirrorService.metadata.name, namespace) && subset === null
    : host === service.host && subset === subsetOf(spec, 'mirror');
}

/** An entry of ours for a host outside may name it under a port of its own. */
function targetPortOf({ target: { input }, external }: TaskSpec): number | null {
  if (input.kind === 'external') return external ? entryPortOf(input) : input.port;
  return input.kind === 'service' ? input.port : null;
}

function subsetOf({ subsets }: TaskSpec, role: 'primary' | 'mirror'): string | null {
  return subsets?.subsets.find((subset) => subset.role === role)?.name ?? null;
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
