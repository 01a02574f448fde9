/** The HTTPS server: authentication, authorization, routing, and every answer's form. */
import { createServer, type Server } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { stringify } from 'yaml';
import type { Clock } from '../core/clock.ts';
import type { PodLogSource } from '../core/objects.ts';
import { discover } from './discovery.ts';
import type { FaultPlan } from './faults.ts';
import { openApi } from './openapi.ts';
import { sendLog } from './pod-logs.ts';
import { authorize, authorizePath } from './rbac.ts';
import { list, presentObject, selectorOf } from './read-verbs.ts';
import type { Registry } from './registry.ts';
import {
  mediaTypeOf,
  negotiate,
  parseBody,
  parseResourcePath,
  readBody,
  type Acceptance,
  type ResourceRequest,
} from './request.ts';
import { isReview } from './resources.ts';
import { answerReview } from './reviews.ts';
import {
  ApiError,
  forbiddenField,
  invalid,
  methodNotAllowed,
  notAcceptable,
  notModelled,
  unauthorized,
  UnknownPath,
} from './status.ts';
import type { User, Users } from './users.ts';
import { WatchStream } from './watch.ts';
import { create, patch, readScale, remove, update, type WriteAnswer, type WriteRequest } from './write-verbs.ts';

export interface ApiServerOptions {
  registry: Registry;
  clock: Clock;
  users: Users;
  faults: FaultPlan;
  certificate: string;
  privateKey: string;
  /** Asked at each request, because the traffic simulation starts after the server is made. */
  logs: () => PodLogSource | undefined;
}

const offeredTypes = ['application/json', 'application/yaml'];
const healthPaths = new Set(['/healthz', '/livez', '/readyz']);
const connectSubresources = new Set(['exec', 'attach', 'portforward', 'proxy', 'eviction', 'finalize']);

function verbOf(method: string, request: ResourceRequest, query: URLSearchParams): string {
  const isCollection = request.name === undefined;
  if (method === 'GET' || method === 'HEAD') {
    if (!isCollection) return 'get';
    return isWatch(query) ? 'watch' : 'list';
  }
  if (method === 'POST') return 'create';
  if (method === 'PUT') return 'update';
  if (method === 'PATCH') return 'patch';
  if (method === 'DELETE') return isCollection ? 'deletecollection' : 'delete';
  throw methodNotAllowed();
}

function isWatch(query: URLSearchParams): boolean {
  return query.get('watch') === 'true' || query.get('watch') === '1';
}

/** A `Warning` header's value: quoted, without line breaks (RFC 7234). */
function toWarningHeader(text: string): string {
  return `299 - "${text
    .replaceAll('\\', '\\\\')
    .replaceAll('"', '\\"')
    .replaceAll(/[^\x20-\x7e]/g, '?')}"`;
}

function send(response: ServerResponse, code: number, body: unknown, contentType = 'application/json'): void {
  const text = contentType === 'application/yaml' ? stringify(body) : `${JSON.stringify(body)}\n`;
  response.writeHead(code, {
    'content-type': contentType,
    'content-length': Buffer.byteLength(text),
    'cache-control': 'no-cache, private',
  });
  response.end(text);
}

export class ApiServer {
  readonly #options: ApiServerOptions;
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;
  #port = 0;

  constructor(options: ApiServerOptions) {
    this.#options = options;
  }

  get url(): string {
    return `https://127.0.0.1:${this.#port}`;
  }

  get isListening(): boolean {
    return this.#server !== undefined;
  }

