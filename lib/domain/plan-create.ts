import type { Check } from './check.ts';
import { otherClusters } from './clusters.ts';
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
import { planEntries, skipBeside, type EntryWish, type RoutePlan } from './plan-entries.ts';
import type { Planned } from './planned.ts';
import { carriersOf, collectFacts, versionText, type PlanFacts } from './plan-facts.ts';
import { dedicatedLabels, mirrorHostOf, mirrorServiceFor, newVirtualService } from './plan-objects.ts';
import { livePathsTo, planPins, unpinned } from './plan-pins.ts';
import { checkProtection, checkWrites, planPolicies } from './plan-policies.ts';
import { planSubsets } from './plan-subsets.ts';
import type { PlanningInput, PlanningSnapshot } from './planning-snapshot.ts';
import { selectsAll } from './request-match.ts';
import { routeOptions, type RouteOption } from './route-options.ts';
import type { Labels } from './selectors.ts';
import { canonicalJson } from './structure.ts';
import type {
  ElsewhereTarget,
  ExternalObjects,
  ExternalTarget,
  Pin,
  SubsetPlan,
  TaskSpec,
  TaskTarget,
} from './task.ts';
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
  const [first] = facts;
  const checks = distinct(
    first ? facts.flatMap((one) => checkInput(input, snapshot, one)) : checkInput(input, snapshot, null),
  );
  if (!first) return { spec: null, checks, routes: [] };
  const planned = plan(facts);
  const [found] = planned;
  if (!found) return { spec: null, checks: [...checks, ...checkEnvironment(first, null)], routes: [] };
  const { spec } = found;
  return {
    spec,
    checks: distinct([
      ...checks,
      ...planned.flatMap((one) => [...checkMesh(one), ...checkRouting(one), ...checkOf(one)]),
      ...checkEnvironment(first, spec),
    ]),
    routes: carriersOf(first).flatMap((object) => routeOptions(object, first.host, found.routes)),
  };
}

/** What holds for the task as a whole is found for each of its targets. */
function distinct(checks: readonly Check[]): Check[] {
  const seen = new Set<string>();
  return checks.filter((check) => {
    const text = canonicalJson(check);
    return !seen.has(text) && Boolean(seen.add(text));
  });
}

function checkOf(planned: Planned): Check[] {
  if (!isVersionTarget(planned.target.input)) return [...checkTarget(planned), ...checkWrites(planned)];
  return [
    ...checkMirror(planned),
    ...checkWrites(planned),
    ...checkProtection(planned),
    ...checkPolicies(planned),
    ...checkQuota(planned),
    ...checkMetricReaders(planned),
  ];
}

/** One target as it is to be, and where its copies go. */
interface PlannedTarget {
  facts: PlanFacts;
  target: TaskTarget;
  choice: PlacementChoice;
  /** Labels of the mirror's pods; none where nothing is placed. */
  labels: Labels;
  /** Null: the subset that is planned for it, on the service's own host. */
  destination: EntryWish['destination'] | null;
}

/** Each target beside the spec of all; empty when some target cannot be planned. */
function plan(facts: readonly PlanFacts[]): Planned[] {
  const [first] = facts;
  if (!first || first.ports.length === 0) return [];
  const found = facts.map(planTarget);
  const planned = found.filter((one) => one !== null);
  const [head, ...others] = planned;
  if (!head || planned.length < found.length) return [];
  const { subsets, primary, pins: ownersPins } = planSubsetsOf(planned);
  const needsPins = planned.some(({ facts: { existing }, target }) => target.placement === 'subset' && !existing);
  const own = planOwn(first, ownersPins.length > 0 || needsPins);
  const pins =
    own && primary !== null
      ? [...ownersPins, ...planPins(unpinned(livePathsTo(first.host, [own])), primary)]
      : ownersPins;
  const mirrors = (subsets?.subsets ?? []).filter(({ role }) => role === 'mirror').map(({ name }) => name);
  const destinations = planned.map(({ destination, target }) => ({
    target: target.id,
    destination: destination ?? { host: first.host, subset: mirrors.shift() ?? null },
  }));
  const routes = planRoutes(first, own, destinations);
  const spec: TaskSpec = {
    ...asAsked(first),
    targets: [head.target, ...others.map(({ target }) => target)],
    virtualService: own,
    entries: routes.entries,
    copiesEveryRequest:
      selectsAll(first.input.selection) &&
      // Callers there follow no route of this cluster.
      otherClusters(first).kind !== 'seen' &&
      copiesEveryRequest(first, routes, isChosenFrom(first) ? null : own),
    pins,
    subsets,
  };
  return planned.map(({ facts: ofTarget, target, choice, labels }) => {
    return { facts: ofTarget, spec, target, choice, routes, labels };
  });
}

/** The task's own VirtualService where there is none: to copy all that comes to the service, or for the pins alone. */
function planOwn(facts: PlanFacts, pins: boolean): VirtualService | null {
  if (facts.routing.coversAll || (isChosenFrom(facts) && !pins)) return null;
  return newVirtualService(facts, pins);
}

/** Routes were chosen. What no route takes today was not among them. */
function isChosenFrom({ input }: PlanFacts): boolean {
  return input.routes !== undefined;
}

interface SharedSubsets {
  subsets: SubsetPlan | null;
  /** Name of the subset that pins name; null when there are none. */
  primary: string | null;
  pins: Pin[];
}

