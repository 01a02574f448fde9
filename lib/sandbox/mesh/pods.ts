/** Pods as the mesh sees them. */
import type { KubeObject } from '../core/objects.ts';
import type { RequestSpec } from './objects.ts';

export const proxyContainer = 'istio-proxy';
export const annotationPrefix = 'sandbox.mirror-console.io/';

export interface PodView {
  /** The Pod's uid: a new Pod of the same name is another one. */
  id: string;
  namespace: string;
  name: string;
  ip: string;
  node: string;
  labels: Record<string, string>;
  annotations: Record<string, string>;
  /** Ready and not terminating: gets new requests. */
  ready: boolean;
  /** Its containers run: answers the requests that still reach it. */
  running: boolean;
  startedMs: number;
  hasSidecar: boolean;
  /** The first container that is not the proxy; undefined in a gateway. */
  appContainer: { name: string; image: string; command: string } | undefined;
  containers: { name: string; image: string }[];
  serviceAccount: string;
  workload: string;
  app: string;
  version: string;
  canonicalName: string;
  canonicalRevision: string;
  /** What metrics say of the pod, in one text: pods of one workload share it. */
  identity: string;
  requests: RequestSpec[];
}

interface ContainerSpec {
  name: string;
  image?: string;
  command?: string[];
  args?: string[];
  restartPolicy?: string;
}

const unknown = 'unknown';
const views = new WeakMap<KubeObject, PodView>();

/** The view of a stored Pod; computed once, because stored objects do not change. */
export function podView(pod: KubeObject): PodView {
  let view = views.get(pod);
  if (!view) {
    view = read(pod);
    views.set(pod, view);
  }
  return view;
}

function read(pod: KubeObject): PodView {
  const { metadata } = pod;
  const labels = metadata.labels ?? {};
  const annotations = metadata.annotations ?? {};
  const containers: ContainerSpec[] = pod['spec']?.containers ?? [];
  const initContainers: ContainerSpec[] = pod['spec']?.initContainers ?? [];
  const nativeSidecars = initContainers.filter((container) => container.restartPolicy === 'Always');
  const all = [...containers, ...nativeSidecars];
  const app = containers.find((container) => container.name !== proxyContainer);
  const workload = workloadOf(pod);
  const running = pod['status']?.phase === 'Running' && Boolean(pod['status']?.podIP);
  const conditions: { type: string; status: string }[] = pod['status']?.conditions ?? [];
  const readyNow = conditions.some(({ type, status }) => type === 'Ready' && status === 'True');
  const described = {
    namespace: metadata.namespace ?? '',
    serviceAccount: pod['spec']?.serviceAccountName ?? 'default',
    workload,
    app: labels['app'] ?? unknown,
    version: labels['version'] ?? unknown,
    canonicalName:
      labels['service.istio.io/canonical-name'] ?? labels['app.kubernetes.io/name'] ?? labels['app'] ?? workload,
    canonicalRevision:
      labels['service.istio.io/canonical-revision'] ??
      labels['app.kubernetes.io/version'] ??
      labels['version'] ??
      'latest',
  };
  return {
    ...described,
    identity: Object.values(described).join('|'),
    id: metadata.uid ?? `${metadata.namespace}/${metadata.name}`,
    name: metadata.name,
    ip: pod['status']?.podIP ?? '',
    node: pod['spec']?.nodeName ?? 'node-1',
    labels,
    annotations,
    ready: running && readyNow && metadata.deletionTimestamp === undefined,
    running,
    startedMs: Date.parse(pod['status']?.startTime ?? metadata.creationTimestamp ?? '') || 0,
    hasSidecar: all.some((container) => container.name === proxyContainer),
    appContainer: app && {
      name: app.name,
      image: app.image ?? '',
      command: [...(app.command ?? []), ...(app.args ?? [])].join(' '),
    },
    containers: all.map(({ name, image }) => ({ name, image: image ?? '' })),
    requests: readRequests(annotations[`${annotationPrefix}requests`]),
  };
}

/** Istio's rule: a ReplicaSet's pods belong to its Deployment, others to their controller. */
function workloadOf(pod: KubeObject): string {
  const owner = pod.metadata.ownerReferences?.find(({ controller }) => controller) ?? pod.metadata.ownerReferences?.[0];
  if (!owner) return pod.metadata.name;
  const hash = pod.metadata.labels?.['pod-template-hash'];
  return owner.kind === 'ReplicaSet' && hash && owner.name.endsWith(`-${hash}`)
    ? owner.name.slice(0, -hash.length - 1)
    : owner.name;
}

function readRequests(annotation: string | undefined): RequestSpec[] {
  if (!annotation) return [];
  let parsed: unknown;
  try {
    parsed = JSON.parse(annotation);
  } catch {
    return [];
  }
  if (!Array.isArray(parsed)) return [];
  return parsed.filter(isRecord).flatMap((entry) => {
    const { host, port, perSecond } = entry;
    if (typeof host !== 'string' || typeof port !== 'number' || typeof perSecond !== 'number' || perSecond < 0)
      return [];
    const headers = isRecord(entry['headers']) ? entry['headers'] : {};
    return [
      {
        host,
        port,
        perSecond,
        method: typeof entry['method'] === 'string' ? entry['method'] : 'GET',
        path: typeof entry['path'] === 'string' ? entry['path'] : '/',
        headers: Object.fromEntries(
          Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)]),
        ),
      },
    ];
  });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
