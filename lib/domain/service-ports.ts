import type { Service, ServicePort } from './kubernetes.ts';

export type PortProtocol = 'http' | 'grpc' | 'other';

const grpcProtocols = new Set(['grpc', 'grpc-web']);
const httpProtocols = new Set(['http', 'http2', 'kubernetes.io/h2c', 'kubernetes.io/ws', 'kubernetes.io/wss']);
/** Declared, and passed on without a look for requests in it. */
const opaqueProtocols = new Set(['tcp', 'tls', 'https', 'mongo', 'mysql', 'redis']);

/**
 * Protocol that a Service port declares: `appProtocol`, else the name up to its first hyphen (Istio's protocol
 * selection). What declares nothing counts as other: Istio guesses it per connection, which mirroring cannot rely on.
 */
export function portProtocol(port: ServicePort): PortProtocol {
  if ((port.protocol ?? 'TCP') !== 'TCP') return 'other';
  const declared = declaredProtocol(port);
  if (grpcProtocols.has(declared)) return 'grpc';
  return httpProtocols.has(declared) ? 'http' : 'other';
}

/** Numbers of the ports whose requests can be copied. */
export function mirrorablePorts(service: Service): number[] {
  return (service.spec.ports ?? []).filter((port) => portProtocol(port) !== 'other').map(({ port }) => port);
}

/**
 * Numbers of the ports, other than the chosen ones, whose requests Istio's metrics may count: beside the HTTP and gRPC
 * ports these are such as declare nothing, where Istio guesses. The metrics tell no ports apart.
 */
export function otherRequestPorts(service: Service, chosen: readonly number[]): number[] {
  const counted = (service.spec.ports ?? []).filter(
    (port) => (port.protocol ?? 'TCP') === 'TCP' && !opaqueProtocols.has(declaredProtocol(port)),
  );
  return counted.map(({ port }) => port).filter((port) => !chosen.includes(port));
}

function declaredProtocol({ name, appProtocol }: ServicePort): string {
  return (appProtocol ?? protocolOfName(name ?? '')).toLowerCase();
}

function protocolOfName(name: string): string {
  if (name === 'grpc-web' || name.startsWith('grpc-web-')) return 'grpc-web';
  return name.split('-')[0] ?? '';
}