/** What targets in subset placement stand on together. */
function planSubsetsOf(planned: readonly PlannedTarget[]): SharedSubsets {
  const inSubset = planned.filter(({ target }) => target.placement === 'subset');
  const [first] = inSubset;
  if (!first) return { subsets: null, primary: null, pins: [] };
  const { facts } = first;
  const pinsNeeded = inSubset.some(({ facts: { existing } }) => existing === null) && !ownerPins(facts);
  const mirrors = inSubset.map(({ labels, target: { version }, facts: { existing } }) => ({
    labels,
    version,
    existing,
  }));
  const subsets = planSubsets(facts, mirrors, pinsNeeded);
  const primary = subsets.subsets.find(({ role }) => role === 'primary')?.name ?? null;
  return { subsets, primary, pins: primary === null ? [] : planPins(unpinned(facts.paths), primary) };
}

function planTarget(facts: PlanFacts): PlannedTarget | null {
  const { input, wish, id, existing, source } = facts;
  const { target: asked, percentage } = wish;
  if (!source) return null;
  if (!isVersionTarget(asked)) return planElsewhere(facts, asked);
  if ('existing' in asked && !existing) return null;
  const version = 'existing' in asked ? (existing ? versionText(existing) : '') : asked.version;
  const choice = choosePlacement(facts, existing ? templateLabels(existing) : subsetPodLabels(source, version));
  const labels = mirrorLabels(facts, source, version, choice);
  const mirrorService = choice.placement === 'subset' ? null : mirrorServiceFor(facts, labels);
  const workload = existing?.metadata.name ?? deploymentNameFor(input.service, version);
  const deployment = existing ? null : deploymentFor(facts, source, workload, labels, choice);
  const target: TaskTarget = {
    id,
    input: asked,
    percentage,
    placement: choice.placement,
    placementReason: choice.reason,
    workload,
    version,
    created: existing === null,
    deployment,
    mirrorService,
    policies: planPolicies(facts, deployment),
  };
  const destination = mirrorService && { host: mirrorHostOf(mirrorService), subset: null };
  return { facts, target, choice, labels, destination };
}

/**
 * Copies to what is there already, beside the service: nothing is placed, and nothing is made but their entries and what
 * makes a host outside known to the callers' proxies.
 */
function planElsewhere(facts: PlanFacts, asked: ElsewhereTarget): PlannedTarget {
  const external = asked.kind === 'external' ? planExternal(facts, asked) : null;
  const port = external && asked.kind === 'external' ? entryPortOf(asked) : asked.port;
  const reason = { code: 'placement_elsewhere', params: {} };
  const target: TaskTarget = {
    id: facts.id,
    input: asked,
    percentage: facts.wish.percentage,
    placement: null,
    placementReason: reason,
    workload: null,
    version: '',
    created: false,
    ...behindOf(facts, asked),
    deployment: null,
    mirrorService: null,
    external,
  };
  const destination = { host: hostOfTarget(asked) ?? '', subset: null, port };
  return { facts, target, choice: { placement: null, reason, refusals: [] }, labels: {}, destination };
}

function behindOf({ input, snapshot }: PlanFacts, target: ElsewhereTarget): Pick<TaskTarget, 'behind'> {
  if (target.kind !== 'service') return {};
  return { behind: deploymentsBehindTarget(target, snapshot, input.namespace).map(({ metadata }) => metadata.name) };
}

/** Nothing of ours beside an entry of somebody that covers the host, whose rules are his too. */
function planExternal(facts: PlanFacts, target: ExternalTarget): ExternalObjects | null {
  const { input, ownName, snapshot } = facts;
  const { covering, exportTo } = hostFacts(input, target, snapshot);
  if (covering) return null;
  const { namespace, name, service } = input;
  return externalObjects(
    { namespace, name, ownName, istioApiVersion: snapshot.istioApiVersion, service: { name: service } },
    target,
    exportTo,
  );
}

type Asked =
  | 'namespace'
  | 'name'
  | 'description'
  | 'service'
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

type Destinations = readonly { target: string; destination: EntryWish['destination'] }[];

function planRoutes(facts: PlanFacts, own: VirtualService | null, [first, ...more]: Destinations): RoutePlan {
  const { input, service, host, ports, routing, beside, snapshot } = facts;
  const task = { namespace: input.namespace, name: input.name };
  const others = snapshot.tasks.filter(({ namespace, name }) => namespace !== task.namespace || name !== task.name);
  const { selection, routes: choices } = input;
  const destination = first?.destination ?? { host, subset: null };
  const wish = { task, service, host, ports, destination, more, others, ...(selection && { selection }) };
  const theirs = { ...wish, ...(choices && { chosen: { choices, tasks: snapshot.tasks } }) };
  const plans = [
    ...routing.mesh.map((object) => planEntries(object, theirs)),
    ...(own && !isChosenFrom(facts) ? [planEntries(own, wish)] : []),
    ...routing.gateway.map((object) => planEntries(object, theirs)),
  ];
  return {
    entries: plans.flatMap(({ entries }) => entries),
    skipped: [...plans.flatMap(({ skipped }) => skipped), ...skipBeside(beside, wish)],
  };
}

function deploymentFor(
  { input, wish: { target }, ownName }: PlanFacts,
  source: Deployment,
  name: string,
  labels: Labels,
  { placement }: PlacementChoice,
): Deployment | null {
  if (!isVersionTarget(target) || 'existing' in target) return null;
  const { version, replicas, containers } = target;
  const change = { name, namespace: input.namespace, task: input.name, version, replicas, containers };
  const app = mirrorAppLabel(input.service, ownName);
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
