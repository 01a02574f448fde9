// Kubernetes answers with every kind there is: tests narrow by what they expect.
/* oxlint-disable typescript/no-explicit-any */
import type { DestinationRule, HttpRoute, KubeObject } from '../../../lib/domain/kubernetes.ts';
import { annotationPrefix } from '../../../lib/sandbox/mesh/pods.ts';
import { create, type Manifest } from '../../cluster/cluster.ts';
import type { Kube } from '../../kube.ts';
import { istioApi, makeClientPod, makeNamespace, readyPods } from '../lab-client.ts';
import type { AppCounts } from '../lab/app.ts';
import { sendThrough, type LoadedRequest } from './load.ts';

/** A Service under load, as a case wants it. */
export interface Variant {
  namespace: string;
  placement: 'dedicated' | 'subset';
  /** Ports of the Service. */
  ports: readonly number[];
  /** The owner's VirtualService and DestinationRule; none: the Service has neither. */
  owner: 'none' | 'one route' | 'two routes' | 'two versions by weight';
  /** How every version answers, by the sandbox' annotations, beside the usual. */
  behaviour?: Record<string, string>;
}

export const service = 'shop';
export const task = 'next';
export const mirrorWorkload = 'shop-v2';
const clientName = 'client';
/** Never an error by itself, so that each failure is the mesh's or ours. */
const usualBehaviour = { 'latency-ms-p50': '1', 'latency-ms-p99': '2', 'error-rate': '0', 'ready-seconds': '2' };

/** Makes the namespace with Service, live versions, rules and client; resolves when requests are answered. */
export async function makeShop(kube: Kube, variant: Variant): Promise<{ egress: string; requests: LoadedRequest[] }> {
  const { namespace, ports } = variant;
  await makeNamespace(kube, namespace);
  await create(kube, serviceManifest(variant));
  for (const rule of ownerRules(variant)) await create(kube, rule as Manifest);
  for (const version of liveVersions(variant)) await create(kube, deployment(variant, version));
  await makeClientPod(kube, namespace, clientName);
  for (const version of liveVersions(variant)) await readyPods(namespace, `${service}-${version}`);
  const [client] = await readyPods(namespace, clientName);
  const requests = ports.flatMap((port) => [
    { method: 'GET', port, path: '/a' },
    { method: 'POST', port, path: '/a' },
    { method: 'GET', port, path: '/b' },
  ]);
  await untilAnswered(client!.egress, `${service}.${namespace}`, ports);
  return { egress: client!.egress, requests };
}

/** Deployments that may answer clients. */
export function liveWorkloads(variant: Variant): string[] {
  return liveVersions(variant).map((version) => `${service}-${version}`);
}

interface Safety {
  denyWrites?: boolean;
  marker?: boolean;
}

/** What a creation asks for; unless `safety` says otherwise every copy is let through to the application. */
export function taskInput(
  { namespace, placement }: Variant,
  percentage: number,
  safety: Safety = { denyWrites: false },
) {
  const containers = [{ name: service, image: 'my-app:v2.0' }];
  const target = { kind: 'version', version: 'v2', replicas: 1, containers };
  return { namespace, name: task, service, percentage, placement, target, safety };
}

/** Every object of the namespace that a task may touch, without what the server writes. */
export async function sharedObjects(kube: Kube, namespace: string): Promise<Record<string, any>> {
  const folders = [
    `${istioApi}/namespaces/${namespace}/virtualservices`,
    `${istioApi}/namespaces/${namespace}/destinationrules`,
    `/api/v1/namespaces/${namespace}/services`,
    `/apis/apps/v1/namespaces/${namespace}/deployments`,
  ];
  const lists = await Promise.all(folders.map((folder) => kube.get(folder)));
  return Object.fromEntries(
    lists.flatMap(({ items }, index) =>
      items.map(({ metadata, spec }: any) => [
        `${folders[index]!.split('/').at(-1)} ${metadata.name}`,
        {
          labels: metadata.labels ?? {},
          annotations: metadata.annotations ?? {},
          managers: (metadata.managedFields ?? []).map(({ manager }: any) => manager).toSorted(),
          spec,
        },
      ]),
    ),
  );
}

