/** Endpoints and EndpointSlices of Services with a selector. */
import { createHash } from 'node:crypto';
import type { KubeObject } from '../../core/objects.ts';
import { ApiError } from '../status.ts';
import { selectsLabels } from '../selectors.ts';
import {
  createObject,
  keyOf,
  ownerReference,
  splitKey,
  WorkQueue,
  writeObject,
  type Controller,
  type ControllerContext,
} from './controller.ts';
import { isReady } from './pod-template.ts';

const endpointsManager = 'kube-controller-manager';
const serviceNameLabel = 'kubernetes.io/service-name';

export function startEndpointsController(context: ControllerContext): Controller {
  const queue = new WorkQueue(context.clock, (key) => reconcile(context, key));
  const unsubscribe = context.store.subscribe(({ object }) => {
    if (object.kind === 'Service') queue.add(keyOf(object));
    else if (object.kind === 'Pod') {
      for (const service of context.store.list('', 'Service', object.metadata.namespace)) {
        if (selects(service, object)) queue.add(keyOf(service));
      }
    }
  });
  return {
    stop() {
      unsubscribe();
      queue.stop();
    },
  };
}

function selects(service: KubeObject, pod: KubeObject): boolean {
  const selector: Record<string, string> | undefined = service['spec']?.selector;
  return selector !== undefined && selectsLabels({ matchLabels: selector }, pod.metadata.labels);
}

interface ServicePort {
  name?: string;
  port: number;
  targetPort: number | string;
  protocol: string;
  appProtocol?: string;
}

interface Container {
  ports?: { name?: string; containerPort: number }[];
}

/** The port of the Pod that a Service port leads to; undefined for a name that the Pod lacks. */
function targetPort(pod: KubeObject, port: ServicePort): number | undefined {
  if (typeof port.targetPort === 'number') return port.targetPort;
  const containers: Container[] = pod['spec'].containers;
  return containers.flatMap(({ ports = [] }) => ports).find(({ name }) => name === port.targetPort)?.containerPort;
}

interface EndpointPort {
  name?: string;
  port: number;
  protocol: string;
  appProtocol?: string;
}

function endpointPorts(service: KubeObject, pods: readonly KubeObject[]): EndpointPort[] {
  const ports: ServicePort[] = service['spec'].ports ?? [];
  return ports.flatMap((port) => {
    const target = pods.map((pod) => targetPort(pod, port)).find((found) => found !== undefined);
    if (target === undefined) return [];
    const { name, protocol, appProtocol } = port;
    return [{ ...(name ? { name } : {}), port: target, protocol, ...(appProtocol ? { appProtocol } : {}) }];
  });
}

function toTarget(pod: KubeObject): object {
  const { namespace, name, uid } = pod.metadata;
  return { kind: 'Pod', namespace, name, uid };
}

function reconcile(context: ControllerContext, key: string): void {
  const { namespace, name } = splitKey(key);
  const service = context.store.get('', 'Service', namespace, name);
  if (!service) {
    const endpoints = context.store.get('', 'Endpoints', namespace, name);
    if (endpoints) context.store.remove(endpoints);
    return;
  }
  if (!service['spec']?.selector) return;
  const pods = context.store
    .list('', 'Pod', namespace)
    .filter((pod) => selects(service, pod) && pod['status']?.podIP && !pod.metadata.deletionTimestamp);
  upsert(context, toEndpoints(service, pods));
  upsert(context, toSlice(service, pods));
}

function toEndpoints(service: KubeObject, pods: readonly KubeObject[]): KubeObject {
  const toAddress = (pod: KubeObject) => ({
    ip: pod['status'].podIP,
    nodeName: pod['spec'].nodeName,
    targetRef: toTarget(pod),
  });
  const ports = endpointPorts(service, pods);
  const ready = pods.filter(isReady).map(toAddress);
  const notReady = pods.filter((pod) => !isReady(pod)).map(toAddress);
  const { name, namespace = '', labels } = service.metadata;
  const subset = {
    ...(ready.length > 0 ? { addresses: ready } : {}),
    ...(notReady.length > 0 ? { notReadyAddresses: notReady } : {}),
    ports,
  };
  return {
    apiVersion: 'v1',
    kind: 'Endpoints',
    metadata: { name, namespace, ...(labels ? { labels: { ...labels } } : {}) },
    ...(pods.length > 0 ? { subsets: [subset] } : {}),
  };
}

function toSlice(service: KubeObject, pods: readonly KubeObject[]): KubeObject {
  const { name, namespace = '', labels, uid = '' } = service.metadata;
  const suffix = createHash('sha256').update(uid).digest('hex').slice(0, 5);
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      name: `${name}-${suffix}`,
      namespace,
      labels: {
        ...labels,
        [serviceNameLabel]: name,
        'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
      },
      ownerReferences: [ownerReference(service)],
    },
    addressType: 'IPv4',
    ports: endpointPorts(service, pods),
    endpoints: pods.map((pod) => ({
      addresses: [pod['status'].podIP],
      conditions: { ready: isReady(pod), serving: isReady(pod), terminating: false },
      nodeName: pod['spec'].nodeName,
      targetRef: toTarget(pod),
    })),
  };
}

function upsert(context: ControllerContext, wanted: KubeObject): void {
  const group = wanted.kind === 'Endpoints' ? '' : 'discovery.k8s.io';
  const current = context.store.get(group, wanted.kind, wanted.metadata.namespace, wanted.metadata.name);
  try {
    if (!current) createObject(context, wanted, endpointsManager);
    else
      writeObject(
        context,
        { ...current, ...wanted, metadata: { ...current.metadata, ...wanted.metadata } },
        endpointsManager,
      );
  } catch (error) {
    // The namespace is going away and takes these with it.
    if (!(error instanceof ApiError && error.code === 403)) throw error;
  }
}
