import { inject } from 'vitest';
import { create, type Manifest } from '../cluster/cluster.ts';
import { waitFor } from '../cluster/control-plane.ts';
import { openKube, type Kube } from '../kube.ts';
import type { LabPod } from './lab/exporter.ts';

export const istioApi = '/apis/networking.istio.io/v1';

/** The API server of the shared lab, as its administrator. */
export function labKube(): Kube {
  return openKube(inject('lab').kubeconfig);
}

/** The lab's Pods, with their addresses. */
export async function labPods(): Promise<LabPod[]> {
  return (await (await fetch(`${inject('lab').url}/pods`)).json()) as LabPod[];
}

/** The ready Pods of a Deployment, or of a bare Pod's name; waits until there is one. */
export async function readyPods(namespace: string, workload: string): Promise<LabPod[]> {
  let found: LabPod[] = [];
  await waitFor(`a ready Pod of ${namespace}/${workload}`, async () => {
    found = (await labPods()).filter((pod) => pod.namespace === namespace && pod.workload === workload && pod.isReady);
    return found.length > 0;
  });
  return found;
}

/** Makes a namespace whose Pods get a sidecar. */
export async function makeNamespace(kube: Kube, name: string): Promise<void> {
  const metadata = { name, labels: { 'istio-injection': 'enabled' } };
  await create(kube, { apiVersion: 'v1', kind: 'Namespace', metadata } as Manifest);
  // Pods need it, and it comes a moment after the namespace.
  await waitFor(`the service account of ${name}`, async () =>
    Boolean(await kube.get(`/api/v1/namespaces/${name}/serviceaccounts/default`)),
  );
}

/** Has a namespace go in its own time: the proxies of one that is done with would be a load to what runs later. */
export function leaveNamespace(kube: Kube, name: string): void {
  void kube.send('DELETE', `/api/v1/namespaces/${name}`).catch(() => undefined);
}

/** A Pod with a sidecar that answers nobody and sends nothing by itself. `annotations`: what the lab is to know of it. */
export async function makeClientPod(
  kube: Kube,
  namespace: string,
  name: string,
  annotations: Record<string, string> = {},
): Promise<void> {
  await create(kube, {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace, labels: { app: name }, annotations },
    spec: { containers: [{ name: 'client', image: 'curlimages/curl' }] },
  } as Manifest);
}