/** Requests that the mirrored version has received, over all its Pods of now. */
export async function copiesReceived(namespace: string): Promise<number> {
  const counts = await countsOf(namespace, mirrorWorkload);
  return counts.flatMap(({ requests }) => Object.values(requests)).reduce((sum, count) => sum + count, 0);
}

/** What each of a workload's Pods of now has counted. */
export async function countsOf(namespace: string, workload: string): Promise<AppCounts[]> {
  const pods = await readyPods(namespace, workload);
  return Promise.all(pods.map(async ({ app }) => (await (await fetch(`${app}/-/counts`)).json()) as AppCounts));
}

function liveVersions({ owner }: Variant): string[] {
  return owner === 'two versions by weight' ? ['v1', 'v0'] : ['v1'];
}

function serviceManifest({ namespace, ports }: Variant): Manifest {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: service, namespace },
    spec: {
      selector: { app: service },
      ports: ports.map((port) => ({ name: `http-${port}`, port, targetPort: port })),
    },
  } as Manifest;
}

function deployment({ namespace, ports, behaviour }: Variant, version: string): Manifest {
  const labels = { app: service, version };
  const annotations = Object.fromEntries(
    Object.entries({ ...usualBehaviour, ...behaviour }).map(([name, value]) => [`${annotationPrefix}${name}`, value]),
  );
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: `${service}-${version}`, namespace, labels },
    spec: {
      replicas: 1,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels, annotations },
        spec: {
          containers: [
            { name: service, image: 'my-app:v1.0', ports: ports.map((containerPort) => ({ containerPort })) },
          ],
        },
      },
    },
  } as Manifest;
}

function ownerRules(variant: Variant): KubeObject[] {
  const { namespace, owner } = variant;
  if (owner === 'none') return [];
  const metadata = { name: service, namespace, labels: { team: 'shop' } };
  const subsets = liveVersions(variant).map((version) => ({ name: version, labels: { version } }));
  const rule = { apiVersion: 'networking.istio.io/v1', kind: 'DestinationRule', metadata };
  return [
    { ...rule, spec: { host: service, subsets } } as DestinationRule,
    { ...rule, kind: 'VirtualService', spec: { hosts: [service], http: ownerRoutes(variant) } } as KubeObject,
  ];
}

function ownerRoutes(variant: Variant): HttpRoute[] {
  const versions = liveVersions(variant);
  const route = versions.map((version, index) => ({
    destination: { host: service, subset: version },
    weight: versions.length === 1 ? 100 : [80, 20][index]!,
  }));
  const ofA = { name: 'a', match: [{ uri: { prefix: '/a' } }], route, timeout: '10s' };
  return variant.owner === 'two routes' ? [ofA, { name: 'rest', route }] : [{ route }];
}

/** Until every port answers ten times in a row: the client's proxy has its routes, and the live Pods are known to it. */
async function untilAnswered(egress: string, host: string, ports: readonly number[]): Promise<void> {
  const deadline = Date.now() + 60_000;
  for (let inARow = 0; inARow < 10 * ports.length;) {
    if (Date.now() > deadline) throw new Error(`${host} does not answer`);
    const port = ports[inARow % ports.length]!;
    const sending = sendThrough(egress, `${host}:${port}`, { method: 'GET', port, path: '/' });
    // Behaviour may be to answer with an error: it is an answer of the application.
    const isAnswered = await sending.then(({ answeredBy }) => answeredBy.startsWith(`${service}-`)).catch(() => false);
    inARow = isAnswered ? inARow + 1 : 0;
    if (!isAnswered) await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
