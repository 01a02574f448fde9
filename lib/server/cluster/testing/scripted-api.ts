import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { KubeObject } from '@/lib/domain/kubernetes';

export interface ScriptedRequest {
  method: string;
  path: string;
  query: URLSearchParams;
  body: unknown;
}

type Answer = (request: ScriptedRequest, response: ServerResponse) => void;

/**
 * An API server whose every answer a test writes: for what a well-behaved one (the sandbox) would not do, such as
 * broken watches and answers that never come.
 */
export class ScriptedApi {
  readonly requests: ScriptedRequest[] = [];
  /** How many connections were opened. */
  connections = 0;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #answer: Answer;
  #port = 0;

  constructor(answer: Answer) {
    this.#answer = answer;
    this.#server = createServer((request, response) => void this.#take(request, response));
    this.#server.on('connection', (socket) => {
      this.connections++;
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
  }

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(this.#port, '127.0.0.1', resolve));
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  /** Refuses connections and cuts the open ones; `start` brings it back on the same port. */
  async stop(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  answerWith(answer: Answer): void {
    this.#answer = answer;
  }

  /** How many requests to a path there were, watches and lists apart. */
  count(path: string, kind: 'list' | 'watch'): number {
    return this.requests.filter((one) => one.path === path && one.query.has('watch') === (kind === 'watch')).length;
  }

  get kubeconfig(): string {
    return JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'scripted',
      clusters: [
        { name: 'scripted', cluster: { server: `http://127.0.0.1:${this.#port}`, 'insecure-skip-tls-verify': true } },
      ],
      users: [{ name: 'someone', user: {} }],
      contexts: [{ name: 'scripted', context: { cluster: 'scripted', user: 'someone' } }],
    });
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://scripted');
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString();
    const seen: ScriptedRequest = {
      method: request.method ?? '',
      path: url.pathname,
      query: url.searchParams,
      body: text === '' ? null : JSON.parse(text),
    };
    this.requests.push(seen);
    if (seen.path === '/apis') sendJson(response, 200, { kind: 'APIGroupList', groups: [] });
    else this.#answer(seen, response);
  }
}

export function sendJson(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'Content-Type': 'application/json' });
  response.end(JSON.stringify(body));
}

export function sendStatus(response: ServerResponse, code: number, reason: string, message: string): void {
  sendJson(response, code, { kind: 'Status', apiVersion: 'v1', status: 'Failure', code, reason, message });
}

export function sendList(response: ServerResponse, resourceVersion: string, items: object[], next = ''): void {
  sendJson(response, 200, { apiVersion: 'v1', kind: 'PodList', metadata: { resourceVersion, continue: next }, items });
}

/** Begins a watch; the returned function sends one event on it. */
export function beginWatch(response: ServerResponse): (type: string, object: object) => void {
  response.writeHead(200, { 'Content-Type': 'application/json' });
  response.flushHeaders();
  return (type, object) => response.write(`${JSON.stringify({ type, object })}\n`);
}

export function pod(name: string, resourceVersion: string, namespace = 'demo'): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace, resourceVersion, uid: `uid-${name}` },
    spec: { containers: [] },
  } as KubeObject;
}
