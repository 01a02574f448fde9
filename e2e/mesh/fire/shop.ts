// Kubernetes answers with every kind there is: tests narrow by what they expect.
/* oxlint-disable typescript/no-explicit-any */
import { annotationPrefix } from '../../../lib/sandbox/mesh/pods.ts';
import { create, type Manifest } from '../../cluster/cluster.ts';
import type { Kube } from '../../kube.ts';
import { istioApi, makeClientPod, makeNamespace, readyPods } from '../lab-client.ts';
import type { AppCounts } from '../lab/app.ts';
import type { LabPod } from '../lab/exporter.ts';
import { sendThrough, type LoadedRequest } from './load.ts';
import { liveVersions, ownerRules, type Owner } from './owner.ts';

/** A Service under load, as a case wants it. */
export interface Variant {
  namespace: string;
  placement: 'dedicated' | 'subset';
  /** Ports of the Service. */
  ports: readonly number[];
  owner: Owner;
  /** Its proxies are to know the Services of their namespace alone; they hear of no change elsewhere. */
  isApart?: boolean;
  /** How every version answers, by the sandbox' annotations, beside the usual. */
  behaviour?: Record<string, string>;
}

export const service = 'shop';
export const task = 'next';
export const mirrorWorkload = 'shop-v2';
const clientName = 'client';
/** Never an error by itself, so that each failure is the mesh's or ours. */
const usualBehaviour = { 'latency-ms-p50': '1', 'latency-ms-p99': '2', 'error-rate': '0', 'ready-seconds': '2' };
const apart = { egress: 'own-namespace' };

interface Shop {
  /** The Pod whose sidecar takes the requests. */
  client: LabPod;
  /** Its address for them. */
  egress: string;
  /** Some of each kind, for every port. */
  requests: LoadedRequest[];
  /** Answers that the client has had up to now, good ones or not. */
  answers: number;
}

/** Makes the namespace with Service, live versions, rules and client; resolves when requests are answered. */
export async function makeShop(kube: Kube, variant: Variant): Promise<Shop> {
  const { namespace, ports, owner } = variant;
  await makeNamespace(kube, namespace);
  await create(kube, serviceManifest(variant));
  for (const rule of ownerRules({ namespace, service, owner })) await create(kube, rule as Manifest);
  for (const version of liveVersions(owner)) await create(kube, deployment(variant, version));
  await makeClientPod(kube, namespace, clientName, annotations(variant.isApart ? apart : {}));
  for (const version of liveVersions(owner)) await readyPods(namespace, `${service}-${version}`);
  const client = (await readyPods(namespace, clientName))[0]!;
  const requests = ports.flatMap((port) => [
    { method: 'GET', port, path: '/a' },
    { method: 'POST', port, path: '/a' },
    { method: 'GET', port, path: '/b' },
  ]);
  const answers = await untilAnswered(client.egress, `${service}.${namespace}`, ports);
  return { client, egress: client.egress, requests, answers };
}

/** A case, as its test calls it. */
export function titleOf({ placement, owner, ports }: Variant): string {
  return `${placement}, ${owner}, ${ports.length} port(s)`;
}

/** Deployments that may answer clients. */
export function liveWorkloads({ owner }: Variant): string[] {
  return liveVersions(owner).map((version) => `${service}-${version}`);
}

/** How a task protects its mirror; `{}`: as it does unless told otherwise. */
export interface Safety {
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

/** Names of what a task may make beside shared objects, of any owner; the lab's own Sidecars aside. */
export async function otherNames(kube: Kube, namespace: string): Promise<string[]> {
  const folders = [
    `/api/v1/namespaces/${namespace}/configmaps`,
    `/apis/security.istio.io/v1/namespaces/${namespace}/authorizationpolicies`,
    `${istioApi}alpha3/namespaces/${namespace}/envoyfilters`,
    `${istioApi}/namespaces/${namespace}/sidecars`,
    `${istioApi}/namespaces/${namespace}/serviceentries`,
  ];
  const lists = await Promise.all(folders.map((folder) => kube.get(folder)));
  const names = lists.flatMap(({ items }, index) =>
    items.map(({ metadata }: any) => `${folders[index]!.split('/').at(-1)} ${metadata.name}`),
  );
  return names.filter((name: string) => !name.startsWith('sidecars lab-')).toSorted();
}

/** What each of a workload's Pods of now has counted. */
export async function countsOf(namespace: string, workload: string): Promise<AppCounts[]> {
  const pods = await readyPods(namespace, workload);
  return Promise.all(pods.map(async ({ app }) => (await (await fetch(`${app}/-/counts`)).json()) as AppCounts));
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

/** A version's Deployment, as the owner has it. */
export function deployment({ namespace, ports, behaviour, isApart }: Variant, version: string): Manifest {
  const labels = { app: service, version };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: `${service}-${version}`, namespace, labels },
    spec: {
      replicas: 1,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels, annotations: annotations({ ...usualBehaviour, ...behaviour, ...(isApart && apart) }) },
        spec: {
          containers: [
            { name: service, image: 'my-app:v1.0', ports: ports.map((containerPort) => ({ containerPort })) },
          ],
        },
      },
    },
  } as Manifest;
}

function annotations(settings: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(settings).map(([name, value]) => [`${annotationPrefix}${name}`, value]));
}

/**
 * Until every port answers ten times in a row: the client's proxy has its routes, and the live Pods are known to it.
 * Resolves with how many answers came, those of a proxy that did not know them yet included.
 */
async function untilAnswered(egress: string, host: string, ports: readonly number[]): Promise<number> {
  const deadline = Date.now() + 60_000;
  let answers = 0;
  for (let inARow = 0; inARow < 10 * ports.length;) {
    if (Date.now() > deadline) throw new Error(`${host} does not answer`);
    const port = ports[inARow % ports.length]!;
    const sending = sendThrough(egress, `${host}:${port}`, { method: 'GET', port, path: '/' });
    const answer = await sending.catch(() => null);
    if (answer) answers += 1;
    // Behaviour may be to answer with an error: it is an answer of the application.
    const isAnswered = answer?.answeredBy.startsWith(`${service}-`) ?? false;
    inARow = isAnswered ? inARow + 1 : 0;
    if (!isAnswered) await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return answers;
}
