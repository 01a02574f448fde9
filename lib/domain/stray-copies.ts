import { rulesOf } from './destination-rules.ts';
import type {
  Deployment,
  Destination,
  DestinationRule,
  HttpRoute,
  KubeObject,
  Service,
  VirtualService,
} from './kubernetes.ts';
import type { MessageRef } from './message.ts';
import { routingOf, usedDestinations } from './mesh-routing.ts';
import { fqdn, routeKey, serviceHost } from './names.ts';
import { isOurs, makerOf } from './ownership.ts';
import { isDestination, mirrorPoliciesOf } from './route-mirror.ts';
import { subsetSelects, type Labels } from './selectors.ts';
import type { TaskSpec } from './task.ts';
import { workloadOf } from './targets.ts';
import { isClone, routeText } from './virtual-service-edit.ts';
import { serviceSelects, templateLabels } from './workloads.ts';

/** What may still send requests to a mirror whose task copies nothing: everything of the mesh that the user can read. */
export interface StraySurroundings {
  /** The mirror's Deployment; null: it is gone. */
  deployment: Deployment | null;
  /** Services of the mirror's namespace. */
  services: readonly Service[];
  virtualServices: readonly VirtualService[];
  destinationRules: readonly DestinationRule[];
  envoyFilters: readonly KubeObject[];
  /** Every other task that copies requests. */
  tasks: readonly TaskSpec[];
  rootNamespace: string;
  /** 99th percentile, in ms, of the time that a change takes to the proxies; null: not measured. */
  pushP99Ms: number | null;
  /** Who sent the requests, as the mirror's proxies tell: `workload.namespace`; `unknown`: a caller without a proxy. */
  senders: readonly string[];
  /** Kinds of which some objects may not be read. */
  unreadable: readonly string[];
}

/** A caller whom no proxy of the mesh named. */
export const unknownSender = 'unknown';

/** A change that takes longer to the proxies than the shortest settle time is a suspect. */
const slowPushMs = 10_000;

/**
 * Why requests still arrive at the only mirror of a task (see `eachTarget`) that is paused or finished, the likeliest first; each text says
 * what to do. Never empty: where nothing explains it, it says so, and what could not be read.
 */
export function strayCauses(spec: TaskSpec, world: StraySurroundings): MessageRef[] {
  const reaches = reachOf(spec, world);
  const byObjects = [
    ...world.virtualServices.flatMap((object) => causesIn(object, spec, world, reaches)),
    ...openRoute(spec, world),
    ...world.envoyFilters.flatMap((object) => causeInFilter(object, spec, world)),
  ];
  const found = [...byObjects, ...slowPush(world), ...callersWithoutProxy(spec, world)];
  if (found.length > 0) return distinct(found);
  return [unexplained(spec, world)];
}

type Reach = (destination: Destination | undefined, namespace: string) => boolean;

/** Whether a destination leads to the mirror's pods, by whichever Service and subset. */
function reachOf(spec: TaskSpec, { deployment, services, destinationRules, rootNamespace }: StraySurroundings): Reach {
  const labels = deployment && templateLabels(deployment);
  if (!labels) return () => false;
  const hosts = new Set(
    services
      .filter((service) => serviceSelects(service, spec.namespace, labels))
      .map(({ metadata }) => serviceHost(metadata.name, spec.namespace)),
  );
  return (destination, namespace) => {
    const host = destination && fqdn(destination.host, namespace);
    if (host === undefined || !hosts.has(host)) return false;
    if (destination?.subset === undefined) return true;
    const rules = rulesOf(host, spec.namespace, rootNamespace, destinationRules).all;
    return rules
      .flatMap((rule) => rule.spec.subsets ?? [])
      .some((subset) => subset.name === destination.subset && subsetSelects(subset.labels, labels));
  };
}

function causesIn(object: VirtualService, spec: TaskSpec, { tasks }: StraySurroundings, reaches: Reach): MessageRef[] {
  const { name, namespace = '' } = object.metadata;
  return (object.spec.http ?? []).flatMap((route) => {
    const params = {
      namespace,
      name,
      route: routeText(routeKey(route, namespace)),
      workload: workloadOf(spec.targets[0]),
    };
    const copies = mirrorPoliciesOf(route).some(({ destination }) => reaches(destination, namespace));
    const serves = usedDestinations(route).some(({ destination }) => reaches(destination, namespace));
    return [
      ...(serves ? [{ code: 'stray_live_route', params }] : []),
      ...(copies ? [copierOf(route, object, { spec, tasks, reaches }, params)] : []),
    ];
  });
}

