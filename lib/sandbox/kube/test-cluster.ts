/** A small cluster on a driven clock, and a client of its wire, for tests. */
import { request as httpsRequest } from 'node:https';
import { parse } from 'yaml';
import { DrivenClock } from '../core/clock.ts';
import type { KubeObject, LogLine, PodLogSource } from '../core/objects.ts';
import { imageBehaviour } from '../seed/images.ts';
import { seedObjects } from '../seed/seed.ts';
import { createCluster, type Cluster } from './cluster.ts';
import { isObject } from './json.ts';
import type { UserName } from './users.ts';

export const startMs = Date.parse('2026-11-23T09:00:00Z');

export interface Answer {
  code: number;
  headers: Record<string, string | string[] | undefined>;
  text: string;
  // Kubernetes answers with every kind there is: tests narrow by what they expect.
  // oxlint-disable-next-line typescript/no-explicit-any
  body: any;
}

export interface RequestOptions {
  as?: UserName | 'nobody';
  contentType?: string;
  accept?: string;
  userAgent?: string;
}

export interface WatchEvent {
  type: string;
  object: KubeObject & { code?: number; message?: string };
}

/** A watch that collects events. */
export interface OpenWatch {
  code: number;
  events: WatchEvent[];
  /** Resolves when `enough` holds for the events so far, or when the server ends the stream. */
  until(enough: (events: readonly WatchEvent[]) => boolean): Promise<WatchEvent[]>;
  ended: Promise<void>;
  close(): void;
}

export class TestCluster {
  readonly clock: DrivenClock;
  readonly cluster: Cluster;
  readonly #connections: Record<UserName, { server: string; ca: Buffer; token: string }>;

  private constructor(clock: DrivenClock, cluster: Cluster) {
    this.clock = clock;
    this.cluster = cluster;
    this.#connections = {
      admin: connection(cluster, 'admin'),
      'project-regular': connection(cluster, 'project-regular'),
      viewer: connection(cluster, 'viewer'),
    };
  }

  /** Serves the preloaded objects; `logs` answers log requests. */
  static async start(options: { logs?: PodLogSource; watchHistoryMs?: number } = {}): Promise<TestCluster> {
    const clock = new DrivenClock(startMs);
    const cluster = await createCluster({
      clock,
      seed: 1,
      ageMs: 3 * 3_600_000,
      fill: seedObjects,
      behaviour: imageBehaviour,
      watchHistoryMs: options.watchHistoryMs,
    });
    await cluster.listen(0, options.logs);
    return new TestCluster(clock, cluster);
  }

  stop(): Promise<void> {
    return this.cluster.stop();
  }

  /** Sends a request; any answer resolves. */
  send(method: string, path: string, body?: unknown, options: RequestOptions = {}): Promise<Answer> {
    const sent =
      body === undefined || Buffer.isBuffer(body)
        ? body
        : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
    return new Promise((resolve, reject) => {
      const request = this.#request(method, path, options, sent?.length, (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => (text += chunk));
        response.once('error', reject);
        response.once('end', () => {
          const isJson = response.headers['content-type']?.includes('json');
          resolve({
            code: response.statusCode ?? 0,
            headers: response.headers,
            text,
            body: isJson ? JSON.parse(text) : text,
          });
        });
      });
      request.once('error', reject);
      request.end(sent);
    });
  }

  get(path: string, options?: RequestOptions): Promise<Answer> {
    return this.send('GET', path, undefined, options);
  }

  patch(
    path: string,
    kind: 'json' | 'merge' | 'strategic-merge',
    body: unknown,
    options?: RequestOptions,
  ): Promise<Answer> {
    return this.send('PATCH', path, body, { contentType: `application/${kind}-patch+json`, ...options });
  }

  apply(path: string, manager: string, body: unknown, force = false): Promise<Answer> {
    return this.send('PATCH', `${path}?fieldManager=${manager}&force=${force}`, body, {
      contentType: 'application/apply-patch+yaml',
    });
  }

  /** Opens a watch; resolves once the server has accepted it. */
  watch(path: string, options: RequestOptions = {}): Promise<OpenWatch> {
    return new Promise((resolve, reject) => {
      const request = this.#request('GET', path, options, undefined, (response) => {
        const events: WatchEvent[] = [];
        const waiting = new Set<() => void>();
        const wake = () => waiting.forEach((check) => check());
        let rest = '';
        let isEnded = false;
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          const lines = (rest + chunk).split('\n');
          rest = lines.pop() ?? '';
          for (const line of lines) events.push(toWatchEvent(line));
          wake();
        });
        const ended = new Promise<void>((done) => {
          response.once('close', () => {
            isEnded = true;
            wake();
            done();
          });
        });
        resolve({
          code: response.statusCode ?? 0,
          events,
          ended,
          until: (enough) =>
            new Promise((done, fail) => {
              const check = () => {
                if (!enough(events) && !isEnded) return;
                waiting.delete(check);
                if (enough(events)) done(events);
                else fail(new Error(`the watch ended with ${JSON.stringify(events.map(({ type }) => type))}`));
              };
              waiting.add(check);
              check();
            }),
          close: () => request.destroy(),
        });
      });
      request.once('error', reject);
      request.end();
    });
  }

  #request(
    method: string,
    path: string,
    options: RequestOptions,
    length: number | undefined,
    answer: Parameters<typeof httpsRequest>[2],
  ) {
    const { as = 'admin', contentType = 'application/json', accept = 'application/json', userAgent = 'test' } = options;
    const { server, ca, token } = this.#connections[as === 'nobody' ? 'admin' : as];
    return httpsRequest(
      new URL(path, server),
      {
        method,
        ca,
        headers: {
          accept,
          'user-agent': userAgent,
          ...(as === 'nobody' ? {} : { authorization: `Bearer ${token}` }),
          // Node frames the body of a DELETE only when its length is told.
          ...(length === undefined ? {} : { 'content-type': contentType, 'content-length': length }),
        },
      },
      answer,
    );
  }
}

