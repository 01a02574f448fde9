// Kubernetes answers with every kind there is: tests narrow by what they expect.
/* oxlint-disable typescript/no-explicit-any */
import type { IncomingMessage, ServerResponse } from 'node:http';
import https from 'node:https';
import type { Duplex } from 'node:stream';
import { generate } from 'selfsigned';
import type { Kube } from '../kube.ts';

/** Plays the kubelet of one node: what runs of a Pod is the runtime's, which it asks and reports. */
export interface NodeAgent {
  stop(): Promise<void>;
}

/** Runs Pods, or says that it does. */
export interface PodRuntime {
  /** Starts what is missing of the Pod, and says what a kubelet would report of it now. Called again and again. */
  keep(pod: any): Promise<PodReport>;
  /** Ends what runs of the Pod; resolves when nothing is left. */
  end(pod: any): Promise<void>;
  /** Answers a request for a container's log; `path` as a kubelet gets it. */
  writeLog(
    path: { namespace: string; pod: string; container: string },
    query: URLSearchParams,
    to: ServerResponse,
  ): void;
  /** Answers what asks for a connection of its own (exec, port-forward); absent: refused. */
  upgrade?(request: IncomingMessage, socket: Duplex): void;
}

/** What a kubelet knows of a Pod. */
export interface PodReport {
  address: string;
  /** One per container of the Pod. */
  containerStatuses: ContainerReport[];
}

/** A containerStatus as Kubernetes has it, of which nothing but `ready` is read here. */
export interface ContainerReport {
  name: string;
  image: string;
  imageID: string;
  ready: boolean;
  started: boolean;
  restartCount: number;
  state: Record<string, unknown>;
  lastState?: Record<string, unknown>;
}

const nodeName = 'node-1';
const pollIntervalMs = 200;
/** As a kubelet's; a Node that is silent for 50 s is tainted, and gets no Pods. */
const heartbeatIntervalMs = 10_000;

/** Registers a Ready Node and keeps the status of its Pods; its log endpoint answers what the runtime writes. */
export async function startNodeAgent({ kube, runtime }: { kube: Kube; runtime: PodRuntime }): Promise<NodeAgent> {
  const kubelet = await startKubeletServer(runtime);
  await registerNode(kube, kubelet.port);
  const heartbeat = setInterval(
    () => void sayNodeIsReady(kube, kubelet.port).catch(() => undefined),
    heartbeatIntervalMs,
  );
  const stopping = new AbortController();
  /** What was reported last, by uid. */
  const reported = new Map<string, string>();
  /** Pods that are being visited: one may take longer than a round. */
  const busy = new Set<string>();

  const visit = async (pod: any) => {
    const path = `/api/v1/namespaces/${pod.metadata.namespace}/pods/${pod.metadata.name}`;
    const { uid } = pod.metadata;
    if (pod.metadata.deletionTimestamp) {
      await runtime.end(pod);
      reported.delete(uid);
      await kube.send('DELETE', path, { gracePeriodSeconds: 0, preconditions: { uid } });
      return;
    }
    const report = await runtime.keep(pod);
    const key = JSON.stringify(report);
    if (reported.get(uid) === key) return;
    await kube.send('PATCH', `${path}/status`, { status: podStatus(report) }, 'application/strategic-merge-patch+json');
    reported.set(uid, key);
  };
  const visitAlone = async (pod: any) => {
    const { uid } = pod.metadata;
    if (busy.has(uid)) return;
    busy.add(uid);
    try {
      await visit(pod);
    } catch {
      // A Pod that went away between list and patch is no news; whatever else it is, the next round tries again.
    } finally {
      busy.delete(uid);
    }
  };

  const loop = (async () => {
    while (!stopping.signal.aborted) {
      try {
        const { items } = await kube.get(`/api/v1/pods?fieldSelector=spec.nodeName%3D${nodeName}`);
        for (const pod of items) void visitAlone(pod);
      } catch {
        // The API server is stopping or busy: the next round tells.
      }
      await new Promise((resolve) => setTimeout(resolve, pollIntervalMs));
    }
  })();

  return {
    stop: async () => {
      stopping.abort();
      clearInterval(heartbeat);
      await loop;
      await kubelet.stop();
    },
  };
}

