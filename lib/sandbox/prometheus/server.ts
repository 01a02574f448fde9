/** Prometheus' HTTP API on a loopback port. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { realClock, type Clock } from '../core/clock.ts';
import { answer, type ApiOptions } from './api.ts';
import { underFault, type PrometheusFault } from './faults.ts';
import type { QueryOptions } from './query.ts';
import type { Tsdb } from './tsdb.ts';

export interface PrometheusOptions {
  /** Where the samples are; a mesh's `tsdb`. */
  tsdb: Tsdb;
  clock?: Clock;
  /** 0 = any free port. */
  port?: number;
  host?: string;
  /** What /status/config says; the scraping itself is the mesh's. */
  scrapeIntervalMs?: number;
  query?: QueryOptions;
}

export interface RunningPrometheus {
  url: string;
  /** True: refuses connections, as a Prometheus that is down; false: back on the same port. */
  setOutage(down: boolean): Promise<void>;
  /** What is wrong with its answers from now on; null: nothing. */
  setFault(fault: PrometheusFault | null): void;
  stop(): Promise<void>;
}

const maxFormBytes = 1_048_576;

/** Starts the HTTP API; it listens on loopback unless told otherwise. */
export async function startPrometheus(options: PrometheusOptions): Promise<RunningPrometheus> {
  const { host = '127.0.0.1' } = options;
  const api: ApiOptions = {
    tsdb: options.tsdb,
    clock: options.clock ?? realClock,
    scrapeIntervalMs: options.scrapeIntervalMs ?? 15_000,
    ...(options.query && { query: options.query }),
  };
  const state: State = { api, fault: null };
  let server: Server | undefined = await listen(state, host, options.port ?? 0);
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${host}:${port}`,
    async setOutage(down) {
      if (down && server) {
        await close(server);
        server = undefined;
      } else if (!down && !server) {
        server = await listen(state, host, port);
      }
    },
    setFault(fault) {
      state.fault = fault;
    },
    async stop() {
      if (server) await close(server);
      server = undefined;
    },
  };
}

interface State {
  api: ApiOptions;
  fault: PrometheusFault | null;
}

function listen(state: State, host: string, port: number): Promise<Server> {
  const server = createServer((request, response) => {
    respond(request, response, state).catch((error: unknown) => {
      send(response, 500, { status: 'error', errorType: 'internal', error: String(error) });
    });
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve(server);
    });
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

async function respond(request: IncomingMessage, response: ServerResponse, { api, fault }: State): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://prometheus');
  if (url.pathname === '/-/healthy' || url.pathname === '/-/ready') {
    const state = url.pathname === '/-/ready' ? 'Ready' : 'Healthy';
    response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8' }).end(`Prometheus Server is ${state}.\n`);
    return;
  }
  if (request.method !== 'GET' && request.method !== 'POST') {
    response.writeHead(405, { allow: 'GET, POST' }).end('Method Not Allowed\n');
    return;
  }
  const params = new URLSearchParams(url.searchParams);
  if (request.method === 'POST') {
    const form = await readForm(request);
    if (form === undefined) {
      send(response, 413, { status: 'error', errorType: 'bad_data', error: 'http: request body too large' });
      return;
    }
    for (const [name, value] of form) params.append(name, value);
  }
  if (fault?.kind === 'delay') await new Promise<void>((resolve) => api.clock.after(fault.delayMs, resolve));
  const right = url.pathname.startsWith('/api/v1/')
    ? answer(url.pathname.slice('/api/v1'.length), params, api)
    : undefined;
  const found = right && fault ? underFault(right, fault) : right;
  if (found === null) response.writeHead(200, { 'content-type': 'text/html' }).end('<html>Sign in</html>');
  else if (found) send(response, found.status, found.body);
  else response.writeHead(404, { 'content-type': 'text/plain; charset=utf-8' }).end('404 page not found\n');
}

async function readForm(request: IncomingMessage): Promise<URLSearchParams | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxFormBytes) return undefined;
    chunks.push(chunk);
  }
  return new URLSearchParams(Buffer.concat(chunks).toString('utf8'));
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
