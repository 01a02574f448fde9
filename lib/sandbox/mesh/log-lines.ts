/** How containers word their log lines. */
import type { Cluster } from './clusters.ts';
import type { RequestSpec } from './objects.ts';
import { proxyContainer, type PodView } from './pods.ts';

/** One request as a log tells it. */
export interface LoggedRequest {
  id: string;
  timeMs: number;
  durationMs: number;
  code: number;
  flags: string;
  request: RequestSpec;
  requestBytes: number;
  responseBytes: number;
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const sidecarAddress = '127.0.0.6';

/** A request in the application's own log. */
export function applicationLine(pod: PodView, caller: PodView, logged: LoggedRequest): string {
  const { method, path, headers } = logged.request;
  if (!isGunicorn(pod)) {
    return `${new Date(logged.timeMs).toISOString()} INFO ${method} ${path} ${logged.code} ${logged.durationMs.toFixed(1)}ms`;
  }
  const address = pod.hasSidecar ? sidecarAddress : caller.ip;
  const agent = headers['user-agent'] ?? 'curl/8.5.0';
  return `${address} - - [${commonLogTime(logged.timeMs)}] "${method} ${path} HTTP/1.1" ${logged.code} ${logged.responseBytes} "-" "${agent}"`;
}

/** A request in Envoy's JSON access log, with the fields of Istio's default format. */
export function proxyLine(
  side: {
    client: PodView;
    target: PodView | undefined;
    cluster: Cluster | undefined;
    direction: 'inbound' | 'outbound';
  },
  logged: LoggedRequest,
): string {
  const { request } = logged;
  const { client, target, cluster, direction } = side;
  const authority = request.port === 80 ? request.host : `${request.host}:${request.port}`;
  const upstream = target ? `${direction === 'inbound' ? '127.0.0.1' : target.ip}:${request.port}` : '-';
  return JSON.stringify({
    start_time: new Date(logged.timeMs).toISOString(),
    method: request.method,
    path: request.path,
    protocol: 'HTTP/1.1',
    response_code: logged.code,
    response_flags: logged.flags,
    response_code_details: detailsOf(logged.flags),
    bytes_received: logged.requestBytes,
    bytes_sent: logged.responseBytes,
    duration: Math.round(logged.durationMs),
    upstream_service_time: target ? String(Math.round(logged.durationMs)) : '-',
    x_forwarded_for: '-',
    user_agent: request.headers['user-agent'] ?? 'curl/8.5.0',
    request_id: logged.id,
    'x-request-id': logged.id,
    authority: request.headers['host'] ?? authority,
    upstream_host: upstream,
    upstream_cluster: direction === 'inbound' ? `inbound|${request.port}||` : (cluster?.name ?? '-'),
    downstream_remote_address: client.ip,
    route_name: direction === 'inbound' ? 'default' : '-',
  });
}

/** What the containers say when they start. */
export function startupLines(pod: PodView): { container: string; timeMs: number; text: string }[] {
  const lines: { container: string; timeMs: number; text: string }[] = [];
  const add = (container: string, afterMs: number, text: (time: Date) => string): void => {
    const timeMs = pod.startedMs + afterMs;
    lines.push({ container, timeMs, text: text(new Date(timeMs)) });
  };
  const app = pod.appContainer;
  if (app && isGunicorn(pod)) {
    const stamp = (time: Date): string => `[${time.toISOString().slice(0, 19).replace('T', ' ')} +0000]`;
    add(app.name, 900, (time) => `${stamp(time)} [1] [INFO] Starting gunicorn 19.9.0`);
    add(app.name, 905, (time) => `${stamp(time)} [1] [INFO] Listening at: http://0.0.0.0:80 (1)`);
    add(app.name, 906, (time) => `${stamp(time)} [1] [INFO] Using worker: sync`);
    add(app.name, 940, (time) => `${stamp(time)} [9] [INFO] Booting worker with pid: 9`);
  } else if (app && !app.command.includes('sleep')) {
    add(app.name, 1500, (time) => `${time.toISOString()} INFO Starting ${app.image}`);
    add(app.name, 3200, (time) => `${time.toISOString()} INFO Ready to serve requests`);
  }
  if (pod.hasSidecar) {
    add(proxyContainer, 300, (time) => `${time.toISOString()}\tinfo\tFLAG: --concurrency="0"`);
    add(
      proxyContainer,
      1200,
      (time) =>
        `${time.toISOString()}\tinfo\txdsproxy\tconnected to upstream XDS server: istiod.istio-system.svc:15012`,
    );
    add(proxyContainer, 1800, (time) => `${time.toISOString()}\tinfo\tEnvoy proxy is ready`);
  }
  return lines;
}

function isGunicorn(pod: PodView): boolean {
  return /gunicorn|httpbin/.test(`${pod.appContainer?.command} ${pod.appContainer?.image}`);
}

function commonLogTime(timeMs: number): string {
  const time = new Date(timeMs);
  const two = (value: number): string => String(value).padStart(2, '0');
  const date = `${two(time.getUTCDate())}/${months[time.getUTCMonth()]}/${time.getUTCFullYear()}`;
  return `${date}:${two(time.getUTCHours())}:${two(time.getUTCMinutes())}:${two(time.getUTCSeconds())} +0000`;
}

function detailsOf(flags: string): string {
  const known: Record<string, string> = {
    '-': 'via_upstream',
    NC: 'cluster_not_found',
    UH: 'no_healthy_upstream',
    NR: 'route_not_found',
    UF: 'upstream_reset_before_response_started{connection_failure}',
    FI: 'fault_filter_abort',
  };
  return known[flags] ?? 'via_upstream';
}
