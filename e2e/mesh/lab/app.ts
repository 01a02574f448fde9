// An application of the mesh lab: answers HTTP requests as the sandbox' model of its image says, logs and counts them,
// and sends requests of its own through its sidecar. Prints `listening on {"CONTAINER PORT": PORT, …}` when it answers.
import { Agent, createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Random } from '../../../lib/sandbox/core/random.ts';
import type { KubeObject } from '../../../lib/sandbox/core/objects.ts';
import { behaviourOf } from '../../../lib/sandbox/mesh/behaviour.ts';
import type { RequestSpec } from '../../../lib/sandbox/mesh/objects.ts';
import { annotationPrefix, podView } from '../../../lib/sandbox/mesh/pods.ts';
import { imageBehaviour } from '../../../lib/sandbox/seed/images.ts';
import { settingOf } from './pod-settings.ts';

/** The one argument, as JSON. */
export interface AppSettings {
  pod: KubeObject;
  /** Where to listen for each port of the container; port 0 is any free one. */
  listen: { host: string; ports: readonly ListenPort[] };
  /** Address on which the sidecar takes what this application sends. */
  egress: string;
  /** Factor of every rate of the Pod's requests, until another is set. */
  load: number;
}

/** `container`: as the Pod declares it. */
export interface ListenPort {
  container: number;
  port: number;
}

/** What came in, as `GET /-/counts` tells it; `DELETE` does too, and begins anew. */
export interface AppCounts {
  /** By method and path, when they arrived. */
  requests: Record<string, number>;
  /** By status code, when they were answered. */
  codes: Record<string, number>;
  /** How many answers took so many whole milliseconds. */
  durationsMs: Record<string, number>;
  /** By what `X-Mirror-Request` said; `-` for requests without it. */
  markers: Record<string, number>;
  /** By the port that was called and the container's port on which the request came, such as `9080 on 9080`. */
  ports: Record<string, number>;
}

const settings: AppSettings = JSON.parse(process.argv[2] ?? '');
const { pod, listen, egress } = settings;
const view = podView(pod);
const behaviour = behaviourOf({ ...view, annotations: { ...view.annotations, ...behaviourByEnv() } }, imageBehaviour);
const random = new Random(Math.trunc(Math.random() * 2 ** 31));
const agent = new Agent({ keepAlive: true });
const stepMs = 50;
/** Requests of one kind that wait for their answers: more of them would pile up where answers do not come. */
const openMax = 32;

let counts = noCounts();
let { load } = settings;

if (settingOf(pod, 'crash') === 'true') {
  console.error(`${new Date().toISOString()} ERROR cannot reach the database: giving up`);
  process.exit(1);
}

const listening = await Promise.all(listen.ports.map(startToListen));
console.log(`listening on ${JSON.stringify(Object.fromEntries(listening))}`);
for (const wanted of view.requests) repeat(wanted);

/** Resolves with the container's port and the one that stands for it. */
function startToListen({ container, port }: ListenPort): Promise<[container: number, port: number]> {
  const server = createServer((request, response) => {
    void (request.url?.startsWith('/-/') ? answerControl(request, response) : answer(request, response, container));
  });
  server.keepAliveTimeout = 600_000;
  return new Promise((resolve) => {
    server.listen(port, listen.host, () => resolve([container, (server.address() as AddressInfo).port]));
  });
}

async function answer(request: IncomingMessage, response: ServerResponse, container: number): Promise<void> {
  const started = performance.now();
  const { method, url = '/', headers } = request;
  count(counts.requests, `${method} ${url.split('?')[0]}`);
  count(counts.markers, [headers['x-mirror-request'] ?? '-'].flat().join());
  count(counts.ports, `${/:(\d+)$/.exec(headers.host ?? '')?.[1] ?? '-'} on ${container}`);
  const body = await textOf(request);
  const latencyMs = behaviour.latency.sample(random);
  // A timer cannot wait for less.
  if (latencyMs >= 1) await new Promise((resolve) => setTimeout(resolve, latencyMs));
  const code = random.next() < behaviour.errorRate ? 500 : 200;
  response.writeHead(code, {
    'content-type': 'application/json',
    'x-answered-by': view.workload,
    'x-answered-port': container,
  });
  response.end(`${JSON.stringify({ pod: view.name, method, path: url, bodyBytes: body.length, headers }, null, 2)}\n`);
  const durationMs = performance.now() - started;
  count(counts.codes, String(code));
  count(counts.durationsMs, String(Math.floor(durationMs)));
  const id = headers['x-request-id'] ?? '-';
  console.log(`${new Date().toISOString()} INFO ${method} ${url} ${code} ${durationMs.toFixed(1)}ms ${id}`);
}

/** `/-/counts`, and `/-/load` with the factor, which `PUT` sets. */
async function answerControl(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await textOf(request);
  if (request.url === '/-/load') {
    if (request.method === 'PUT') load = Number(body);
    response.end(String(load));
    return;
  }
  const told = JSON.stringify(counts);
  if (request.method === 'DELETE') counts = noCounts();
  response.end(told);
}

/**
 * Sends a request at its rate, whatever comes of it: at every step as many as are due since the last, but for those that
 * would be one too many to be open.
 */
function repeat({ host, port, method, path, perSecond, headers }: RequestSpec): void {
  let due = 0;
  let open = 0;
  setInterval(() => {
    due += (perSecond * load * stepMs) / 1000;
    for (; due >= 1; due--) {
      if (open >= openMax) continue;
      open += 1;
      const options = { host: egress, port, method, path, agent, headers: { host: `${host}:${port}`, ...headers } };
      const sent = httpRequest(options, (response) => response.resume());
      sent.on('error', () => undefined);
      sent.once('close', () => (open -= 1));
      sent.end(['POST', 'PUT', 'PATCH'].includes(method) ? 'x'.repeat(512) : undefined);
    }
  }, stepMs);
}

/** A version that a task makes has the annotations of the live one: its environment alone can make it another. */
function behaviourByEnv(): Record<string, string> {
  const settings = (['latency-ms-p50', 'latency-ms-p99', 'error-rate'] as const).map((name) => [
    `${annotationPrefix}${name}`,
    settingOf(pod, name),
  ]);
  return Object.fromEntries(settings.filter(([, value]) => value !== undefined));
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += chunk;
  return text;
}

function count(counter: Record<string, number>, key: string): void {
  counter[key] = (counter[key] ?? 0) + 1;
}

function noCounts(): AppCounts {
  return { requests: {}, codes: {}, durationsMs: {}, markers: {}, ports: {} };
}
