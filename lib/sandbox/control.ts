/** The sandbox's switches, over HTTP on a loopback port of their own: outages, faults, time. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { faultKinds, type Fault, type FaultPlan } from './kube/faults.ts';
import { isObject, type JsonObject } from './kube/json.ts';
import type { Store } from './kube/store.ts';
import type { TrafficTotals } from './mesh/counters.ts';
import { prometheusFaultKinds, type PrometheusFault } from './prometheus/faults.ts';

export interface ControlOptions {
  setApiOutage(isDown: boolean): Promise<void>;
  setPrometheusOutage(isDown: boolean): Promise<void>;
  outages(): { api: boolean; prometheus: boolean };
  faults: FaultPlan;
  /** null: it answers as it should. */
  setPrometheusFault(fault: PrometheusFault | null): void;
  store: Store;
  /** What really happened to requests since the start. */
  traffic(): TrafficTotals;
  /** Present when the sandbox runs on a driven clock. */
  advance?: (ms: number) => void;
}

export interface RunningControl {
  url: string;
  stop(): Promise<void>;
}

class BadInput extends Error {}

const bodyLimitBytes = 65_536;

/** Starts the switches. */
export async function startControl(options: ControlOptions): Promise<RunningControl> {
  const server = createServer((request, response) => {
    answer(request, response, options).catch((error: unknown) => {
      const isBad = error instanceof BadInput;
      send(response, isBad ? 400 : 500, { error: error instanceof Error ? error.message : String(error) });
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    async stop() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function send(response: ServerResponse, code: number, body: unknown): void {
  response.writeHead(code, { 'content-type': 'application/json' });
  response.end(`${JSON.stringify(body)}\n`);
}

async function readInput(request: IncomingMessage): Promise<JsonObject> {
  let text = '';
  for await (const chunk of request as AsyncIterable<Buffer>) {
    text += chunk.toString();
    if (text.length > bodyLimitBytes) throw new BadInput('the body is too large');
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new BadInput('the body is not JSON');
  }
  if (!isObject(value)) throw new BadInput('the body is not an object');
  return value;
}

async function answer(request: IncomingMessage, response: ServerResponse, options: ControlOptions): Promise<void> {
  // A web page must not reach the switches: browsers send an Origin with every cross-site POST.
  if (request.headers.origin !== undefined) throw new BadInput('requests from web pages are refused');
  const path = new URL(request.url ?? '/', 'http://control').pathname;
  const route = `${request.method} ${path}`;
  if (route === 'GET /state') send(response, 200, stateOf(options));
  else if (route === 'POST /outage') await switchOutage(await readInput(request), response, options);
  else if (route === 'POST /faults') plantFault(await readInput(request), response, options);
  else if (route === 'POST /prometheus-fault') {
    options.setPrometheusFault(prometheusFault(await readInput(request)));
    send(response, 200, stateOf(options));
  } else if (route === 'DELETE /faults') {
    options.faults.clear();
    options.setPrometheusFault(null);
    send(response, 200, stateOf(options));
  } else if (route === 'POST /compact') {
    options.store.compact();
    send(response, 200, stateOf(options));
  } else if (route === 'POST /clock/advance') advance(await readInput(request), response, options);
  else send(response, 404, { error: `no such switch: ${route}` });
}

function stateOf({ outages, faults, store, traffic }: ControlOptions): object {
  return {
    outage: outages(),
    faults: faults.planted.map((fault) => ({ ...fault, path: fault.path.source })),
    resourceVersion: String(store.revision),
    traffic: traffic(),
  };
}

async function switchOutage(input: JsonObject, response: ServerResponse, options: ControlOptions): Promise<void> {
  for (const [part, isDown] of Object.entries(input)) {
    if (typeof isDown !== 'boolean') throw new BadInput(`${part} must be true or false`);
    if (part === 'api') await options.setApiOutage(isDown);
    else if (part === 'prometheus') await options.setPrometheusOutage(isDown);
    else throw new BadInput(`no such part: ${part}`);
  }
  send(response, 200, stateOf(options));
}

function count(input: JsonObject, field: string, fallback: number): number {
  const value = input[field] ?? fallback;
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0)
    throw new BadInput(`${field} must be a whole number`);
  return value;
}

function plantFault(input: JsonObject, response: ServerResponse, options: ControlOptions): void {
  const { method, path, kind } = input;
  if (method !== undefined && typeof method !== 'string') throw new BadInput('method must be a string');
  if (typeof path !== 'string') throw new BadInput('path must be a regular expression');
  const known = faultKinds.find((candidate) => candidate === kind);
  if (!known) throw new BadInput(`kind must be one of ${faultKinds.join(', ')}`);
  let pattern: RegExp;
  try {
    pattern = new RegExp(path);
  } catch {
    throw new BadInput('path must be a regular expression');
  }
  const fault: Fault = {
    method,
    path: pattern,
    kind: known,
    delayMs: count(input, 'delayMs', 1000),
    skip: count(input, 'skip', 0),
    times: count(input, 'times', 1),
  };
  options.faults.plant(fault);
  send(response, 200, stateOf(options));
}

function prometheusFault(input: JsonObject): PrometheusFault {
  const kind = prometheusFaultKinds.find((candidate) => candidate === input.kind);
  if (!kind) throw new BadInput(`kind must be one of ${prometheusFaultKinds.join(', ')}`);
  return { kind, delayMs: count(input, 'delayMs', 10_000) };
}

function advance(input: JsonObject, response: ServerResponse, options: ControlOptions): void {
  if (!options.advance) throw new BadInput('the sandbox runs on the real clock; start it with --driven-clock');
  options.advance(count(input, 'ms', 0));
  send(response, 200, stateOf(options));
}
