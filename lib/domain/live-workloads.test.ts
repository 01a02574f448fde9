import { expect, test } from 'vitest';
import type { Deployment, DestinationRule, Service, VirtualService } from './kubernetes.ts';
import { liveWorkloads } from './live-workloads.ts';

const namespace = 'my-app';
const service: Service = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'my-app', namespace },
  spec: { selector: { app: 'my-app' }, ports: [{ name: 'http', port: 80 }] },
};
const deployment = (name: string, version: string, replicas: number): Deployment => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name, namespace },
  spec: {
    replicas,
    selector: { matchLabels: { app: 'my-app', version } },
    template: { metadata: { labels: { app: 'my-app', version } }, spec: { containers: [] } },
  },
});
const rule: DestinationRule = {
  apiVersion: 'networking.istio.io/v1',
  kind: 'DestinationRule',
  metadata: { name: 'my-app', namespace },
  spec: {
    host: 'my-app',
    subsets: [
      { name: 'stable', labels: { version: 'v1.0' } },
      { name: 'canary', labels: { version: 'v2.0' } },
    ],
  },
};
const routeTo = (subset: string, weight?: number) => ({
  destination: { host: 'my-app', subset },
  ...(weight === undefined ? {} : { weight }),
});
const virtualService = (...route: ReturnType<typeof routeTo>[]): VirtualService => ({
  apiVersion: 'networking.istio.io/v1',
  kind: 'VirtualService',
  metadata: { name: 'my-app', namespace },
  spec: { hosts: ['my-app'], http: [{ route }] },
});
const namesOf = (
  virtualServices: VirtualService[],
  deployments = [deployment('canary', 'v2.0', 1), deployment('stable', 'v1.0', 3)],
) =>
  liveWorkloads(service, { deployments, virtualServices, destinationRules: [rule], rootNamespace: 'istio-system' }).map(
    ({ metadata }) => metadata.name,
  );

test('a workload that no route reaches does not answer clients', () => {
  expect(namesOf([virtualService(routeTo('stable'))])).toEqual(['stable']);
  expect(namesOf([virtualService(routeTo('stable', 100), routeTo('canary', 0))])).toEqual(['stable']);
});

test('the one with most replicas comes first', () => {
  expect(namesOf([virtualService(routeTo('canary', 10), routeTo('stable', 90))])).toEqual(['stable', 'canary']);
  expect(namesOf([])).toEqual(['stable', 'canary']);
});

test('one that is scaled to zero answers nobody', () => {
  expect(namesOf([], [deployment('canary', 'v2.0', 1), deployment('stable', 'v1.0', 0)])).toEqual(['canary']);
});
