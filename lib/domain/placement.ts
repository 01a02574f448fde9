import { listText } from './check.ts';
import { otherClusters } from './clusters.ts';
import { entrancesTo } from './entrances.ts';
import type { Deployment } from './kubernetes.ts';
import { leavesOpen, selectionsOfPath } from './live-ways.ts';
import type { MessageRef } from './message.ts';
import { hasTcpRouteTo } from './mesh-routing.ts';
import { canReachMirror, outsideCallers } from './outside-callers.ts';
import { reapplier } from './owner-tool.ts';
import { canRead, isBehind, versionText, type PlanFacts } from './plan-facts.ts';
import { ambiguousPath, unpinned } from './plan-pins.ts';
import { planSubsets, primarySubset } from './plan-subsets.ts';
import { ownsRouting } from './rivals.ts';
import { subsetSelects, type Labels } from './selectors.ts';
import { portProtocol } from './service-ports.ts';
import type { Placement } from './task.ts';
import { isAtLeastAsVisible, isPublic } from './visibility.ts';
import { isPodReady, podsWith, serviceSelects, templateLabels } from './workloads.ts';

/** Why pods cannot stand behind the Service as a subset; `reason` is a value in the check's text. */
export interface SubsetRefusal {
  reason:
    | 'not_selected'
    | 'tcp_port'
    | 'tcp_route'
    | 'other_service'
    | 'outside_callers'
    | 'outside_callers_possible'
    | 'other_clusters'
    | 'other_clusters_possible'
    | 'unrouted'
    | 'entrance'
    | 'rule_elsewhere'
    | 'private_rule'
    | 'pin_selects_mirror'
    | 'other_task'
    | 'owner_tool'
    | 'owner_patch'
    | 'several_versions'
    | 'unreadable'
    | 'ambiguous_route'
    | 'live_subset_incomplete'
    | 'client_rule';
  name: string;
}

export interface PlacementChoice {
  /** Null: nothing is placed. */
  placement: Placement | null;
  reason: MessageRef;
  /** Why `subset` is impossible; empty when it is possible. */
  refusals: SubsetRefusal[];
}

/**
 * Where the mirror stands. Proposed: `subset` where the owner's VirtualServices already pin every live route and
 * nothing else sends the Service's pods requests, else `dedicated`. `labels`: the mirror's pods in subset placement.
 */
export function choosePlacement(facts: PlanFacts, labels: Labels): PlacementChoice {
  const { input, wish, routing, existing } = facts;
  const refusals = subsetRefusals(facts, labels);
  const chosen = (placement: Placement, code: string): PlacementChoice => ({
    placement,
    reason: { code, params: { service: input.service, virtualService: routing.mesh[0]?.metadata.name ?? '' } },
    refusals,
  });
  if (wish.placement) return chosen(wish.placement, 'placement_chosen');
  if (existing) {
    const isSelected = isBehind(facts.service, existing);
    return isSelected
      ? chosen('subset', 'placement_existing_selected')
      : chosen('dedicated', 'placement_existing_apart');
  }
  if (!ownerPins(facts)) {
    return chosen('dedicated', routing.mesh.length > 0 ? 'placement_not_pinned' : 'placement_no_virtual_service');
  }
  if (refusals.length > 0) {
    const isLeftToOwner = refusals.every(({ reason }) => reason === 'owner_patch');
    return chosen('dedicated', isLeftToOwner ? 'placement_owner_patch' : 'placement_subset_refused');
  }
  // Who knows that nobody calls from outside may still choose it.
  if (outsideCallers(facts, labels).kind === 'unmeasured') return chosen('dedicated', 'placement_unmeasured');
  return chosen('subset', 'placement_owner_pins');
}

/** True when every route to the service names a subset already, for clients everywhere. */
export function ownerPins({ routing, paths }: PlanFacts): boolean {
  return routing.coversAll && paths.length > 0 && unpinned(paths).length === 0;
}

function subsetRefusals(facts: PlanFacts, labels: Labels): SubsetRefusal[] {
  const { existing, service } = facts;
  if (existing && !isBehind(service, existing)) return [{ reason: 'not_selected', name: existing.metadata.name }];
  const always = [
    tcp(facts),
    otherService(facts, labels),
    callersOutside(facts, labels),
    callersElsewhere(facts),
    unrouted(facts),
    entrance(facts),
    ruleElsewhere(facts),
    privateRule(facts),
    selectingPin(facts, labels),
    writeOfOthers(facts, labels),
  ];
  const found = always.filter((refusal) => refusal !== null);
  // An existing workload gets no pins: whether it serves is another check's question.
  const pins = !existing && !ownerPins(facts);
  return [...found, ...otherTask(facts, pins), ...(pins ? pinRefusals(facts) : [])];
}