  /** Starts to listen; after an outage on the same port as before. */
  async listen(port = this.#port): Promise<void> {
    if (this.#server) return;
    const server = createServer(
      { cert: this.#options.certificate, key: this.#options.privateKey },
      (request, response) => {
        void this.#serve(request, response);
      },
    );
    server.keepAliveTimeout = 120_000;
    server.requestTimeout = 0;
    server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, '127.0.0.1', resolve);
    });
    this.#server = server;
    this.#port = (server.address() as AddressInfo).port;
  }

  /** Closes the listening socket and cuts every connection. */
  async close(): Promise<void> {
    const server = this.#server;
    if (!server) return;
    this.#server = undefined;
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      await this.#answer(request, response);
    } catch (error) {
      if (response.headersSent || response.destroyed) {
        response.destroy();
        return;
      }
      if (error instanceof UnknownPath) {
        response.writeHead(404, { 'content-type': 'text/plain; charset=utf-8' });
        response.end('404 page not found\n');
      } else if (error instanceof ApiError) {
        const { retryAfterSeconds } = error.details ?? {};
        if (retryAfterSeconds !== undefined) response.setHeader('retry-after', String(retryAfterSeconds));
        send(response, error.code, error.toStatus());
      } else {
        process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
        send(
          response,
          500,
          new ApiError(500, 'InternalError', 'Internal error occurred: see the sandbox log').toStatus(),
        );
      }
    }
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { registry, users, faults } = this.#options;
    const { pathname, searchParams } = new URL(request.url ?? '/', 'https://sandbox');
    if (healthPaths.has(pathname)) {
      response.writeHead(200, { 'content-type': 'text/plain' });
      response.end('ok');
      return;
    }
    const user = users.authenticate(request.headers);
    if (!user) throw unauthorized();
    if (!/^\/apis?\/./.test(pathname) || discover(pathname, undefined)) {
      this.#answerPath(request, response, user, pathname);
      return;
    }
    const target = parseResourcePath(pathname);
    const method = request.method ?? 'GET';
    const verb = verbOf(method, target, searchParams);
    this.#authorize(user, verb, target);
    if (target.subresource && connectSubresources.has(target.subresource))
      throw notModelled(`${target.resource.plural}/${target.subresource}`);
    if (!target.resource.verbs.includes(verb) && target.subresource === undefined) throw methodNotAllowed();
    if (verb === 'get' || verb === 'list' || verb === 'watch') {
      await faults.around('GET', pathname, response, () => this.#read(request, response, verb, target, searchParams));
      return;
    }
    // Read before any fault, so that a cut connection is not one whose request was half read.
    const body = await readBody(request);
    await faults.around(method, pathname, response, () =>
      this.#write(request, response, user, verb, target, searchParams, body, registry),
    );
  }

  #answerPath(request: IncomingMessage, response: ServerResponse, user: User, pathname: string): void {
    const { registry } = this.#options;
    if (request.method !== 'GET' && request.method !== 'HEAD') throw methodNotAllowed();
    authorizePath(user, 'get', pathname, registry.store);
    const found = discover(pathname, request.headers.accept);
    if (found) {
      send(response, 200, found.body, found.contentType);
      return;
    }
    const document = openApi(pathname);
    if (!document) throw new UnknownPath();
    const accept = request.headers.accept ?? '*/*';
    if (!/application\/json|\*\/\*|application\/\*/.test(accept)) throw notAcceptable(['application/json']);
    send(response, 200, document);
  }

  #authorize(user: User, verb: string, target: ResourceRequest): void {
    const { resource, namespace, name, subresource } = target;
    authorize(
      user,
      {
        verb,
        group: resource.group,
        resource: subresource ? `${resource.plural}/${subresource}` : resource.plural,
        // A Namespace lies in itself, so that a RoleBinding in it can allow reading it.
        namespace: resource.kind === 'Namespace' ? name : namespace,
        name,
      },
      this.#options.registry.store,
    );
  }

  #read(
    request: IncomingMessage,
    response: ServerResponse,
    verb: string,
    target: ResourceRequest,
    query: URLSearchParams,
  ): void {
    const { registry, clock, logs } = this.#options;
    const { resource, version, namespace, name, subresource } = target;
    if (subresource === 'log') {
      sendLog(registry.read(resource, namespace, name ?? ''), logs(), query, clock.now(), response);
      return;
    }
    const acceptance = negotiate(request.headers.accept);
    if (!acceptance) throw notAcceptable(offeredTypes);
    if (subresource === 'scale') {
      send(response, 200, readScale(registry, target), acceptance.mediaType);
      return;
    }
    if (verb === 'get') {
      const object = registry.read(resource, namespace, name ?? '');
      send(
        response,
        200,
        presentObject(object, resource, version, acceptance.shape, query, clock.now()),
        acceptance.mediaType,
      );
    } else if (verb === 'list') {
      const body = list(registry.store, resource, version, namespace, query, acceptance.shape, clock.now());
      send(response, 200, body, acceptance.mediaType);
    } else this.#watch(response, target, query, acceptance);
  }

  #watch(response: ServerResponse, target: ResourceRequest, query: URLSearchParams, { shape }: Acceptance): void {
    const { registry, clock } = this.#options;
    const { resource, version, namespace } = target;
    if (query.get('sendInitialEvents') !== null) {
      throw invalid('meta.k8s.io', 'ListOptions', '', [
        forbiddenField(
          'sendInitialEvents',
          'sendInitialEvents is forbidden for watch unless the WatchList feature gate is enabled',
        ),
      ]);
    }
    const seconds = Number(query.get('timeoutSeconds') ?? 0);
    const stream = new WatchStream(
      registry.store,
      clock,
      {
        resource,
        version,
        namespace,
        selects: selectorOf(query, resource.kind),
        resourceVersion: query.get('resourceVersion') ?? '',
        bookmarks: query.get('allowWatchBookmarks') === 'true',
        timeoutMs: seconds > 0 ? seconds * 1000 : undefined,
        present: (object, isFirst) => presentObject(object, resource, version, shape, query, clock.now(), isFirst),
      },
      response,
    );
    stream.start();
  }

  #write(
    request: IncomingMessage,
    response: ServerResponse,
    user: User,
    verb: string,
    target: ResourceRequest,
    query: URLSearchParams,
    sent: Buffer,
    registry: Registry,
  ): void {
    const acceptance = negotiate(request.headers.accept);
    if (!acceptance) throw notAcceptable(offeredTypes);
    const mediaType = mediaTypeOf(request);
    const isEmptyDelete = verb.startsWith('delete') && sent.length === 0;
    const body = isEmptyDelete ? undefined : parseBody(sent, mediaType);
    if (isReview(target.resource)) {
      send(response, 201, answerReview(target.resource.kind, body?.value, user, registry.store));
      return;
    }
    const warnings: string[] = [];
    const write: WriteRequest = {
      ...target,
      query,
      mediaType,
      body,
      userAgent: request.headers['user-agent'] ?? 'unknown',
      warnings,
    };
    const answer = this.#dispatch(verb, write, registry);
    if (warnings.length > 0) response.setHeader('warning', warnings.map(toWarningHeader));
    const shown = answer.object
      ? presentObject(
          answer.object,
          target.resource,
          target.version,
          acceptance.shape,
          query,
          this.#options.clock.now(),
        )
      : answer.body;
    send(response, answer.code, shown, acceptance.mediaType);
  }

  #dispatch(verb: string, write: WriteRequest, registry: Registry): WriteAnswer {
    switch (verb) {
      case 'create':
        return create(registry, write);
      case 'update':
        return update(registry, write);
      case 'patch':
        return patch(registry, write);
      default:
        return remove(registry, write);
    }
  }
}
