import type { Check } from './check.ts';
import { copiesEveryRequest } from './copied-requests.ts';
import { hostFacts } from './external-host.ts';
import { entryPortOf, externalObjects } from './external-objects.ts';
import type { Deployment, VirtualService } from './kubernetes.ts';
import { deploymentNameFor, mirrorAppLabel } from './names.ts';
import { newDeployment, subsetPodLabels } from './new-deployment.ts';
import { choosePlacement, ownerPins, type PlacementChoice } from './placement.ts';
import { checkEnvironment, checkInput } from './plan-checks.ts';
import { checkMesh } from './plan-checks-mesh.ts';
import { checkMetricReaders } from './plan-checks-metrics.ts';
import { checkMirror } from './plan-checks-mirror.ts';
import { checkPolicies } from './plan-checks-policy.ts';
import { checkQuota } from './plan-checks-quota.ts';
import { checkTarget } from './plan-checks-target.ts';
import { checkRouting } from './plan-checks-routing.ts';
import { planEntries, type EntryWish, type RoutePlan } from './plan-entries.ts';
import type { Planned } from './planned.ts';
import { collectFacts, versionText, type PlanFacts } from './plan-facts.ts';
import { dedicatedLabels, mirrorHostOf, mirrorServiceFor, newVirtualService } from './plan-objects.ts';
import { livePathsTo, planPins, unpinned } from './plan-pins.ts';
import { checkProtection, planPolicies } from './plan-policies.ts';
import { planSubsets, type MirrorPods } from './plan-subsets.ts';
import type { PlanningInput, PlanningSnapshot } from './planning-snapshot.ts';
import { selectsAll } from './request-match.ts';
import { routeOptions, type RouteOption } from './route-options.ts';
import type { Labels } from './selectors.ts';
import type { ElsewhereTarget, ExternalObjects, ExternalTarget, TaskSpec } from './task.ts';
import { deploymentsBehindTarget } from './target-service.ts';
import { hostOfTarget, isVersionTarget } from './targets.ts';
import { templateLabels } from './workloads.ts';

/** A plan: what the task would be, and what was looked at. Feasible when `spec` is there and no check fails. */
export interface CreatePlan {
  /** Null when the input cannot be planned: the checks say why. */
  spec: TaskSpec | null;
  checks: Check[];
  /** The routes that lead to the service, and which of them are copied. */
  routes: RouteOption[];
}

/**
 * Plans a task on what was read of the cluster. Pure: the same input on the same objects gives the same plan.
 */
export function planCreate(input: PlanningInput, snapshot: PlanningSnapshot): CreatePlan {
  const facts = collectFacts(input, snapshot);
  const checks = checkInput(input, snapshot, facts);
  if (!facts) return { spec: null, checks, routes: [] };
  const planned = plan(facts);
  if (!planned) return { spec: null, checks: [...checks, ...checkEnvironment(facts, null)], routes: [] };
  return {
    spec: planned.spec,
    checks: [
      ...checks,
      ...checkMesh(planned),
      ...checkRouting(planned),
      ...checkOf(planned),
      ...checkEnvironment(facts, planned.spec),
    ],
    routes: [...facts.routing.mesh, ...facts.routing.gateway].flatMap((object) =>
      routeOptions(object, facts.host, planned.routes),
    ),
  };
}

function checkOf(planned: Planned): Check[] {
  if (!isVersionTarget(planned.spec.target.input)) return checkTarget(planned);
  return [
    ...checkMirror(planned),
    ...checkProtection(planned),
    ...checkPolicies(planned),
    ...checkQuota(planned),
    ...checkMetricReaders(planned),
  ];
}

