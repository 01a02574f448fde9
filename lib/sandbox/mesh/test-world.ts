/** A small store and builders of objects, for the tests of the mesh. */
import { DrivenClock } from '../core/clock.ts';
import type { KubeObject, ObjectChange, ObjectReader } from '../core/objects.ts';
import type { RequestSpec } from './objects.ts';

export const testStartMs = Date.parse('2026-11-23T09:00:00Z');

/** An ObjectReader over a map; a write replaces an object and tells the listeners. */
export class TestStore implements ObjectReader {
  readonly #objects = new Map<string, KubeObject>();
  readonly #listeners = new Set<(change: ObjectChange) => void>();

  list(group: string, kind: string, namespace?: string): readonly KubeObject[] {
    return [...this.#objects.values()].filter(
      (object) =>
        object.kind === kind &&
        groupOf(object) === group &&
        (namespace === undefined || object.metadata.namespace === namespace),
    );
  }

  get(group: string, kind: string, namespace: string | undefined, name: string): KubeObject | undefined {
    return this.#objects.get(`${group}/${kind}/${namespace ?? ''}/${name}`);
  }

  subscribe(listener: (change: ObjectChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  put(...objects: KubeObject[]): void {
    for (const object of objects) {
      const type = this.#objects.has(keyOf(object)) ? 'MODIFIED' : 'ADDED';
      this.#objects.set(keyOf(object), object);
      for (const listener of this.#listeners) listener({ type, object });
    }
  }

  delete(object: KubeObject): void {
    if (!this.#objects.delete(keyOf(object))) throw new Error(`${keyOf(object)} is not there`);
    for (const listener of this.#listeners) listener({ type: 'DELETED', object });
  }
}

export interface PodOptions {
  namespace?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  requests?: Partial<RequestSpec>[];
  sidecar?: boolean;
  ready?: boolean;
  image?: string;
  command?: string[];
}

/** A running pod of a Deployment `workload`, ready unless told otherwise. */
export function pod(workload: string, options: PodOptions = {}, index = 1): KubeObject {
  const { namespace = 'demo', labels = {}, annotations = {}, sidecar = true, ready = true } = options;
  const name = `${workload}-5d9f7c-${index}`;
  const container = {
    name: workload,
    image: options.image ?? 'example/app:1',
    ...(options.command && { command: options.command }),
  };
  const requests = options.requests?.map((request) => ({
    port: 9080,
    method: 'GET',
    path: '/',
    perSecond: 20,
    ...request,
  }));
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace,
      uid: `uid-${namespace}-${name}`,
      creationTimestamp: '2026-11-23T06:00:00Z',
      labels: { 'pod-template-hash': '5d9f7c', ...labels },
      annotations: {
        ...annotations,
        ...(requests && { 'sandbox.mirror-console.io/requests': JSON.stringify(requests) }),
      },
      ownerReferences: [
        { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: `${workload}-5d9f7c`, uid: 'rs', controller: true },
      ],
    },
    spec: { containers: [container, ...(sidecar ? [{ name: 'istio-proxy', image: 'proxyv2' }] : [])] },
    status: {
      phase: 'Running',
      podIP: `10.244.1.${name.length + index}`,
      startTime: '2026-11-23T06:00:00Z',
      conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }],
    },
  };
}

/** A version of an application: pods labelled app and version, of the workload APP-VERSION. */
export function version(app: string, name: string, options: PodOptions = {}, index = 1): KubeObject {
  return pod(`${app}-${name}`, { ...options, labels: { app, version: name, ...options.labels } }, index);
}

export function service(
  name: string,
  ports: { port: number; name?: string }[] = [{ port: 9080, name: 'http' }],
  namespace = 'demo',
): KubeObject {
  return object('v1', 'Service', namespace, name, { selector: { app: name }, ports });
}

export function virtualService(
  name: string,
  spec: Record<string, unknown>,
  namespace = 'demo',
  createdAt = '2026-11-23T06:00:00Z',
): KubeObject {
  return object('networking.istio.io/v1', 'VirtualService', namespace, name, spec, createdAt);
}

export function destinationRule(
  name: string,
  spec: Record<string, unknown>,
  namespace = 'demo',
  createdAt = '2026-11-23T06:00:00Z',
): KubeObject {
  return object('networking.istio.io/v1', 'DestinationRule', namespace, name, spec, createdAt);
}

/** A DestinationRule for `host` with one subset per version. */
export function subsets(host: string, versions: string[], namespace = 'demo'): KubeObject {
  return destinationRule(
    host,
    { host, subsets: versions.map((name) => ({ name, labels: { version: name } })) },
    namespace,
  );
}

export function object(
  apiVersion: string,
  kind: string,
  namespace: string,
  name: string,
  spec: Record<string, unknown>,
  creationTimestamp = '2026-11-23T06:00:00Z',
): KubeObject {
  return {
    apiVersion,
    kind,
    metadata: { name, namespace, uid: `${kind}-${namespace}-${name}`, creationTimestamp },
    spec,
  };
}

/** A client of reviews at 40 requests per second, reviews v1 and v2, and a store that has them. */
export function reviewsWorld(request: Partial<RequestSpec> = {}): {
  store: TestStore;
  clock: DrivenClock;
  v1: KubeObject;
  v2: KubeObject;
} {
  const store = new TestStore();
  const v1 = version('reviews', 'v1');
  const v2 = version('reviews', 'v2');
  const client = pod('productpage', {
    labels: { app: 'productpage', version: 'v1' },
    requests: [{ host: 'reviews', perSecond: 40, path: '/reviews/0', ...request }],
  });
  store.put(service('reviews'), client, v1);
  return { store, clock: new DrivenClock(testStartMs), v1, v2 };
}

function keyOf(object: KubeObject): string {
  return `${groupOf(object)}/${object.kind}/${object.metadata.namespace ?? ''}/${object.metadata.name}`;
}

function groupOf({ apiVersion }: KubeObject): string {
  return apiVersion.includes('/') ? (apiVersion.split('/')[0] ?? '') : '';
}
