import type { PlanningSnapshot } from '@/lib/domain/planning-snapshot';
import { isCleanedUp } from '@/lib/domain/record';
import type { Permission } from '@/lib/domain/permissions';
import type { Cluster } from '@/lib/server/cluster/cluster';
import type { Kind } from '@/lib/server/cluster/kinds';
import { listRecords } from '../record-store';
import { readEverywhere, readNamespace, type Readable } from './readable';

/** Istio's root namespace. */
export const rootNamespace = 'istio-system';

/**
 * What planning looks at, from the watch cache: workloads and what selects their pods in the namespace, mesh
 * configuration in every namespace that the user can read. `permissions` are answered by access reviews; what is
 * measured (`requestsFromOutside`) is the caller's to add.
 */
export async function gatherSnapshot(
  cluster: Cluster,
  namespace: string,
  permissions: readonly Permission[] = [],
): Promise<PlanningSnapshot> {
  const here = <K extends Kind>(kind: K) => named(kind, readNamespace(cluster, kind, namespace));
  const everywhere = <K extends Kind>(kind: K) => named(kind, readEverywhere(cluster, kind));
  const hereAndRoot = <K extends Kind>(kind: K) => named(kind, readHereAndRoot(cluster, kind, namespace));
  const [
    services,
    deployments,
    statefulSets,
    daemonSets,
    pods,
    virtualServices,
    destinationRules,
    httpRoutes,
    ingresses,
    sidecars,
    authorizationPolicies,
    peerAuthentications,
    networkPolicies,
    podDisruptionBudgets,
    horizontalPodAutoscalers,
    records,
    allowed,
    istioApiVersion,
  ] = await Promise.all([
    here('Service'),
    here('Deployment'),
    here('StatefulSet'),
    here('DaemonSet'),
    here('Pod'),
    everywhere('VirtualService'),
    everywhere('DestinationRule'),
    everywhere('HTTPRoute'),
    here('Ingress'),
    everywhere('Sidecar'),
    hereAndRoot('AuthorizationPolicy'),
    hereAndRoot('PeerAuthentication'),
    here('NetworkPolicy'),
    here('PodDisruptionBudget'),
    here('HorizontalPodAutoscaler'),
    listRecords(cluster, null),
    cluster.review(permissions),
    cluster.apiVersionOf('VirtualService'),
  ]);
  const lists = {
    services,
    deployments,
    statefulSets,
    daemonSets,
    pods,
    virtualServices,
    destinationRules,
    httpRoutes,
    ingresses,
    sidecars,
    authorizationPolicies,
    peerAuthentications,
    networkPolicies,
    podDisruptionBudgets,
    horizontalPodAutoscalers,
  };
  return {
    services: services.items,
    deployments: deployments.items,
    pods: pods.items,
    virtualServices: virtualServices.items,
    destinationRules: destinationRules.items,
    // The API server holds these to their schemas; planning reads no field that those do not give.
    statefulSets: statefulSets.items as PlanningSnapshot['statefulSets'],
    daemonSets: daemonSets.items as PlanningSnapshot['daemonSets'],
    httpRoutes: httpRoutes.items as PlanningSnapshot['httpRoutes'],
    ingresses: ingresses.items as PlanningSnapshot['ingresses'],
    sidecars: sidecars.items as PlanningSnapshot['sidecars'],
    authorizationPolicies: authorizationPolicies.items as PlanningSnapshot['authorizationPolicies'],
    peerAuthentications: peerAuthentications.items as PlanningSnapshot['peerAuthentications'],
    networkPolicies: networkPolicies.items as PlanningSnapshot['networkPolicies'],
    podDisruptionBudgets: podDisruptionBudgets.items as PlanningSnapshot['podDisruptionBudgets'],
    horizontalPodAutoscalers: horizontalPodAutoscalers.items as PlanningSnapshot['horizontalPodAutoscalers'],
    requestsFromOutside: null,
    tasks: records.flatMap(({ record }) => (isCleanedUp(record) ? [] : record.spec)),
    unreadable: Object.values(lists).flatMap((list) => list.unreadable),
    permissions: permissions.map((permission, index) => ({ ...permission, allowed: allowed[index] === true })),
    istioApiVersion,
    rootNamespace,
  };
}

async function named<K extends Kind>(kind: K, reading: Promise<Readable<K>>) {
  const { items, unreadable } = await reading;
  return { items, unreadable: unreadable.map((namespace) => ({ kind: String(kind), namespace })) };
}

/** A policy in Istio's root namespace applies everywhere; an operator of one namespace often cannot read it. */
async function readHereAndRoot<K extends Kind>(cluster: Cluster, kind: K, namespace: string): Promise<Readable<K>> {
  const names = [...new Set([namespace, rootNamespace])];
  const parts = await Promise.all(names.map((name) => readNamespace(cluster, kind, name)));
  return {
    items: parts.flatMap(({ items }) => items),
    unreadable: parts.flatMap(({ unreadable }) => unreadable),
  };
}
