import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { generate } from 'selfsigned';
import { stringify } from 'yaml';
import { freePort } from '../../../scripts/lib/launch.mjs';
import { startProgram } from './program.ts';

/** A running istiod. */
export interface Istiod {
  /** Where proxies get their configuration from, on loopback, in clear. */
  xdsPort: number;
  monitoringPort: number;
  /** Where it says whether an object of Istio's is valid, and the certificate that it shows there. */
  validation: { url: string; certificate: string };
  stop(): Promise<void>;
}

/** istiod without what needs root, a CA or a network of Pods: no injection, no Gateway API. */
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
  const webhookPort = await freePort();
  const { certificate, files } = await makeCertificate(directory);
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
      `--httpsAddr=127.0.0.1:${webhookPort}`,
      `--tlsCertFile=${files.certificate}`,
      `--tlsKeyFile=${files.key}`,
      `--caCertFile=${files.authority}`,
      `--monitoringAddr=127.0.0.1:${monitoringPort}`,
    ],
    env: environment,
    directory,
    readyUrl: `http://127.0.0.1:${httpPort}/ready`,
    onDeath,
  });
  const validation = { url: `https://127.0.0.1:${webhookPort}/validate`, certificate };
  return { xdsPort, monitoringPort, validation, stop };
}

/** A certificate of its own for what is called on loopback. */
async function makeCertificate(directory: string) {
  const { private: key, cert: certificate } = await generate([{ name: 'commonName', value: 'istiod' }], {
    algorithm: 'sha256',
    extensions: [
      { name: 'basicConstraints', cA: true },
      { name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] },
    ],
  });
  const file = (name: string) => path.join(directory, name);
  // istiod watches each of them, and no file twice.
  const files = { certificate: file('istiod.crt'), key: file('istiod.key'), authority: file('istiod-authority.crt') };
  writeFileSync(files.certificate, certificate);
  writeFileSync(files.authority, certificate);
  writeFileSync(files.key, key, { mode: 0o600 });
  return { certificate, files };
}