function plan(facts: PlanFacts): Planned | null {
  const { input, existing, source } = facts;
  const { target } = input;
  if (facts.ports.length === 0 || !source) return null;
  if (!isVersionTarget(target)) return planElsewhere(facts, target);
  if ('existing' in target && !existing) return null;
  const version = 'existing' in target ? (existing ? versionText(existing) : '') : target.version;
  const choice = choosePlacement(facts, existing ? templateLabels(existing) : subsetPodLabels(source, version));
  const labels = mirrorLabels(facts, source, version, choice);
  const stand = choice.placement === 'subset' ? inSubset(facts, { labels, version }) : dedicated(facts, labels);
  const own = facts.routing.coversAll
    ? null
    : newVirtualService(facts, stand.pins.length > 0 || needsPins(facts, choice));
  const pins =
    own && stand.primary
      ? [...stand.pins, ...planPins(unpinned(livePathsTo(facts.host, [own])), stand.primary)]
      : stand.pins;
  const routes = planRoutes(facts, own, stand.destination);
  const workload = existing?.metadata.name ?? deploymentNameFor(input.service, version);
  const deployment = existing ? null : deploymentFor(facts, source, workload, labels, choice);
  const spec: TaskSpec = {
    ...asAsked(facts),
    placement: choice.placement,
    placementReason: choice.reason,
    target: { id: 'version', workload, version, created: existing === null, input: target },
    deployment,
    mirrorService: stand.mirrorService,
    virtualService: own,
    entries: routes.entries,
    copiesEveryRequest: selectsAll(input.selection) && copiesEveryRequest(facts, routes, own),
    pins,
    subsets: stand.subsets,
    policies: planPolicies(facts, deployment),
  };
  return { facts, spec, choice, routes, labels };
}

/**
 * Copies to what is there already, beside the service: nothing is placed, and nothing is made but their entries and what
 * makes a host outside known to the callers' proxies.
 */
function planElsewhere(facts: PlanFacts, target: ElsewhereTarget): Planned {
  const own = facts.routing.coversAll ? null : newVirtualService(facts, false);
  const host = hostOfTarget(target) ?? '';
  const external = target.kind === 'external' ? planExternal(facts, target) : null;
  const port = external && target.kind === 'external' ? entryPortOf(target) : target.port;
  const routes = planRoutes(facts, own, { host, subset: null, port });
  const reason = { code: 'placement_elsewhere', params: {} };
  const spec: TaskSpec = {
    ...asAsked(facts),
    placement: null,
    placementReason: reason,
    target: { id: target.kind, workload: null, version: '', created: false, input: target, ...behindOf(facts, target) },
    deployment: null,
    mirrorService: null,
    virtualService: own,
    external,
    entries: routes.entries,
    copiesEveryRequest: selectsAll(facts.input.selection) && copiesEveryRequest(facts, routes, own),
    pins: [],
    subsets: null,
  };
  return { facts, spec, choice: { placement: null, reason, refusals: [] }, routes, labels: {} };
}

function behindOf({ input, snapshot }: PlanFacts, target: ElsewhereTarget): Pick<TaskSpec['target'], 'behind'> {
  if (target.kind !== 'service') return {};
  return { behind: deploymentsBehindTarget(target, snapshot, input.namespace).map(({ metadata }) => metadata.name) };
}

/** Nothing of ours beside an entry of somebody that covers the host, whose rules are his too. */
function planExternal(facts: PlanFacts, target: ExternalTarget): ExternalObjects | null {
  const { input, snapshot } = facts;
  const { covering, exportTo } = hostFacts(input, target, snapshot);
  if (covering) return null;
  const { namespace, name, service } = input;
  return externalObjects(
    { namespace, name, istioApiVersion: snapshot.istioApiVersion, service: { name: service } },
    target,
    exportTo,
  );
}

type Asked =
  | 'namespace'
  | 'name'
  | 'description'
  | 'service'
  | 'percentage'
  | 'delivery'
  | 'selection'
  | 'routes'
  | 'primary'
  | 'istioApiVersion';