function toWatchEvent(line: string): WatchEvent {
  const event: unknown = JSON.parse(line);
  if (!isObject(event) || typeof event['type'] !== 'string') throw new Error(`no watch event: ${line}`);
  return event as unknown as WatchEvent;
}

interface Kubeconfig {
  clusters: { cluster: { server: string; 'certificate-authority-data': string } }[];
  users: { name: string; user: { token: string } }[];
}

function connection(cluster: Cluster, name: UserName) {
  const config: Kubeconfig = parse(cluster.kubeconfigFor(name));
  const found = config.clusters[0]?.cluster;
  const user = config.users.find((candidate) => candidate.name === name)?.user;
  if (!found || !user) throw new Error(`the kubeconfig has no user ${name}`);
  return { server: found.server, ca: Buffer.from(found['certificate-authority-data'], 'base64'), token: user.token };
}

/** A log source with fixed lines that a test can add to. */
export class TestLogs implements PodLogSource {
  readonly #lines: LogLine[] = [];
  readonly #listeners = new Set<(line: LogLine) => void>();

  get followers(): number {
    return this.#listeners.size;
  }

  lines(): readonly LogLine[] {
    return this.#lines;
  }

  follow(_namespace: string, _pod: string, _container: string, listener: (line: LogLine) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  add(timeMs: number, text: string): void {
    this.#lines.push({ timeMs, text });
    for (const listener of this.#listeners) listener({ timeMs, text });
  }
}

export const paths = {
  configMaps: '/api/v1/namespaces/demo-project/configmaps',
  pods: '/api/v1/namespaces/demo-project/pods',
  services: '/api/v1/namespaces/demo-project/services',
  deployments: '/apis/apps/v1/namespaces/demo-project/deployments',
  replicaSets: '/apis/apps/v1/namespaces/demo-project/replicasets',
  virtualServices: '/apis/networking.istio.io/v1/namespaces/demo-project/virtualservices',
  destinationRules: '/apis/networking.istio.io/v1/namespaces/demo-project/destinationrules',
};

export function configMap(name: string, data: Record<string, string> = { key: 'value' }, metadata: object = {}) {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, ...metadata }, data };
}

export function virtualService(name: string, http: object[] = [{ route: [{ destination: { host: 'reviews' } }] }]) {
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: { name },
    spec: { hosts: [name], http },
  };
}

export function deployment(
  name: string,
  options: { image?: string; replicas?: number; annotations?: Record<string, string>; spec?: object } = {},
) {
  const { image = 'nginx:1.27', replicas = 1, annotations, spec } = options;
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name }, ...(annotations ? { annotations } : {}) },
        spec: {
          containers: [{ name: 'app', image, env: [{ name: 'A', value: '1' }], ports: [{ containerPort: 80 }] }],
        },
      },
      ...spec,
    },
  };
}
