/** Which cluster a destination means for one client: istio.md 1.4 and 1.5. */
import { mostSpecific, resolveShortName, rootNamespace, visibility } from './hosts.ts';
import { selects, type Destination } from './objects.ts';
import type { RoutingClient } from './http-match.ts';
import type { ClustersSnapshot, DestinationRule, EndpointsSnapshot, RegistryService } from './snapshots.ts';
import type { PodView } from './pods.ts';

/** An Envoy cluster: `outbound|PORT|SUBSET|HOST`. */
export interface Cluster {
  name: string;
  service: RegistryService;
  port: number;
  protocol: 'http' | 'grpc' | 'tcp';
  /** Labels of the subset, none without one. */
  subsetLabels: Record<string, string>;
  /** The rule turns mutual TLS off. */
  plaintext: boolean;
}

/** The service that a client sees under a host: its own namespace's first, then the oldest visible. */
export function visibleService(
  clusters: ClustersSnapshot,
  host: string,
  client: RoutingClient,
): RegistryService | undefined {
  const visible = (clusters.byHost.get(host) ?? []).filter((service) =>
    visibility(service.exportTo, service.namespace, client.namespace),
  );
  return visible.find(({ namespace }) => namespace === client.namespace) ?? visible[0];
}

/**
 * The cluster of a route's or mirror's destination; undefined = the proxy has none of that name.
 * Without a port number it is the port that the client called (sidecar), or the only port (gateway).
 */
export function destinationCluster(
  destination: Destination,
  listenerPort: number,
  ruleNamespace: string,
  client: RoutingClient,
  clusters: ClustersSnapshot,
): Cluster | undefined {
  const host = resolveShortName(destination.host, ruleNamespace);
  const service = visibleService(clusters, host, client);
  if (!service) return undefined;
  const onlyPort = client.gateways && service.ports.length === 1 ? service.ports[0]?.number : undefined;
  const port = destination.port?.number ?? onlyPort ?? listenerPort;
  return clusterOf(service, port, destination.subset, client, clusters);
}

/** The cluster of a service's port and subset; undefined when it does not exist for this client. */
export function clusterOf(
  service: RegistryService,
  port: number,
  subset: string | undefined,
  client: RoutingClient,
  clusters: ClustersSnapshot,
): Cluster | undefined {
  const servicePort = service.ports.find(({ number }) => number === port);
  if (!servicePort) return undefined;
  const rules = effectiveRules(service, client, clusters);
  const subsets = rules.flatMap(({ spec }) => spec.subsets ?? []);
  const chosen = subset ? subsets.find(({ name }) => name === subset) : undefined;
  if (subset && !chosen) return undefined;
  const policy = chosen?.trafficPolicy?.tls ?? rules.find(({ spec }) => spec.trafficPolicy)?.spec.trafficPolicy?.tls;
  return {
    name: `outbound|${port}|${subset ?? ''}|${service.host}`,
    service,
    port,
    protocol: servicePort.protocol,
    subsetLabels: chosen?.labels ?? {},
    plaintext: policy?.mode === 'DISABLE',
  };
}

/**
 * The DestinationRules that hold for a service: the client's namespace, then the service's, then the
 * root namespace; the first namespace that has any wins, and there the rules of the same host are merged.
 */
export function effectiveRules(
  service: RegistryService,
  client: RoutingClient,
  clusters: ClustersSnapshot,
): DestinationRule[] {
  for (const namespace of new Set([client.namespace, service.namespace, rootNamespace])) {
    const candidates = clusters.destinationRules.filter(
      (rule) =>
        rule.namespace === namespace &&
        visibility(rule.spec.exportTo, rule.namespace, client.namespace) &&
        selects(rule.spec.workloadSelector?.matchLabels ?? {}, client.labels) &&
        (!rule.spec.workloadSelector || namespace === client.namespace),
    );
    const best = mostSpecific(candidates, service.host, ({ host }) => [host]);
    if (best) return candidates.filter(({ host }) => host === best.host);
  }
  return [];
}

/** The ready pods of a cluster; all that the Service selects when it has no subset. Undefined = outside the mesh. */
export function endpointsOf(cluster: Cluster, endpoints: EndpointsSnapshot): PodView[] | undefined {
  const { selector, namespace } = cluster.service;
  if (!selector) return undefined;
  return endpoints.readyPods.filter(
    (pod) => pod.namespace === namespace && selects(selector, pod.labels) && selects(cluster.subsetLabels, pod.labels),
  );
}
