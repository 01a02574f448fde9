import type { PlanningSnapshot } from '@/lib/domain/planning-snapshot';
import { isCleanedUp } from '@/lib/domain/record';
import type { TargetInput } from '@/lib/domain/task';
import type { Permission } from '@/lib/domain/permissions';
import type { Cluster } from '@/lib/server/cluster/cluster';
import type { Kind } from '@/lib/server/cluster/kinds';
import { readIstioVersion } from '@/lib/server/inventory/istio-version';
import { listRecords } from '../record-store';
import { readEverywhere, readNamespace, type Readable } from './readable';

/** Istio's root namespace. */
export const rootNamespace = 'istio-system';

/**
 * What planning looks at, from the watch cache: workloads and what selects their pods in the namespace, mesh
 * configuration in every namespace that the user can read, and what surrounds `targets` elsewhere. `permissions` are answered by access reviews; what is
 * measured (`requestsFromOutside`, `callerClusters`, `external.measured`) is the caller's to add.
 */
export async function gatherSnapshot(
  cluster: Cluster,
  namespace: string,
  permissions: readonly Permission[] = [],
  targets: readonly TargetInput[] = [],
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
    resourceQuotas,
    prometheusRules,
    namespaces,
    records,
    allowed,
    istioApiVersion,
    istioVersion,
    securityApiVersion,
    notServed,
    elsewhere,
    entries,
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
    here('ResourceQuota'),
    // Rules stand where the monitoring is, not beside the services that they watch.
    everywhere('PrometheusRule'),
    readNamespaces(cluster),
    listRecords(cluster, null),
    cluster.review(permissions),
    cluster.apiVersionOf('VirtualService'),
    readIstioVersion(cluster),
    cluster.apiVersionOf('AuthorizationPolicy'),
    kindsNotServed(cluster),
    readTargets(cluster, namespace, targets),
    targets.some(({ kind }) => kind === 'external') ? everywhere('ServiceEntry') : null,
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
    resourceQuotas,
    prometheusRules,
    namespaces,
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
    resourceQuotas: resourceQuotas.items as PlanningSnapshot['resourceQuotas'],
    prometheusRules: prometheusRules.items as PlanningSnapshot['prometheusRules'],
    namespaces: namespaces.items,
    requestsFromOutside: null,
    callerClusters: null,
    tasks: records.flatMap(({ record }) => (isCleanedUp(record) ? [] : record.spec)),
    ...(elsewhere && { targetNamespaces: elsewhere.read }),
    unreadable: [
      ...Object.values(lists).flatMap((list) => list.unreadable),
      ...(elsewhere?.unreadable ?? []),
      ...(entries?.unreadable ?? []),
    ],
    ...(entries && { external: { serviceEntries: entries.items, measured: {} } }),
    permissions: permissions.map((permission, index) => ({ ...permission, allowed: allowed[index] === true })),
    notServed,
    istioApiVersion,
    istioVersion,
    securityApiVersion,
    rootNamespace,
  };
}

/** Namespaces by name and labels; whoever may not list them gets his own, and others there may be are unreadable. */
async function readNamespaces(cluster: Cluster) {
  const [all, items] = await Promise.all([
    cluster.review([{ verb: 'list', group: '', resource: 'namespaces', namespace: '' }]),
    cluster.namespaces(),
  ]);
  return { items, unreadable: all[0] === true ? [] : [{ kind: 'Namespace', namespace: '*' }] };
}

/** Kinds whose absence a check tells from an empty list. */
async function kindsNotServed(cluster: Cluster): Promise<Kind[]> {
  const asked: Kind[] = ['VirtualService', 'DestinationRule', 'PrometheusRule'];
  const served = await Promise.all(asked.map((kind) => cluster.serves(kind)));
  return asked.filter((_, index) => served[index] !== true);
}

/** What planning looks at of target Services in other namespaces; null where there is none. */
async function readTargets(cluster: Cluster, own: string, targets: readonly TargetInput[]) {
  const namespaces = new Set(targets.flatMap((target) => (target.kind === 'service' ? target.namespace : [])));
  namespaces.delete(own);
  if (namespaces.size === 0) return null;
  const there = async <K extends Kind>(kind: K) => {
    const read = await Promise.all([...namespaces].map((name) => named(kind, readNamespace(cluster, kind, name))));
    return { items: read.flatMap(({ items }) => items), unreadable: read.flatMap(({ unreadable }) => unreadable) };
  };
  const [services, deployments, pods, policies] = await Promise.all([
    there('Service'),
    there('Deployment'),
    there('Pod'),
    there('AuthorizationPolicy'),
  ]);
  return {
    read: {
      services: services.items,
      deployments: deployments.items,
      pods: pods.items,
      authorizationPolicies: policies.items as PlanningSnapshot['authorizationPolicies'],
    },
    unreadable: [services, deployments, pods, policies].flatMap(({ unreadable }) => unreadable),
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