function asAsked({ input, snapshot, host, ports, live }: PlanFacts): Pick<TaskSpec, Asked> {
  return {
    namespace: input.namespace,
    name: input.name,
    description: input.description ?? '',
    service: { name: input.service, host, ports },
    percentage: input.percentage,
    ...(input.delivery === 'patch' && { delivery: input.delivery }),
    ...(input.selection && { selection: input.selection }),
    ...(input.routes && { routes: input.routes }),
    primary: live.map((deployment) => ({ workload: deployment.metadata.name, version: versionText(deployment) })),
    istioApiVersion: snapshot.istioApiVersion,
  };
}

function mirrorLabels(facts: PlanFacts, source: Deployment, version: string, { placement }: PlacementChoice): Labels {
  if (facts.existing) return templateLabels(facts.existing);
  return placement === 'subset' ? subsetPodLabels(source, version) : dedicatedLabels(facts, source, version);
}

type Stand = Pick<TaskSpec, 'mirrorService' | 'subsets' | 'pins'> & {
  destination: EntryWish['destination'];
  /** Name of the subset that pins name; null when there are none. */
  primary: string | null;
};

function inSubset(facts: PlanFacts, mirror: MirrorPods): Stand {
  const pinsNeeded = facts.existing === null && !ownerPins(facts);
  const subsets = planSubsets(facts, mirror, pinsNeeded);
  const primary = subsets.subsets.find(({ role }) => role === 'primary')?.name ?? null;
  const subset = subsets.subsets.find(({ role }) => role === 'mirror')?.name ?? null;
  return {
    mirrorService: null,
    subsets,
    primary,
    pins: primary === null ? [] : planPins(unpinned(facts.paths), primary),
    destination: { host: facts.host, subset },
  };
}

function dedicated(facts: PlanFacts, labels: Labels): Stand {
  const mirrorService = mirrorServiceFor(facts, labels);
  const destination = { host: mirrorHostOf(mirrorService), subset: null };
  return { mirrorService, subsets: null, primary: null, pins: [], destination };
}

function needsPins({ existing }: PlanFacts, { placement }: PlacementChoice): boolean {
  return placement === 'subset' && existing === null;
}

function planRoutes(facts: PlanFacts, own: VirtualService | null, destination: Stand['destination']): RoutePlan {
  const { input, service, host, ports, routing, snapshot } = facts;
  const task = { namespace: input.namespace, name: input.name };
  const others = snapshot.tasks.filter(({ namespace, name }) => namespace !== task.namespace || name !== task.name);
  const { selection, routes: choices } = input;
  const wish = { task, service, host, ports, destination, others, ...(selection && { selection }) };
  const theirs = { ...wish, ...(choices && { chosen: { choices, tasks: snapshot.tasks } }) };
  const plans = [
    ...routing.mesh.map((object) => planEntries(object, theirs)),
    // Only what stands can be chosen from.
    ...(own ? [planEntries(own, wish)] : []),
    ...routing.gateway.map((object) => planEntries(object, theirs)),
  ];
  return { entries: plans.flatMap(({ entries }) => entries), skipped: plans.flatMap(({ skipped }) => skipped) };
}

function deploymentFor(
  { input }: PlanFacts,
  source: Deployment,
  name: string,
  labels: Labels,
  { placement }: PlacementChoice,
): Deployment | null {
  if (!isVersionTarget(input.target) || 'existing' in input.target) return null;
  const { version, replicas, containers } = input.target;
  const change = { name, namespace: input.namespace, task: input.name, version, replicas, containers };
  const app = mirrorAppLabel(input.service, input.name);
  const selector: Labels =
    placement === 'dedicated' ? { app, version } : { ...source.spec.selector.matchLabels, version };
  return newDeployment(source, change, labels, pick(selector, labels));
}

/** The selector as the pods really have it: labels that tracking tools own are gone from both. */
function pick(selector: Labels, labels: Labels): Labels {
  const kept = Object.keys(selector).flatMap((key): [string, string][] => {
    const value = labels[key];
    return value === undefined ? [] : [[key, value]];
  });
  return Object.fromEntries(kept);
}
