/**
 * What istiod sends: consistent pictures of the store. A proxy holds one of each kind, and they
 * arrive separately, as Envoy's clusters, routes and endpoints do.
 */
import type { KubeObject, ObjectReader } from '../core/objects.ts';
import type { DestinationRuleSpec, GatewaySpec, ServiceEntrySpec, ServiceSpec, VirtualServiceSpec } from './objects.ts';
import { clusterDomain, resolveShortName } from './hosts.ts';
import { podView, type PodView } from './pods.ts';

export const istioGroup = 'networking.istio.io';
export const securityGroup = 'security.istio.io';

interface Named {
  namespace: string;
  name: string;
}

export interface VirtualService extends Named {
  spec: VirtualServiceSpec;
  /** Fully qualified. */
  hosts: string[];
  /** `mesh` or NAMESPACE/NAME. */
  gateways: string[];
}

export interface GatewayView extends Named {
  spec: GatewaySpec;
}

export interface DestinationRule extends Named {
  spec: DestinationRuleSpec;
  host: string;
}

/** A service of the registry: a Kubernetes Service or a host of a ServiceEntry. */
export interface RegistryService extends Named {
  host: string;
  exportTo: string[] | undefined;
  ports: { number: number; protocol: 'http' | 'grpc' | 'tcp' }[];
  /** Undefined = its endpoints are outside the mesh. */
  selector: Record<string, string> | undefined;
}

export interface RoutesSnapshot {
  /** Oldest first, as istiod sorts them. */
  virtualServices: VirtualService[];
  gateways: GatewayView[];
}

export interface ClustersSnapshot {
  services: RegistryService[];
  byHost: Map<string, RegistryService[]>;
  /** Oldest first. */
  destinationRules: DestinationRule[];
}

export interface EndpointsSnapshot {
  readyPods: PodView[];
}

export interface PoliciesSnapshot {
  authorization: KubeObject[];
  peerAuthentication: KubeObject[];
}

/** VirtualServices and Gateways as they are now. */
export function readRoutes(reader: ObjectReader): RoutesSnapshot {
  return {
    virtualServices: byAge(reader.list(istioGroup, 'VirtualService')).map((object) => {
      const spec = (object['spec'] ?? {}) as VirtualServiceSpec;
      const namespace = object.metadata.namespace ?? '';
      return {
        namespace,
        name: object.metadata.name,
        spec,
        hosts: (spec.hosts ?? []).map((host) => resolveShortName(host, namespace)),
        gateways: (spec.gateways?.length ? spec.gateways : ['mesh']).map((name) => gatewayName(name, namespace)),
      };
    }),
    gateways: reader.list(istioGroup, 'Gateway').map((object) => ({
      namespace: object.metadata.namespace ?? '',
      name: object.metadata.name,
      spec: (object['spec'] ?? {}) as GatewaySpec,
    })),
  };
}

/** Services, ServiceEntries and DestinationRules as they are now. */
export function readClusters(reader: ObjectReader): ClustersSnapshot {
  const services = [
    ...byAge(reader.list('', 'Service')).map(serviceOf),
    ...byAge(reader.list(istioGroup, 'ServiceEntry')).flatMap(serviceEntryServices),
  ];
  const byHost = new Map<string, RegistryService[]>();
  for (const service of services) byHost.set(service.host, [...(byHost.get(service.host) ?? []), service]);
  return {
    services,
    byHost,
    destinationRules: byAge(reader.list(istioGroup, 'DestinationRule')).map((object) => {
      const spec = (object['spec'] ?? {}) as DestinationRuleSpec;
      const namespace = object.metadata.namespace ?? '';
      return { namespace, name: object.metadata.name, spec, host: resolveShortName(spec.host ?? '', namespace) };
    }),
  };
}

/** The Pods that are ready now. */
export function readEndpoints(reader: ObjectReader): EndpointsSnapshot {
  return {
    readyPods: reader
      .list('', 'Pod')
      .map(podView)
      .filter(({ ready }) => ready),
  };
}

/** AuthorizationPolicies and PeerAuthentications as they are now. */
export function readPolicies(reader: ObjectReader): PoliciesSnapshot {
  return {
    authorization: [...reader.list(securityGroup, 'AuthorizationPolicy')],
    peerAuthentication: [...reader.list(securityGroup, 'PeerAuthentication')],
  };
}

/** `mesh` stays; `name` is a Gateway of the VirtualService's own namespace. */
export function gatewayName(name: string, namespace: string): string {
  return name === 'mesh' || name.includes('/') ? name : `${namespace}/${name}`;
}

function byAge(objects: readonly KubeObject[]): KubeObject[] {
  const key = ({ metadata }: KubeObject): string => `${metadata.name}.${metadata.namespace}`;
  const age = ({ metadata }: KubeObject): number => Date.parse(metadata.creationTimestamp ?? '') || 0;
  return objects.toSorted((a, b) => age(a) - age(b) || (key(a) < key(b) ? -1 : 1));
}

function serviceOf(object: KubeObject): RegistryService {
  const spec = (object['spec'] ?? {}) as ServiceSpec;
  const namespace = object.metadata.namespace ?? '';
  const exportTo = object.metadata.annotations?.['networking.istio.io/exportTo'];
  return {
    namespace,
    name: object.metadata.name,
    host: `${object.metadata.name}.${namespace}.${clusterDomain}`,
    exportTo: exportTo?.split(',').map((part) => part.trim()),
    ports: (spec.ports ?? []).map(({ port, name, appProtocol, protocol }) => ({
      number: port,
      protocol: protocol === 'UDP' ? 'tcp' : protocolOf(appProtocol ?? name),
    })),
    selector: spec.type === 'ExternalName' ? undefined : (spec.selector ?? { '\u0000': 'selects nothing' }),
  };
}

function serviceEntryServices(object: KubeObject): RegistryService[] {
  const spec = (object['spec'] ?? {}) as ServiceEntrySpec;
  return (spec.hosts ?? []).map((host) => ({
    namespace: object.metadata.namespace ?? '',
    name: object.metadata.name,
    host,
    exportTo: spec.exportTo,
    ports: (spec.ports ?? []).map(({ number, name, protocol }) => ({ number, protocol: protocolOf(protocol ?? name) })),
    selector: spec.workloadSelector?.labels,
  }));
}

/** By the port's declared protocol or name; what is not declared is sniffed, and our clients speak HTTP. */
function protocolOf(declared: string | undefined): 'http' | 'grpc' | 'tcp' {
  const word = (declared ?? '').toLowerCase().split('-')[0] ?? '';
  if (word.startsWith('grpc')) return 'grpc';
  return ['tcp', 'tls', 'https', 'mongo', 'mysql', 'redis', 'udp'].includes(word) ? 'tcp' : 'http';
}
