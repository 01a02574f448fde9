/**
 * What changes or refuses a write after decoding and before storage: namespace life cycle, Service
 * addresses, quota, sidecar injection and istiod's validation.
 */
import type { KubeObject } from '../core/objects.ts';
import { runIstioWebhook } from './istio-webhook.ts';
import { isObject } from './json.ts';
import { enforceQuota } from './quota.ts';
import type { Resource } from './resources.ts';
import { injectSidecar } from './sidecar-injection.ts';
import { ApiError, forbidden, invalidValue, invalid, notFound } from './status.ts';
import type { Store } from './store.ts';

const namespaces = { group: '', plural: 'namespaces' };

/** Creation in a namespace that is missing (404) or going away (403). */
function requireNamespace(object: KubeObject, resource: Resource, store: Store): void {
  const { namespace, name } = object.metadata;
  if (!resource.namespaced || !namespace) return;
  const found = store.get('', 'Namespace', undefined, namespace);
  if (!found) throw notFound(namespaces, namespace);
  if (found.metadata.deletionTimestamp) {
    const refusal = forbidden(
      resource,
      name,
      `unable to create new content in namespace ${namespace} because it is being terminated`,
    );
    throw new ApiError(403, 'Forbidden', refusal.message, {
      ...refusal.details,
      causes: [
        {
          reason: 'NamespaceTerminating',
          message: `namespace ${namespace} is being terminated`,
          field: 'metadata.namespace',
        },
      ],
    });
  }
}

const serviceAddressPrefix = '10.96';

function freeServiceAddress(store: Store): string {
  const taken = new Set(store.list('', 'Service').map((service) => service['spec']?.clusterIP));
  for (let host = 10; host < 65_534; host++) {
    const address = `${serviceAddressPrefix}.${host >> 8}.${host & 255}`;
    if (!taken.has(address)) return address;
  }
  throw new ApiError(500, 'InternalError', 'failed to allocate a serviceIP: range is full');
}

/** Gives a new Service its cluster address; an update without one keeps the old. */
function allocateServiceAddress(service: KubeObject, before: KubeObject | undefined, store: Store): void {
  const spec: unknown = service['spec'];
  if (!isObject(spec) || spec['type'] === 'ExternalName') return;
  const previous: unknown = before?.['spec']?.clusterIP;
  spec['clusterIP'] ||= previous ?? freeServiceAddress(store);
  spec['clusterIPs'] = [spec['clusterIP']];
  // A headless Service without a selector may have endpoints of any family.
  const isAnyFamily = spec['clusterIP'] === 'None' && spec['selector'] === undefined;
  spec['ipFamilies'] ??= before?.['spec']?.ipFamilies ?? (isAnyFamily ? ['IPv4', 'IPv6'] : ['IPv4']);
  spec['ipFamilyPolicy'] ??= before?.['spec']?.ipFamilyPolicy ?? (isAnyFamily ? 'RequireDualStack' : 'SingleStack');
  if (spec['type'] === 'NodePort' || spec['type'] === 'LoadBalancer')
    allocateNodePorts(spec['ports'] as NodePort[] | undefined, before, store);
}

interface NodePort {
  nodePort?: number;
}

const firstNodePort = 30_000;

function allocateNodePorts(ports: NodePort[] | undefined, before: KubeObject | undefined, store: Store): void {
  const previous: NodePort[] = before?.['spec']?.ports ?? [];
  const others = store.list('', 'Service').flatMap((service): NodePort[] => service['spec']?.ports ?? []);
  const taken = new Set([...others, ...(ports ?? [])].map(({ nodePort }) => nodePort));
  let next = firstNodePort;
  ports?.forEach((port, index) => {
    port.nodePort ??= previous[index]?.nodePort;
    if (port.nodePort !== undefined) return;
    while (taken.has(next)) next += 1;
    port.nodePort = next;
    taken.add(next);
  });
}

/** 422 for a Service that asks for an address another one has. */
function refuseTakenAddress(service: KubeObject, store: Store): void {
  const address: unknown = service['spec']?.clusterIP;
  if (!address || address === 'None') return;
  const holder = store
    .list('', 'Service')
    .find((other) => other['spec']?.clusterIP === address && other.metadata.uid !== service.metadata.uid);
  if (holder) {
    throw invalid('', 'Service', service.metadata.name, [
      invalidValue(
        'spec.clusterIPs',
        [address],
        `failed to allocate IP ${String(address)}: provided IP is already allocated`,
      ),
    ]);
  }
}

/** Admission of a new object; may change it. */
export function admitCreate(object: KubeObject, resource: Resource, store: Store): void {
  requireNamespace(object, resource, store);
  if (object.kind === 'Pod') injectSidecar(object, store);
  enforceQuota(object, resource, store);
}

/** What the server hands out on storing: addresses and ports of Services. Nobody owns these fields. */
export function allocate(object: KubeObject, before: KubeObject | undefined, store: Store): void {
  if (object.kind !== 'Service') return;
  if (!before) refuseTakenAddress(object, store);
  allocateServiceAddress(object, before, store);
}

/** The validating webhooks, after schema validation; returns warnings. */
export function runValidatingWebhooks(object: KubeObject): string[] {
  return /^(networking|security)\.istio\.io\//.test(object.apiVersion) ? runIstioWebhook(object) : [];
}
