import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { readFile } from 'node:fs/promises';
import { proxyContainer } from '../../../lib/sandbox/mesh/pods.ts';
import type { OutsideHost } from './outside-host.ts';
import type { RunningPod } from './running-pod.ts';
import type { LabRuntime } from './pod-runtime.ts';
import { adminPort } from './sidecar.ts';

/** A Pod as `GET /pods` tells it. */
export interface LabPod {
  namespace: string;
  name: string;
  workload: string;
  hasSidecar: boolean;
  isReady: boolean;
  /** Address of the Pod, where its sidecar listens. */
  address: string;
  /** Address on which its sidecar takes what the Pod's application sends. */
  egress: string;
  /** Where the application itself answers, past every proxy: `/-/counts`; empty while it does not. */
  app: string;
}

/** What the lab says of itself, over HTTP on loopback. */
export interface Exporter {
  url: string;
  /** Prometheus' scrape_configs for the Pods and what they use of the machine. */
  scrapeConfigs(scrapeIntervalSeconds: number): object[];
  stop(): Promise<void>;
}

const ticksPerSecond = 100;
const loadMax = 100;

/**
 * Serves `/targets` and `/cadvisor` and each Pod's metrics to Prometheus, `/pods`, `/outbound/NAMESPACE/POD` and
 * `/outside` (what the host outside is, and what came there) to tests, and takes `PUT /load`: the factor of what all
 * applications send.
 */
export async function startExporter(runtime: LabRuntime, outside: OutsideHost): Promise<Exporter> {
  const server = createServer((request, response) => {
    answer(runtime, outside, request, response).catch((error: unknown) => {
      response.writeHead(500).end(String(error));
    });
  });
  // A client that takes an idle connection at the moment it is closed would get an error instead of an answer.
  server.keepAliveTimeout = 600_000;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('the exporter has no port');
  const target = `127.0.0.1:${address.port}`;
  const url = `http://${target}`;
  return {
    url,
    scrapeConfigs: (seconds) => [
      { job_name: 'pods', http_sd_configs: [{ url: `${url}/targets`, refresh_interval: `${seconds}s` }] },
      {
        job_name: 'cadvisor',
        metrics_path: '/cadvisor',
        honor_labels: true,
        static_configs: [{ targets: [target] }],
      },
    ],
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(
  runtime: LabRuntime,
  outside: OutsideHost,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const host = request.headers.host ?? '';
  const path = request.url ?? '/';
  const [, kind, namespace = '', name = ''] = path.split('/');
  if (kind === 'targets')
    sendJson(
      response,
      runtime.pods.filter(({ isReady }) => isReady).map((pod) => toTarget(pod, host)),
    );
  else if (kind === 'cadvisor') sendMetrics(response, await containerMetrics(runtime.pods));
  else if (kind === 'outbound') sendOutbound(response, runtime.find(namespace, name));
  else if (kind === 'outside') sendJson(response, outside);
  else if (kind === 'load') await setLoad(runtime, request, response);
  else if (kind === 'pods' && namespace === '') sendJson(response, runtime.pods.map(toLabPod));
  else if (kind === 'pods') {
    const pod = runtime.find(namespace, name);
    if (pod) sendMetrics(response, pod.metrics.text() + (await envoyMetrics(pod)));
    else response.writeHead(404).end();
  } else response.writeHead(404).end();
}

function sendJson(response: ServerResponse, body: unknown): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

function sendMetrics(response: ServerResponse, text: string): void {
  response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' }).end(text);
}

function sendOutbound(response: ServerResponse, pod: RunningPod | undefined): void {
  if (pod) sendJson(response, pod.outbound);
  else response.writeHead(404).end();
}

function toTarget({ view }: RunningPod, host: string) {
  const { namespace, name } = view;
  const labels = {
    namespace,
    pod: name,
    instance: `${namespace}/${name}`,
    __metrics_path__: `/pods/${namespace}/${name}`,
  };
  return { targets: [host], labels };
}

function toLabPod(pod: RunningPod): LabPod {
  const { namespace, name, workload, hasSidecar } = pod.view;
  const { addresses, isReady } = pod;
  const { pod: address, egress } = addresses;
  return { namespace, name, workload, hasSidecar, isReady, address, egress, app: pod.appUrl };
}

async function setLoad(runtime: LabRuntime, request: IncomingMessage, response: ServerResponse): Promise<void> {
  let text = '';
  for await (const chunk of request) text += chunk;
  const load = Number(text);
  // No text at all would be 0.
  if (text.trim() === '' || !(load >= 0 && load <= loadMax)) {
    response.writeHead(400).end(`Load "${text}" cannot be set: a factor from 0 to ${loadMax} is needed.`);
    return;
  }
  await runtime.setLoad(load);
  sendJson(response, { load });
}

/** The proxy's own statistics; none of a Pod whose proxy does not run. */
async function envoyMetrics(pod: RunningPod): Promise<string> {
  if (!pod.processes.some(({ container }) => container === proxyContainer)) return '';
  const response = await fetch(`http://${pod.addresses.pod}:${adminPort}/stats/prometheus?usedonly`);
  return response.text();
}

/** What cAdvisor would export, from /proc. */
async function containerMetrics(pods: readonly RunningPod[]): Promise<string> {
  const cpu = ['# TYPE container_cpu_usage_seconds_total counter'];
  const memory = ['# TYPE container_memory_working_set_bytes gauge'];
  for (const { view, processes } of pods) {
    for (const { container, child } of processes) {
      const labels = `namespace="${view.namespace}",pod="${view.name}",container="${container}"`;
      const use = await readUse(await programOf(child.pid ?? 0)).catch(() => null);
      if (!use) continue;
      cpu.push(`container_cpu_usage_seconds_total{${labels}} ${use.cpuSeconds}`);
      memory.push(`container_memory_working_set_bytes{${labels}} ${use.bytes}`);
    }
  }
  return `${[...cpu, ...memory].join('\n')}\n`;
}

/** The program itself, where a process of ours only binds it. */
async function programOf(pid: number): Promise<number> {
  const children = (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '')).trim();
  return children === '' ? pid : Number(children.split(' ')[0]);
}

async function readUse(pid: number): Promise<{ cpuSeconds: number; bytes: number }> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  // The name of the program, in parentheses, may hold spaces.
  const fields = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number);
  const [userTicks = 0, systemTicks = 0, residentPages = 0] = [fields[11], fields[12], fields[21]];
  return { cpuSeconds: (userTicks + systemTicks) / ticksPerSecond, bytes: residentPages * 4096 };
}