/** What forbids putting pins into VirtualServices whose owner has none. */
function pinRefusals(facts: PlanFacts): SubsetRefusal[] {
  const { paths, live, snapshot, rules, routing } = facts;
  const owned = [
    ...new Set(unpinned(paths).map(({ virtualService }) => virtualService)),
    ...(rules.own ? [rules.own] : []),
  ];
  const tool = owned
    .map((object) => ({ name: object.metadata.name, tool: reapplier(object) }))
    .find((item) => item.tool);
  const versions = new Set(live.map(versionText));
  const hidden = snapshot.unreadable.find(
    ({ kind }) => kind === 'VirtualService' || kind === 'DestinationRule' || kind === 'Pod',
  );
  const ambiguous = ambiguousPath(unpinned(paths));
  const left = podsLeftOut(facts);
  const client = rules.elsewhere[0];
  return [
    tool ? { reason: 'owner_tool' as const, name: `${tool.name} (${tool.tool})` } : null,
    versions.size > 1 ? { reason: 'several_versions' as const, name: [...versions].join(', ') } : null,
    hidden ? { reason: 'unreadable' as const, name: `${hidden.kind} (${hidden.namespace})` } : null,
    ambiguous ? { reason: 'ambiguous_route' as const, name: ambiguous.virtualService.metadata.name } : null,
    possibleElsewhere(facts),
    hiddenFromPinned(facts),
    left.length > 0 ? { reason: 'live_subset_incomplete' as const, name: left.join(', ') } : null,
    client ? { reason: 'client_rule' as const, name: `${client.metadata.namespace}/${client.metadata.name}` } : null,
    routing.wildcard && !routing.coversAll
      ? { reason: 'ambiguous_route' as const, name: routing.wildcard.metadata.name }
      : null,
  ].filter((refusal) => refusal !== null);
}

/** A task that writes no object of others can neither pin their routes nor add to their rule. */
function writeOfOthers(facts: PlanFacts, labels: Labels): SubsetRefusal | null {
  const { input, existing, paths, rules } = facts;
  if (input.delivery !== 'patch') return null;
  const [path] = existing ? [] : unpinned(paths);
  if (path) return { reason: 'owner_patch', name: `VirtualService ${path.virtualService.metadata.name}` };
  // Only whether subsets are missing matters here, not how they would be called.
  const { subsets } = planSubsets(facts, [{ labels, version: 'mirror', existing }], !existing && !ownerPins(facts));
  const isAdding = rules.own !== null && subsets.some(({ created }) => created);
  return isAdding ? { reason: 'owner_patch', name: `DestinationRule ${rules.own?.metadata.name}` } : null;
}

function tcp({ service, snapshot, host }: PlanFacts): SubsetRefusal | null {
  const port = (service.spec.ports ?? []).find((candidate) => portProtocol(candidate) === 'other');
  if (port) return { reason: 'tcp_port', name: String(port.port) };
  const object = snapshot.virtualServices.find((candidate) => hasTcpRouteTo(candidate, host));
  return object ? { reason: 'tcp_route', name: object.metadata.name } : null;
}

function otherService({ service, snapshot, input }: PlanFacts, labels: Labels): SubsetRefusal | null {
  const other = snapshot.services.find(
    (candidate) => candidate !== service && serviceSelects(candidate, input.namespace, labels),
  );
  return other ? { reason: 'other_service', name: other.metadata.name } : null;
}

/** Callers that follow no route reach every pod that the Service selects. */
function callersOutside(facts: PlanFacts, labels: Labels): SubsetRefusal | null {
  const callers = outsideCallers(facts, labels);
  if (!canReachMirror(callers)) return null;
  return callers.kind === 'possible'
    ? { reason: 'outside_callers_possible', name: listText(callers.workloads) }
    : { reason: 'outside_callers', name: '' };
}

/** Callers in other clusters follow no route of this one. */
function callersElsewhere(facts: PlanFacts): SubsetRefusal | null {
  const { kind, names: name } = otherClusters(facts);
  return kind === 'seen' ? { reason: 'other_clusters', name } : null;
}

/** Where there may be such callers, pins of ours would not be in their way: an owner's may stand in their cluster too. */
function possibleElsewhere(facts: PlanFacts): SubsetRefusal | null {
  const { kind, names: name } = otherClusters(facts);
  return kind === 'possible' ? { reason: 'other_clusters_possible', name } : null;
}

