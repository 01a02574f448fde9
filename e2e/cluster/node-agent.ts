// Kubernetes answers with every kind there is: tests narrow by what they expect.
/* oxlint-disable typescript/no-explicit-any */
import https from 'node:https';
import { generate } from 'selfsigned';
import type { Kube } from '../kube.ts';

/** Plays the kubelet of one node: runs nothing, but says of each Pod what a kubelet would. */
export interface NodeAgent {
  stop(): Promise<void>;
}

interface Options {
  kube: Kube;
  /** Does this image "start"? Pods of any other end in ImagePullBackOff. */
  isKnownImage(image: string): boolean;
}

const nodeName = 'node-1';
const pollIntervalMs = 200;

/** Registers a Ready Node and keeps the status of its Pods; its log endpoint answers one line per container. */
export async function startNodeAgent({ kube, isKnownImage }: Options): Promise<NodeAgent> {
  const logServer = await startLogServer();
  await registerNode(kube, logServer.port);
  const stopping = new AbortController();
  let address = 1;

  const visit = async (pod: any) => {
    const pods = `/api/v1/namespaces/${pod.metadata.namespace}/pods/${pod.metadata.name}`;
    if (pod.metadata.deletionTimestamp) {
      await kube.send('DELETE', pods, { gracePeriodSeconds: 0, preconditions: { uid: pod.metadata.uid } });
    } else if (!pod.status.conditions?.some((condition: any) => condition.type === 'Ready')) {
      await kube.send(
        'PATCH',
        `${pods}/status`,
        { status: podStatus(pod, isKnownImage, address++) },
        'application/strategic-merge-patch+json',
      );
    }
  };

  const loop = (async () => {
    while (!stopping.signal.aborted) {
      try {
        const { items } = await kube.get(`/api/v1/pods?fieldSelector=spec.nodeName%3D${nodeName}`);
        // A Pod that went away between list and patch is no news.
        await Promise.allSettled(items.map(visit));
      } catch {
        // The API server is stopping or busy: the next round tells.
      }
      await new Promise((resolve) => setTimeout(resolve, pollIntervalMs));
    }
  })();

  return {
    stop: async () => {
      stopping.abort();
      await loop;
      await logServer.stop();
    },
  };
}

function podStatus(pod: any, isKnownImage: Options['isKnownImage'], address: number) {
  const now = new Date().toISOString();
  const containerStatuses = pod.spec.containers.map((container: any) => {
    const known = isKnownImage(container.image);
    return {
      name: container.name,
      image: container.image,
      imageID: known ? `sha256:${container.image}` : '',
      ready: known,
      started: known,
      restartCount: 0,
      state: known
        ? { running: { startedAt: now } }
        : { waiting: { reason: 'ImagePullBackOff', message: `Back-off pulling image "${container.image}"` } },
    };
  });
  const ready = containerStatuses.every((status: any) => status.ready);
  const condition = (type: string, status: boolean) => ({
    type,
    status: status ? 'True' : 'False',
    lastTransitionTime: now,
  });
  return {
    phase: ready ? 'Running' : 'Pending',
    startTime: now,
    podIP: `10.244.${address >> 8}.${address & 255}`,
    podIPs: [{ ip: `10.244.${address >> 8}.${address & 255}` }],
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
  const capacity = { cpu: '64', memory: '256Gi', pods: '500' };
  const now = new Date().toISOString();
  await kube.send(
    'PATCH',
    `/api/v1/nodes/${nodeName}/status`,
    {
      status: {
        capacity,
        allocatable: capacity,
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
  // The lifecycle controller taints a new Node until it has seen it Ready.
  await kube.send('PATCH', `/api/v1/nodes/${nodeName}`, { spec: { taints: null } }, 'application/merge-patch+json');
}

/** Serves GET /containerLogs/NAMESPACE/POD/CONTAINER as a kubelet does. */
async function startLogServer() {
  const { private: key, cert } = await generate([{ name: 'commonName', value: nodeName }], { algorithm: 'sha256' });
  const server = https.createServer({ key, cert }, (request, response) => {
    const match = /^\/containerLogs\/([^/]+)\/([^/]+)\/([^/?]+)/.exec(request.url ?? '');
    if (!match) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, { 'content-type': 'text/plain' }).end(`started ${match.slice(1).join('/')}\n`);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('the log server has no port');
  return { port: address.port, stop: () => new Promise<void>((resolve) => server.close(() => resolve())) };
}
