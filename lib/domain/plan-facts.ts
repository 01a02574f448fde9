import { rulesOf, type HostRules } from './destination-rules.ts';
import type { Deployment, Service, Subset, VirtualService } from './kubernetes.ts';
import { routesBeside, routingOf, type HostRouting, type RoutesBeside } from './mesh-routing.ts';
import { serviceHost } from './names.ts';
import { isUnreadable } from './service-problems.ts';
import { livePathsTo, type LivePath } from './plan-pins.ts';
import { wishesOf, type PlanningInput, type PlanningSnapshot, type TargetWish } from './planning-snapshot.ts';
import { subsetSelects, type Labels } from './selectors.ts';
import { mirrorablePorts } from './service-ports.ts';
import { ownName } from './targets.ts';
import { deploymentsBehind, serviceSelects, templateLabels, versionOf } from './workloads.ts';

/** What a plan stands on: the service, its live workloads and everything that routes to it. */
export interface PlanFacts {
  input: PlanningInput;
  /** What is asked for of the target that is planned. */
  wish: TargetWish;
  /** Its id within the task. */
  id: string;
  /** What the task's own objects for it are named after. */
  ownName: string;
  snapshot: PlanningSnapshot;
  service: Service;
  host: string;
  /** Ports whose requests are to be copied, as far as the Service has them as HTTP or gRPC. */
  ports: number[];
  routing: HostRouting;
  /** What leads to the service past these. */
  beside: RoutesBeside;
  rules: HostRules;
  /** Every http destination that leads to the service. */
  paths: LivePath[];
  /** Deployments that answer clients. */
  live: Deployment[];
  /** The live Deployment that a new version is copied from. */
  source: Deployment | null;
  /** The chosen existing workload; null for a new version, or when there is none of that name. */
  existing: Deployment | null;
  /** The existing workloads that the task's targets name, this one's among them. */
  chosen: readonly Deployment[];
}

/** Collects the facts for each target, in their order; empty when there is no such Service. */
export function collectFacts(input: PlanningInput, snapshot: PlanningSnapshot): PlanFacts[] {
  const shared = collectShared(input, snapshot);
  if (!shared) return [];
  const wishes = wishesOf(input);
  const { standing = [] } = input;
  const ids = idsOf(wishes, standing);
  return wishes.map((wish, index) => {
    const id = ids[index] ?? '';
    const hasTaskName = standing[index]?.hasTaskName ?? wishes.length === 1;
    const existing = findExisting(input, wish, snapshot);
    return { ...shared, wish, id, ownName: ownName(input.name, hasTaskName ? null : id), existing };
  });
}

/** The kind of a target is its id, with a number where another one has that. One that stands keeps its own. */
function idsOf(wishes: readonly TargetWish[], standing: readonly { id: string }[]): string[] {
  const ids = standing.map(({ id }) => id);
  for (const { target } of wishes.slice(standing.length)) ids.push(freeId(target.kind, ids));
  return ids;
}

function freeId(kind: string, taken: readonly string[]): string {
  for (let number = 1; ; number++) {
    const id = number === 1 ? kind : `${kind}-${number}`;
    if (!taken.includes(id)) return id;
  }
}

type SharedFacts = Omit<PlanFacts, 'wish' | 'id' | 'ownName' | 'existing'>;

function collectShared(input: PlanningInput, snapshot: PlanningSnapshot): SharedFacts | null {
  const { namespace } = input;
  const service = snapshot.services.find(
    ({ metadata }) => metadata.name === input.service && metadata.namespace === namespace,
  );
  if (!service) return null;
  const host = serviceHost(input.service, namespace);
  const routing = routingOf(host, namespace, snapshot.virtualServices);
  const rules = rulesOf(host, namespace, snapshot.rootNamespace, snapshot.destinationRules);
  const paths = livePathsTo(host, snapshot.virtualServices);
  const existing = wishesOf(input).flatMap((wish) => findExisting(input, wish, snapshot) ?? []);
  const behind = deploymentsBehind(service, snapshot.deployments).filter(
    (deployment) => !existing.includes(deployment),
  );
  const live = liveDeployments(behind, routing, rules.subsets, paths);
  const chosen = input.ports ?? mirrorablePorts(service);
  return {
    input,
    snapshot,
    service,
    host,
    ports: mirrorablePorts(service).filter((port) => chosen.includes(port)),
    routing,
    beside: routesBeside(host, routing, snapshot.virtualServices),
    rules,
    paths,
    live,
    source: live[0] ?? null,
    chosen: existing,
  };
}

/** The VirtualServices whose routes carry requests of the service: first those that tasks copy from. */
export function carriersOf({ routing, beside }: Pick<PlanFacts, 'routing' | 'beside'>): VirtualService[] {
  return [...routing.mesh, ...routing.gateway, ...beside.otherHosts, ...beside.delegates];
}

/** Version of a Deployment's pods; empty when no label tells it. */
export function versionText(deployment: Deployment): string {
  return versionOf(templateLabels(deployment))?.version ?? '';
}

/** True when the Service's selector selects the workload's pods. */
export function isBehind(service: Service, deployment: Deployment): boolean {
  return serviceSelects(service, deployment.metadata.namespace, templateLabels(deployment));
}

/** Can a list be trusted to be whole in the task's namespace? */
export function canRead({ snapshot, input }: Pick<PlanFacts, 'snapshot' | 'input'>, kind: string): boolean {
  return !isUnreadable(kind, input.namespace, snapshot);
}

/** Labels that a path's subset selects; undefined: there is no such subset, requests on it fail. */
export function labelsOfPath({ destination }: LivePath, subsets: readonly Subset[]): Labels | undefined {
  const name = destination.destination.subset;
  if (name === undefined) return {};
  const subset = subsets.find((candidate) => candidate.name === name);
  return subset && (subset.labels ?? {});
}

function findExisting(
  { namespace }: PlanningInput,
  { target }: TargetWish,
  { deployments }: PlanningSnapshot,
): Deployment | null {
  if (!('existing' in target)) return null;
  const found = deployments.find(
    ({ metadata }) => metadata.name === target.existing && metadata.namespace === namespace,
  );
  return found ?? null;
}

/**
 * Those behind the Service that some live route reaches; all where nothing narrows it. Idle ones do not count.
 * Most replicas first: that one a new version is copied from.
 */
export function liveDeployments(
  behind: readonly Deployment[],
  routing: HostRouting,
  subsets: readonly Subset[],
  paths: readonly LivePath[],
): Deployment[] {
  const carriers = new Set([...routing.mesh, ...routing.gateway]);
  const used = paths.filter(({ virtualService, isUsed }) => carriers.has(virtualService) && isUsed);
  const selections = used.map((path) => labelsOfPath(path, subsets)).filter((labels) => labels !== undefined);
  const reached = behind.filter((deployment) =>
    selections.some((labels) => subsetSelects(labels, templateLabels(deployment))),
  );
  const candidates = routing.coversAll && reached.length > 0 ? reached : behind;
  const running = candidates.filter(({ spec }) => spec.replicas !== 0);
  const live = running.length > 0 ? running : candidates;
  return live.toSorted((a, b) => (b.spec.replicas ?? 1) - (a.spec.replicas ?? 1));
}
