import type { HostRules } from './destination-rules.ts';
import type { HttpMatch, HttpRoute, Service, VirtualService } from './kubernetes.ts';
import type { HostRouting } from './mesh-routing.ts';
import type { LivePath } from './plan-pins.ts';
import { subsetSelects, type Labels } from './selectors.ts';
import { mirrorablePorts } from './service-ports.ts';

/** Where requests to a service can go. */
export interface ServiceRouting {
  service: Service;
  routing: HostRouting;
  rules: HostRules;
  /** Every http destination that leads to the service. */
  paths: readonly LivePath[];
}

/** One way on which live requests reach pods of a service. */
export interface LiveWay {
  /** The route that leads there; null: Istio's own route to every pod, where no rule is for the request. */
  path: LivePath | null;
  /** For Istio's own route: the VirtualService that has none for some client or port; null: there is none at all. */
  leftOpenBy: VirtualService | null;
  /** What the way selects among the pods that the Service selects. */
  labels: Labels;
}

/**
 * Every way on which requests of some client of the mesh reach the service's pods: by each used destination, under
 * every rule that some client may follow, and by Istio's own route where no rule is for a client or port.
 */
export function liveWays({ service, routing, rules, paths }: ServiceRouting): LiveWay[] {
  const routed = paths
    .filter(({ isUsed }) => isUsed)
    .flatMap((path) => selectionsOfPath(path, rules).map((labels) => ({ path, leftOpenBy: null, labels })));
  const open = routing.mesh
    .filter((object) => leavesOpen(object, service))
    .map((leftOpenBy) => ({ path: null, leftOpenBy, labels: {} }));
  const without = routing.coversAll ? [] : [{ path: null, leftOpenBy: null, labels: {} }];
  return [...routed, ...open, ...without];
}

/** Those of the ways that lead to pods with these labels. */
export function waysTo(labels: Labels, ways: readonly LiveWay[]): LiveWay[] {
  return ways.filter((way) => subsetSelects(way.labels, labels));
}

/** Labels that a path's subset selects, by any rule that some client may follow; none: requests on it fail. */
export function selectionsOfPath({ destination }: LivePath, { all }: HostRules): Labels[] {
  const name = destination.destination.subset;
  if (name === undefined) return [{}];
  return all
    .flatMap(({ spec }) => spec.subsets ?? [])
    .filter((subset) => subset.name === name)
    .map((subset) => subset.labels ?? {});
}

/**
 * True when some client or HTTP port gets no route of the VirtualService: istiod then gives that client its default
 * route to the whole service (buildSidecarVirtualHostsForVirtualService without routes), not an error.
 */
export function leavesOpen({ spec }: VirtualService, service: Service): boolean {
  return mirrorablePorts(service).some((port) => !(spec.http ?? []).some((route) => isForEveryone(route, port)));
}

function isForEveryone({ match }: HttpRoute, port: number): boolean {
  return !match?.length || match.some((condition) => isGivenToAll(condition) && (condition.port ?? port) === port);
}

/** Conditions on the client decide whether its proxy gets the route at all. */
function isGivenToAll({ gateways, sourceLabels, sourceNamespace }: HttpMatch): boolean {
  const isForMesh = !gateways?.length || gateways.includes('mesh');
  return isForMesh && !sourceNamespace && Object.keys(sourceLabels ?? {}).length === 0;
}
