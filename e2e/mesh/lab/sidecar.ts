// Kubernetes answers with every kind there is: readers narrow by what they expect.
/* oxlint-disable typescript/no-explicit-any */
import type { PodAddresses } from './addresses.ts';

/** Label of a Pod's own WorkloadEntry, Sidecar and proxy: only the lab's plumbing carries it, never a Pod. */
const podLabel = 'lab.mirror-console.io/pod';
const istio = 'networking.istio.io/v1';
/** Where a Pod's Envoy has its admin interface. */
export const adminPort = 15_000;

/** What a proxy of the lab stands for. */
export interface ProxiedPod {
  namespace: string;
  name: string;
  uid: string;
  workload: string;
  serviceAccount: string;
  labels: Record<string, string>;
  addresses: PodAddresses;
}

/** A port of a Service that may lead to the Pod. */
export interface ServicePort {
  name: string;
  port: number;
  targetPort: number;
  protocol: string;
}

/** Where the proxy listens for a container port: ports below 1024 need root. */
export function listenPort(containerPort: number): number {
  return containerPort < 1024 ? containerPort + 10_000 : containerPort;
}

/** The Pod as an endpoint: Services select it by its labels as they would the Pod. */
export function workloadEntry(pod: ProxiedPod, servicePorts: readonly ServicePort[]) {
  const low = servicePorts.filter(({ targetPort }) => targetPort < 1024);
  return {
    apiVersion: istio,
    kind: 'WorkloadEntry',
    metadata: { name: pod.name, namespace: pod.namespace },
    spec: {
      address: pod.addresses.pod,
      labels: pod.labels,
      serviceAccount: pod.serviceAccount,
      ...(low.length > 0 && {
        ports: Object.fromEntries(low.map(({ name, targetPort }) => [name, listenPort(targetPort)])),
      }),
    },
  };
}

interface ProxyPorts {
  containerPorts: readonly number[];
  /** Where the application answers, on loopback, what is sent to a port of the container. */
  appPortOf(containerPort: number): number;
  egressPorts: readonly number[];
  /** Services that the proxy is to know, as a Sidecar names them. */
  egressHosts: string;
}

/** Listeners of a Pod's proxy, on addresses of its own: nothing redirects its connections. */
export function sidecar(pod: ProxiedPod, { containerPorts, appPortOf, egressPorts, egressHosts }: ProxyPorts) {
  return {
    apiVersion: istio,
    kind: 'Sidecar',
    metadata: { name: `lab-${pod.name}`, namespace: pod.namespace },
    spec: {
      workloadSelector: { labels: { [podLabel]: pod.uid } },
      ...(containerPorts.length > 0 && {
        ingress: containerPorts.map((containerPort) => ({
          port: { number: listenPort(containerPort), protocol: 'HTTP', name: `http-${listenPort(containerPort)}` },
          bind: pod.addresses.pod,
          defaultEndpoint: `127.0.0.1:${appPortOf(containerPort)}`,
        })),
      }),
      egress: egressPorts.map((number) => ({
        hosts: [egressHosts],
        port: { number, protocol: 'HTTP', name: `http-${number}` },
        bind: pod.addresses.egress,
      })),
    },
  };
}

/** Ports on loopback of what configures proxies. */
export interface ProxySources {
  /** istiod's. */
  xds: number;
  /** Of what says whom they trust. */
  secrets: number;
}

/**
 * Bootstrap of an upstream Envoy that istiod configures as it does Istio's. `type`: what it is in Istio's words, a
 * `router` being a gateway.
 */
export function envoyBootstrap(pod: ProxiedPod, sources: ProxySources, type: 'sidecar' | 'router' = 'sidecar'): any {
  const address = (host: string, port_value: number) => ({ socket_address: { address: host, port_value } });
  const grpcCluster = (name: string, port: number) => ({
    name,
    type: 'STATIC',
    connect_timeout: '1s',
    load_assignment: {
      cluster_name: name,
      endpoints: [{ lb_endpoints: [{ endpoint: { address: address('127.0.0.1', port) } }] }],
    },
    typed_extension_protocol_options: {
      'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': {
        '@type': 'type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions',
        explicit_http_config: { http2_protocol_options: {} },
      },
    },
  });
  return {
    node: {
      id: `${type}~${pod.addresses.pod}~${pod.name}.${pod.namespace}~${pod.namespace}.svc.cluster.local`,
      cluster: `${pod.workload}.${pod.namespace}`,
      metadata: {
        NAME: pod.name,
        NAMESPACE: pod.namespace,
        INSTANCE_IPS: pod.addresses.pod,
        CLUSTER_ID: 'Kubernetes',
        ISTIO_VERSION: '1.31.0',
        LABELS: pod.labels,
        // istiod takes these beside the labels that the Pod has in the API server.
        STATIC_LABELS: { [podLabel]: pod.uid },
        WORKLOAD_NAME: pod.workload,
        SERVICE_ACCOUNT: pod.serviceAccount,
        INTERCEPTION_MODE: 'NONE',
      },
    },
    admin: { address: address(pod.addresses.pod, adminPort) },
    // The address a connection comes from tells the receiver whose it is, as a Pod's own address does.
    cluster_manager: { upstream_bind_config: { source_address: { address: pod.addresses.pod, port_value: 0 } } },
    dynamic_resources: {
      ads_config: {
        api_type: 'GRPC',
        transport_api_version: 'V3',
        grpc_services: [{ envoy_grpc: { cluster_name: 'xds-grpc' } }],
      },
      cds_config: { ads: {}, resource_api_version: 'V3', initial_fetch_timeout: '0s' },
      lds_config: { ads: {}, resource_api_version: 'V3', initial_fetch_timeout: '0s' },
    },
    stats_config: {
      use_all_default_tags: false,
      stats_tags: [
        // istiod ends a cluster's name in statistics with a semicolon.
        { tag_name: 'cluster_name', regex: String.raw`^cluster\.((.+?);)\.?` },
        { tag_name: 'response_code', regex: String.raw`_rq(_(\d{3}))$` },
      ],
      // As Istio's own bootstrap lets out: clusters of the outside, and routes with a statPrefix.
      stats_matcher: {
        inclusion_list: {
          patterns: [
            { safe_regex: { regex: String.raw`vhost\..*\.route\..*` } },
            { prefix: 'cluster.outbound|' },
            { prefix: 'listener_manager.' },
            { prefix: 'cluster_manager.' },
            { prefix: 'server.' },
          ],
        },
      },
    },
    // The names by which istiod's configuration means them.
    static_resources: { clusters: [grpcCluster('xds-grpc', sources.xds), grpcCluster('sds-grpc', sources.secrets)] },
  };
}