/** Who has a route copy to the mirror: another task, one of a console whose records are not seen here, or its owner. */
function copierOf(
  route: HttpRoute,
  object: VirtualService,
  { spec, tasks, reaches }: { spec: TaskSpec; tasks: readonly TaskSpec[]; reaches: Reach },
  params: MessageRef['params'],
): MessageRef {
  const { name, namespace = '' } = object.metadata;
  const copier = tasks.find(({ entries }) =>
    entries.some(
      ({ virtualService, destination }) =>
        virtualService.name === name &&
        virtualService.namespace === namespace &&
        mirrorPoliciesOf(route).some(
          (policy) => reaches(policy.destination, namespace) && isDestination(policy, destination, namespace),
        ),
    ),
  );
  if (copier) return { code: 'stray_other_task', params: { ...params, task: copier.name, place: copier.namespace } };
  const isOfConsole = isClone(route) || (makerOf(object) !== null && !isOurs(object, spec));
  return { code: isOfConsole ? 'stray_other_console' : 'stray_other_mirror', params };
}

/** Where no rule is for a client, Istio sends its requests to every pod of the service: also to the mirror's. */
function openRoute(spec: TaskSpec, { deployment, services, virtualServices }: StraySurroundings): MessageRef[] {
  const labels: Labels | null = deployment && templateLabels(deployment);
  const service = services.find(({ metadata }) => metadata.name === spec.service.name);
  if (!labels || !service || !serviceSelects(service, spec.namespace, labels)) return [];
  const { coversAll } = routingOf(spec.service.host, spec.namespace, virtualServices);
  return coversAll
    ? []
    : [{ code: 'stray_unrouted', params: { service: spec.service.name, workload: workloadOf(spec.targets[0]) } }];
}

/** Envoy's own mirror policy in an EnvoyFilter that names a host of the mirror. */
function causeInFilter(object: KubeObject, spec: TaskSpec, { services, deployment }: StraySurroundings): MessageRef[] {
  if (isOurs(object, spec)) return [];
  const text = JSON.stringify(object);
  if (!/request_?mirror_?polic/i.test(text)) return [];
  const labels = deployment && templateLabels(deployment);
  const hosts = services
    .filter((service) => labels !== null && serviceSelects(service, spec.namespace, labels))
    .map(({ metadata }) => serviceHost(metadata.name, spec.namespace));
  if (!hosts.some((host) => text.includes(host))) return [];
  const { name, namespace = '' } = object.metadata;
  return [{ code: 'stray_envoy_filter', params: { namespace, name, workload: workloadOf(spec.targets[0]) } }];
}

function slowPush({ pushP99Ms }: StraySurroundings): MessageRef[] {
  if (pushP99Ms === null || pushP99Ms <= slowPushMs) return [];
  return [{ code: 'stray_slow_push', params: { seconds: Math.round(pushP99Ms / 1000) } }];
}

function callersWithoutProxy(spec: TaskSpec, { senders }: StraySurroundings): MessageRef[] {
  return senders.includes(unknownSender)
    ? [{ code: 'stray_without_proxy', params: { workload: workloadOf(spec.targets[0]) } }]
    : [];
}

/** No object tells a proxy to: then a proxy has not got the change, unless what tells it cannot be read. */
function unexplained(spec: TaskSpec, { senders, unreadable }: StraySurroundings): MessageRef {
  const workload = workloadOf(spec.targets[0]);
  if (unreadable.length > 0)
    return { code: 'stray_unreadable', params: { workload, kinds: [...new Set(unreadable)].join(', ') } };
  const named = senders.filter((sender) => sender !== unknownSender);
  return named.length > 0
    ? { code: 'stray_stale_proxy', params: { workload, senders: named.join(', ') } }
    : { code: 'stray_no_cause', params: { workload } };
}

function distinct(causes: readonly MessageRef[]): MessageRef[] {
  return [...new Map(causes.map((cause) => [JSON.stringify(cause), cause])).values()];
}
