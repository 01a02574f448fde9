import type { Service, ServicePort } from './kubernetes.ts';

export type PortProtocol = 'http' | 'grpc' | 'other';

const grpcProtocols = new Set(['grpc', 'grpc-web']);
const httpProtocols = new Set(['http', 'http2', 'kubernetes.io/h2c', 'kubernetes.io/ws', 'kubernetes.io/wss']);

/**
 * Protocol that a Service port declares: `appProtocol`, else the name up to its first hyphen (Istio's protocol
 * selection). What declares nothing counts as other: Istio guesses it per connection, which mirroring cannot rely on.
 */
export function portProtocol({ name, protocol = 'TCP', appProtocol }: ServicePort): PortProtocol {
  if (protocol !== 'TCP') return 'other';
  const declared = (appProtocol ?? protocolOfName(name ?? '')).toLowerCase();
  if (grpcProtocols.has(declared)) return 'grpc';
  return httpProtocols.has(declared) ? 'http' : 'other';
}

/** Numbers of the ports whose requests can be copied. */
export function mirrorablePorts(service: Service): number[] {
  return (service.spec.ports ?? []).filter((port) => portProtocol(port) !== 'other').map(({ port }) => port);
}

function protocolOfName(name: string): string {
  if (name === 'grpc-web' || name.startsWith('grpc-web-')) return 'grpc-web';
  return name.split('-')[0] ?? '';
}
