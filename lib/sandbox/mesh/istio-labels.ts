/** The labels of Istio's standard metrics: istio.md 3.2. */
import { clusterDomain } from './hosts.ts';
import type { PodView } from './pods.ts';

export interface LabelledRequests {
  reporter: 'source' | 'destination';
  source: PodView | undefined;
  destination: PodView | undefined;
  /** The service, undefined where no cluster was found. */
  cluster: { service: { host: string; namespace: string } } | undefined;
  /** The name that was called, used where there is no cluster. */
  called: string;
  protocol: string;
  code: number;
  flags: string;
  mutualTls: boolean;
}

const unknown = 'unknown';

export function istioLabels(requests: LabelledRequests): Record<string, string> {
  const { reporter, source, destination, cluster, called, protocol, mutualTls } = requests;
  const service = cluster?.service.host ?? called;
  const inCluster = service.endsWith(`.${clusterDomain}`);
  const grpc = protocol === 'grpc';
  return {
    reporter,
    ...workloadLabels('source', source, mutualTls),
    ...workloadLabels('destination', destination, mutualTls),
    destination_service: service,
    destination_service_name: inCluster ? (service.split('.')[0] ?? service) : service,
    destination_service_namespace:
      cluster?.service.namespace ?? (inCluster ? (service.split('.')[1] ?? unknown) : unknown),
    request_protocol: protocol,
    // gRPC says what went wrong in its own status, under HTTP's 200.
    response_code: String(grpc && requests.code === 500 ? 200 : requests.code),
    ...(grpc && { grpc_response_status: requests.code < 400 ? '0' : '13' }),
    response_flags: requests.flags,
    connection_security_policy: reporter === 'source' ? unknown : mutualTls ? 'mutual_tls' : 'none',
  };
}

function workloadLabels(
  side: 'source' | 'destination',
  pod: PodView | undefined,
  mutualTls: boolean,
): Record<string, string> {
  return {
    [`${side}_workload`]: pod?.workload ?? unknown,
    [`${side}_workload_namespace`]: pod?.namespace ?? unknown,
    [`${side}_app`]: pod?.app ?? unknown,
    [`${side}_version`]: pod?.version ?? unknown,
    [`${side}_canonical_service`]: pod?.canonicalName ?? unknown,
    [`${side}_canonical_revision`]: pod?.canonicalRevision ?? 'latest',
    [`${side}_principal`]: pod && mutualTls ? `spiffe://${principalOf(pod)}` : unknown,
    [`${side}_cluster`]: pod ? 'Kubernetes' : unknown,
  };
}

/** The pod's identity in its certificate, without the scheme. */
export function principalOf(pod: PodView): string {
  return `cluster.local/ns/${pod.namespace}/sa/${pod.serviceAccount}`;
}
