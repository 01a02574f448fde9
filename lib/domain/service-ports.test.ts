import { expect, it } from 'vitest';
import type { ServicePort } from './kubernetes.ts';
import { otherRequestPorts } from './service-ports.ts';
import { serviceOf } from './testing/snapshot.ts';

const others = (ports: ServicePort[], chosen: number[]) => otherRequestPorts(serviceOf('web', 'demo', ports), chosen);

it('requests of HTTP and gRPC ports, and of those where Istio guesses, are counted beside the chosen ones', () => {
  const ports: ServicePort[] = [
    { name: 'http', port: 80 },
    { name: 'grpc-web', port: 81 },
    { name: 'metrics', port: 82 },
    { port: 83 },
    { name: 'x', appProtocol: 'kubernetes.io/h2c', port: 84 },
  ];
  expect(others(ports, [80])).toEqual([81, 82, 83, 84]);
  expect(others(ports, [80, 81, 82, 83, 84])).toEqual([]);
});

it('what is passed on unread is not counted', () => {
  const ports: ServicePort[] = [
    { name: 'http', port: 80 },
    { name: 'tcp-admin', port: 81 },
    { name: 'https', port: 443 },
    { name: 'mysql', port: 3306 },
    { name: 'dns', protocol: 'UDP', port: 53 },
    { name: 'http-tls', appProtocol: 'https', port: 444 },
  ];
  expect(others(ports, [80])).toEqual([]);
});
