import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { stringify } from 'yaml';
import { freePort } from '../../../scripts/lib/launch.mjs';
import { startProgram } from './program.ts';

/** A running istiod. */
export interface Istiod {
  /** Where proxies get their configuration from, on loopback, in clear. */
  xdsPort: number;
  monitoringPort: number;
  stop(): Promise<void>;
}

/** istiod without what needs root, certificates or a network of Pods: no CA, no webhooks, no Gateway API. */
const environment = {
  POD_NAMESPACE: 'istio-system',
  POD_NAME: 'istiod-0',
  REVISION: 'default',
  CLUSTER_ID: 'Kubernetes',
  PILOT_CERT_PROVIDER: 'none',
  ENABLE_CA_SERVER: 'false',
  ENABLE_LEADER_ELECTION: 'false',
  VALIDATION_WEBHOOK_CONFIG_NAME: '',
  INJECTION_WEBHOOK_CONFIG_NAME: '',
  PILOT_ENABLE_GATEWAY_API: 'false',
  PILOT_ENABLE_AMBIENT: 'false',
  // Both need filters that the upstream Envoy does not have.
  PILOT_ENABLE_METADATA_EXCHANGE: 'false',
  PILOT_ENABLE_ALPN_FILTER: 'false',
};

/**
 * Istio's default JSON format (pilot/pkg/model/telemetry_logging.go), and two more: the address that a connection really
 * comes from, for that of a copy is hidden behind the x-forwarded-for which Envoy gives it, and no peer metadata tells it
 * here; and how often a request was sent upstream, for Istio's default retries hide a first try that failed.
 */
const accessLogFormat = {
  start_time: '%START_TIME%',
  route_name: '%ROUTE_NAME%',
  method: '%REQ(:METHOD)%',
  path: '%REQ(X-ENVOY-ORIGINAL-PATH?:PATH)%',
  protocol: '%PROTOCOL%',
  response_code: '%RESPONSE_CODE%',
  response_flags: '%RESPONSE_FLAGS%',
  response_code_details: '%RESPONSE_CODE_DETAILS%',
  connection_termination_details: '%CONNECTION_TERMINATION_DETAILS%',
  bytes_received: '%BYTES_RECEIVED%',
  bytes_sent: '%BYTES_SENT%',
  duration: '%DURATION%',
  upstream_service_time: '%RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)%',
  x_forwarded_for: '%REQ(X-FORWARDED-FOR)%',
  user_agent: '%REQ(USER-AGENT)%',
  request_id: '%REQ(X-REQUEST-ID)%',
  authority: '%REQ(:AUTHORITY)%',
  upstream_host: '%UPSTREAM_HOST%',
  upstream_cluster: '%UPSTREAM_CLUSTER_RAW%',
  upstream_request_attempt_count: '%UPSTREAM_REQUEST_ATTEMPT_COUNT%',
  upstream_local_address: '%UPSTREAM_LOCAL_ADDRESS%',
  downstream_local_address: '%DOWNSTREAM_LOCAL_ADDRESS%',
  downstream_remote_address: '%DOWNSTREAM_REMOTE_ADDRESS%',
  downstream_direct_remote_address: '%DOWNSTREAM_DIRECT_REMOTE_ADDRESS%',
  requested_server_name: '%REQUESTED_SERVER_NAME%',
  upstream_transport_failure_reason: '%UPSTREAM_TRANSPORT_FAILURE_REASON%',
};

interface Options {
  binary: string;
  kubeconfig: string;
  directory: string;
  /** Hears when it ends without being asked to. */
  onDeath: (name: string) => void;
}

/** Starts istiod on the cluster; every proxy logs its requests in Istio's JSON format. */
export async function startIstiod({ binary, kubeconfig, directory, onDeath }: Options): Promise<Istiod> {
  const meshConfig = path.join(directory, 'mesh.yaml');
  writeFileSync(
    meshConfig,
    stringify({
      accessLogFile: '/dev/stdout',
      accessLogEncoding: 'JSON',
      accessLogFormat: JSON.stringify(accessLogFormat),
      enableAutoMtls: false,
      enableTracing: false,
      enablePrometheusMerge: false,
      defaultProviders: {},
      trustDomain: 'cluster.local',
    }),
  );
  const [xdsPort, httpPort, monitoringPort] = [await freePort(), await freePort(), await freePort()];
  const { stop } = await startProgram({
    name: 'istiod',
    binary,
    args: [
      'discovery',
      `--kubeconfig=${kubeconfig}`,
      `--meshConfig=${meshConfig}`,
      `--grpcAddr=127.0.0.1:${xdsPort}`,
      '--secureGRPCAddr=',
      `--httpAddr=127.0.0.1:${httpPort}`,
      '--httpsAddr=',
      `--monitoringAddr=127.0.0.1:${monitoringPort}`,
    ],
    env: environment,
    directory,
    readyUrl: `http://127.0.0.1:${httpPort}/ready`,
    onDeath,
  });
  return { xdsPort, monitoringPort, stop };
}
