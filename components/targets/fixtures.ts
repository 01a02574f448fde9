import type { ContainerInfo, DeploymentInfo, ServiceInfo } from '@/lib/contract/inventory';

/** What the inventory says about Bookinfo's reviews, for the tests of forms. */
export const reviewsContainer: ContainerInfo = {
  name: 'reviews',
  image: 'kubesphere/examples-bookinfo-reviews-v1:1.16.2',
  init: false,
  env: [
    { name: 'LOG_DIR', value: '/tmp/logs', from: null, valueFrom: null },
    {
      name: 'DB_PASSWORD',
      value: null,
      from: 'secret reviews-db/password',
      valueFrom: { secretKeyRef: { name: 'reviews-db', key: 'password' } },
    },
  ],
  resources: { requests: { cpu: '100m', memory: '256Mi' }, limits: { memory: '512Mi' } },
};

export const reviewsV1: DeploymentInfo = {
  name: 'reviews-v1',
  namespace: 'demo-project',
  services: ['reviews'],
  version: 'v1',
  replicas: { ready: 1, desired: 1 },
  containers: [reviewsContainer],
  suggestedVersion: 'v2',
  createdAt: '2026-01-01T00:00:00Z',
  task: null,
};

export const reviews: ServiceInfo = {
  name: 'reviews',
  app: 'bookinfo',
  eligible: true,
  reasons: [],
  versions: ['v1'],
  ports: [{ name: 'http', port: 9080, protocol: 'http' }],
  workloads: [{ kind: 'Deployment', name: 'reviews-v1', version: 'v1', ready: 1, desired: 1 }],
  live: ['reviews-v1'],
  requestsPerSecond: 42,
  tasks: [],
};
