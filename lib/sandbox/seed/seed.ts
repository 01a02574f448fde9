/** What the sandbox holds at start. */
import { readFileSync } from 'node:fs';
import { parseAllDocuments } from 'yaml';
import type { KubeObject } from '../core/objects.ts';
import { nodeAddress, nodeName } from '../kube/controllers/kubelet.ts';
import { isObject } from '../kube/json.ts';
import { toTime, type Registry } from '../kube/registry.ts';
import { resourceOfKind, splitApiVersion } from '../kube/resources.ts';
import { customResources } from '../kube/schema.ts';

const manifests = ['access', 'istio-system', 'bookinfo', 'not-mirrorable', 'httpbin', 'my-app'];
const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration';

/** Fills an empty store: the cluster's own objects, then the manifests as `kubectl apply` creates them. */
export function seedObjects(registry: Registry): void {
  for (const name of ['default', 'kube-system', 'kube-public']) {
    create(registry, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } }, 'kube-apiserver');
  }
  createNode(registry);
  for (const definition of customResourceDefinitions(registry)) create(registry, definition, 'istioctl');
  for (const manifest of manifests) {
    for (const object of readManifest(manifest)) create(registry, asApplied(object), 'kubectl-client-side-apply');
  }
}

function readManifest(name: string): KubeObject[] {
  const text = readFileSync(new URL(`${name}.yaml`, import.meta.url), 'utf8');
  return parseAllDocuments(text).map((document): KubeObject => {
    if (document.errors[0]) throw document.errors[0];
    return document.toJS();
  });
}

/** With keys in order at every level, as kubectl writes objects. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isObject(value)) return value;
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, child]) => [key, sorted(child)]));
}

/** With the annotation that client-side apply compares the next apply with. */
function asApplied(object: KubeObject): KubeObject {
  const { metadata } = object;
  const recorded = { ...object, metadata: { ...metadata, annotations: metadata.annotations ?? {} } };
  return {
    ...object,
    metadata: {
      ...metadata,
      annotations: { ...metadata.annotations, [lastApplied]: `${JSON.stringify(sorted(recorded))}\n` },
    },
  };
}

function create(registry: Registry, object: KubeObject, manager: string): void {
  const { group, version } = splitApiVersion(object.apiVersion);
  const resource = resourceOfKind(group, object.kind);
  registry.create(resource, version, object.metadata.namespace, object, { manager, fieldValidation: 'Strict' });
}

function createNode(registry: Registry): void {
  const resource = resourceOfKind('', 'Node');
  const node = {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: nodeName, labels: { 'kubernetes.io/hostname': nodeName, 'kubernetes.io/os': 'linux' } },
    spec: { podCIDR: '10.244.0.0/16' },
  };
  const created = registry.create(resource, 'v1', undefined, node, { manager: 'kubelet' });
  const size = { cpu: '8', memory: '16Gi', pods: '110' };
  const status = {
    addresses: [
      { type: 'InternalIP', address: nodeAddress },
      { type: 'Hostname', address: nodeName },
    ],
    allocatable: size,
    capacity: size,
    conditions: [
      {
        type: 'Ready',
        status: 'True',
        reason: 'KubeletReady',
        message: 'kubelet is posting ready status',
        lastTransitionTime: toTime(registry.clock.now()),
        lastHeartbeatTime: toTime(registry.clock.now()),
      },
    ],
    nodeInfo: {
      kubeletVersion: 'v1.32.0',
      osImage: 'sandbox',
      operatingSystem: 'linux',
      architecture: 'amd64',
      containerRuntimeVersion: 'containerd://2.0.0',
      kernelVersion: '6.6.0',
      machineID: '',
      systemUUID: '',
      bootID: '',
      kubeProxyVersion: '',
    },
  };
  registry.update(resource, 'v1', undefined, nodeName, { ...created, status }, { manager: 'kubelet' }, 'status');
}

function customResourceDefinitions(registry: Registry): KubeObject[] {
  const now = toTime(registry.clock.now());
  const condition = (type: string, reason: string) => ({
    type,
    status: 'True',
    reason,
    message: '',
    lastTransitionTime: now,
  });
  return customResources.map(({ group, scope, names, versions, schema }) => ({
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${names.plural}.${group}`, labels: { app: 'istio-pilot', release: 'istio' } },
    spec: {
      group,
      scope,
      names,
      conversion: { strategy: 'None' },
      versions: versions.map((version) => ({ ...version, schema: { openAPIV3Schema: schema } })),
    },
    status: {
      acceptedNames: names,
      storedVersions: versions.filter((version) => version.storage).map((version) => version.name),
      conditions: [condition('NamesAccepted', 'NoConflicts'), condition('Established', 'InitialNamesAccepted')],
    },
  }));
}