/** Requests that no rule is for reach every pod that the Service selects, and no pin of ours could be in their way. */
function unrouted({ routing, service }: PlanFacts): SubsetRefusal | null {
  const open = routing.mesh.find((object) => leavesOpen(object, service));
  return open ? { reason: 'unrouted', name: open.metadata.name } : null;
}

/** Gateways of other APIs send requests to every pod that the Service selects. */
function entrance({ service, snapshot }: PlanFacts): SubsetRefusal | null {
  const [object] = entrancesTo(service, snapshot);
  return object ? { reason: 'entrance', name: `${object.kind} ${object.metadata.name}` } : null;
}

/** A rule of ours is for everybody: it would carry the policy of one that is not to clients who never had it. */
function privateRule({ rules, input }: PlanFacts): SubsetRefusal | null {
  const { own, inherited } = rules;
  const spreads = !own && inherited?.metadata.namespace === input.namespace && !isPublic(inherited);
  return spreads ? { reason: 'private_rule', name: inherited.metadata.name } : null;
}

/** Clients that follow a pinned route and do not see the rule with its subset would have no cluster for it. */
function hiddenFromPinned({ rules: { own }, paths, routing }: PlanFacts): SubsetRefusal | null {
  if (!own) return null;
  const isHidden = unpinned(paths).some(({ virtualService }) => !isAtLeastAsVisible(own, virtualService));
  // A VirtualService of ours is for everybody.
  return isHidden || (!routing.coversAll && !isPublic(own))
    ? { reason: 'private_rule', name: own.metadata.name }
    : null;
}

/** Live routes use subsets of a rule that a new one in the service's namespace would hide. */
function ruleElsewhere({ rules, paths }: PlanFacts): SubsetRefusal | null {
  const names = (rules.inherited?.spec.subsets ?? []).map(({ name }) => name);
  const isUsed = paths.some(({ destination }) => names.includes(destination.destination.subset ?? ''));
  return rules.inherited && isUsed ? { reason: 'rule_elsewhere', name: rules.inherited.metadata.name } : null;
}

/** A subset that live routes name would select the mirror, by the service's own rule or by that of some clients. */
function selectingPin({ existing, rules, paths }: PlanFacts, labels: Labels): SubsetRefusal | null {
  if (existing) return null;
  const wide = paths.find(
    (path) =>
      path.destination.destination.subset !== undefined &&
      selectionsOfPath(path, rules).some((selected) => subsetSelects(selected, labels)),
  );
  return wide ? { reason: 'pin_selects_mirror', name: wide.destination.destination.subset ?? '' } : null;
}

/** Pins and rules of a task go with it, so no other task in subset placement may stand on them. */
function otherTask({ snapshot, input, host, rules }: PlanFacts, pins: boolean): SubsetRefusal[] {
  const owns = pins || rules.own === null;
  return snapshot.tasks
    .filter(({ namespace, name }) => namespace !== input.namespace || name !== input.name)
    .filter(({ service, targets }) => service.host === host && targets.some(({ placement }) => placement === 'subset'))
    .filter((other) => owns || ownsRouting(other))
    .slice(0, 1)
    .map(({ name }) => ({ reason: 'other_task', name }));
}

/** Ready pods of the Service that the live subset would not select: pins would take their requests away. */
function podsLeftOut(facts: PlanFacts): string[] {
  const { service, input, snapshot, source, chosen } = facts;
  if (!source || !canRead(facts, 'Pod')) return [];
  const { labels } = primarySubset(facts, source);
  const mirrors = snapshot.tasks
    .filter(({ namespace }) => namespace === input.namespace)
    .flatMap(({ targets }) => targets.map(({ workload }) => workload));
  const apart = snapshot.deployments.filter(
    (deployment) => chosen.includes(deployment) || mirrors.includes(deployment.metadata.name),
  );
  return podsWith(service.spec.selector ?? {}, input.namespace, snapshot.pods)
    .filter(isPodReady)
    .filter(({ metadata }) => !apart.some((deployment) => isPodOf(deployment, metadata.labels ?? {})))
    .filter(({ metadata }) => !subsetSelects(labels, metadata.labels ?? {}))
    .map(({ metadata }) => metadata.name);
}

function isPodOf(deployment: Deployment, labels: Labels): boolean {
  return subsetSelects(deployment.spec.selector.matchLabels ?? templateLabels(deployment), labels);
}
