// Kubernetes answers with every kind there is: tests narrow by what they expect.
/* oxlint-disable typescript/no-explicit-any */
import { readFileSync } from 'node:fs';
import { parseAllDocuments } from 'yaml';
import type { Kube } from '../kube.ts';
import { waitFor } from './control-plane.ts';

/** Installs Istio's CustomResourceDefinitions and waits until the API server serves them. */
export async function installIstioCrds(kube: Kube, file: string): Promise<void> {
  const definitions = parseAllDocuments(readFileSync(file, 'utf8'))
    .map((document) => document.toJS())
    .filter((definition) => definition?.kind === 'CustomResourceDefinition');
  const path = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
  await Promise.all(definitions.map((definition) => kube.send('POST', path, definition)));
  await waitFor('Istio’s CRDs', async () => {
    const { items } = await kube.get(path);
    return items.every((item: any) =>
      item.status?.conditions?.some(
        (condition: any) => condition.type === 'Established' && condition.status === 'True',
      ),
    );
  });
}

/**
 * Adds a container named istio-proxy to every new Pod of namespaces labelled istio-injection=enabled, as Istio's
 * injection webhook does; here by the API server itself, so that no webhook has to run.
 */
export async function installSidecarInjection(kube: Kube): Promise<void> {
  const group = '/apis/admissionregistration.k8s.io/v1';
  await kube.send('POST', `${group}/mutatingadmissionpolicies`, {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'MutatingAdmissionPolicy',
    metadata: { name: 'sidecar-injection' },
    spec: {
      matchConstraints: {
        namespaceSelector: { matchLabels: { 'istio-injection': 'enabled' } },
        resourceRules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] }],
      },
      matchConditions: [
        {
          name: 'not-opted-out',
          expression:
            "!has(object.metadata.labels) || !('sidecar.istio.io/inject' in object.metadata.labels) || object.metadata.labels['sidecar.istio.io/inject'] != 'false'",
        },
      ],
      failurePolicy: 'Fail',
      reinvocationPolicy: 'Never',
      mutations: [
        {
          patchType: 'ApplyConfiguration',
          applyConfiguration: {
            expression: `Object{
              metadata: Object.metadata{annotations: {"sidecar.istio.io/status": "{}"}},
              spec: Object.spec{containers: [Object.spec.containers{name: "istio-proxy", image: "docker.io/istio/proxyv2:1.26.2"}]}
            }`,
          },
        },
      ],
    },
  });
  await kube.send('POST', `${group}/mutatingadmissionpolicybindings`, {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'MutatingAdmissionPolicyBinding',
    metadata: { name: 'sidecar-injection' },
    spec: { policyName: 'sidecar-injection' },
  });
  // The policy is compiled some time after it was stored: a Pod that comes through injected proves it works.
  await kube.send('POST', '/api/v1/namespaces', {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: 'injection-probe', labels: { 'istio-injection': 'enabled' } },
  });
  await waitFor('sidecar injection', async () => {
    const probe = await kube.send('POST', '/api/v1/namespaces/injection-probe/pods?dryRun=All', {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'probe' },
      spec: { containers: [{ name: 'probe', image: 'probe' }] },
    });
    return probe.spec.containers.some((container: any) => container.name === 'istio-proxy');
  });
  await kube.send('DELETE', '/api/v1/namespaces/injection-probe');
}