/** A runtime that runs nothing: Pods of known images are ready at once, any other ends in ImagePullBackOff. */
export function pretendingRuntime(isKnownImage: (image: string) => boolean): PodRuntime {
  const addresses = new Map<string, string>();
  return {
    keep: async (pod) => {
      const { uid } = pod.metadata;
      const next = addresses.size + 1;
      if (!addresses.has(uid)) addresses.set(uid, `10.244.${next >> 8}.${next & 255}`);
      const containerStatuses = pod.spec.containers.map((container: any) =>
        isKnownImage(container.image) ? running(container, { ready: true }) : withoutImage(container),
      );
      return { address: addresses.get(uid)!, containerStatuses };
    },
    end: async () => undefined,
    writeLog: ({ namespace, pod, container }, query, to) => {
      const time = query.get('timestamps') === 'true' ? `${new Date().toISOString()} ` : '';
      to.writeHead(200, { 'content-type': 'text/plain' });
      // Whoever follows has to see that it is open.
      to.flushHeaders();
      if (query.get('tailLines') !== '0') to.write(`${time}started ${namespace}/${pod}/${container}\n`);
      if (query.get('follow') !== 'true') to.end();
    },
  };
}

/** Of a container that runs. */
export function running(
  { name, image }: { name: string; image: string },
  {
    ready,
    restartCount = 0,
    since = '2026-01-01T00:00:00Z',
  }: { ready: boolean; restartCount?: number; since?: string },
): ContainerReport {
  const state = { running: { startedAt: since } };
  return { name, image, imageID: `sha256:${image}`, ready, started: ready, restartCount, state };
}

/** Of a container whose image nobody has. */
export function withoutImage({ name, image }: { name: string; image: string }): ContainerReport {
  const state = { waiting: { reason: 'ImagePullBackOff', message: `Back-off pulling image "${image}"` } };
  return { name, image, imageID: '', ready: false, started: false, restartCount: 0, state };
}

function podStatus({ address, containerStatuses }: PodReport) {
  const now = new Date().toISOString();
  const ready = containerStatuses.every((status) => status.ready);
  const hasStarted = containerStatuses.every((status) => status.imageID !== '');
  const condition = (type: string, status: boolean) => ({
    type,
    status: status ? 'True' : 'False',
    lastTransitionTime: now,
  });
  return {
    phase: hasStarted ? 'Running' : 'Pending',
    startTime: now,
    podIP: address,
    podIPs: [{ ip: address }],
    hostIP: '127.0.0.1',
    containerStatuses,
    conditions: [condition('Initialized', true), condition('ContainersReady', ready), condition('Ready', ready)],
  };
}

async function registerNode(kube: Kube, kubeletPort: number): Promise<void> {
  await kube.send('POST', '/api/v1/nodes', {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: nodeName, labels: { 'kubernetes.io/hostname': nodeName, 'kubernetes.io/os': 'linux' } },
  });
  await sayNodeIsReady(kube, kubeletPort);
  // The lifecycle controller taints a new Node until it has seen it Ready.
  await kube.send('PATCH', `/api/v1/nodes/${nodeName}`, { spec: { taints: null } }, 'application/merge-patch+json');
}

function sayNodeIsReady(kube: Kube, kubeletPort: number): Promise<unknown> {
  const capacity = { cpu: '64', memory: '256Gi', pods: '500' };
  const now = new Date().toISOString();
  return kube.send(
    'PATCH',
    `/api/v1/nodes/${nodeName}/status`,
    {
      status: {
        capacity,
        allocatable: capacity,
        // exec then comes as the WebSocket that kubectl opened, not as SPDY (Kubernetes ≥ 1.36).
        declaredFeatures: ['ExtendWebSocketsToKubelet'],
        addresses: [{ type: 'InternalIP', address: '127.0.0.1' }],
        daemonEndpoints: { kubeletEndpoint: { Port: kubeletPort } },
        conditions: [
          {
            type: 'Ready',
            status: 'True',
            reason: 'KubeletReady',
            message: '',
            lastHeartbeatTime: now,
            lastTransitionTime: now,
          },
        ],
      },
    },
    'application/strategic-merge-patch+json',
  );
}

/** Serves GET /containerLogs/NAMESPACE/POD/CONTAINER, and what the runtime upgrades, as a kubelet does. */
async function startKubeletServer(runtime: PodRuntime) {
  const { private: key, cert } = await generate([{ name: 'commonName', value: nodeName }], { algorithm: 'sha256' });
  const server = https.createServer({ key, cert }, (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'https://kubelet');
    const match = /^\/containerLogs\/([^/]+)\/([^/]+)\/([^/]+)$/.exec(pathname);
    if (!match) {
      response.writeHead(404).end();
      return;
    }
    const [, namespace = '', pod = '', container = ''] = match;
    runtime.writeLog({ namespace, pod, container }, searchParams, response);
  });
  server.on('upgrade', (request, socket) => {
    if (runtime.upgrade) runtime.upgrade(request, socket);
    else socket.destroy();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('the kubelet has no port');
  const stop = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { port: address.port, stop };
}
