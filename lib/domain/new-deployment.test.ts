import { describe, expect, it } from 'vitest';
import type { Deployment } from './kubernetes.ts';
import { newDeployment, subsetPodLabels, unknownContainers } from './new-deployment.ts';
import { clone } from './structure.ts';
import { deploymentOf } from './testing/snapshot.ts';

function source(): Deployment {
  const live = deploymentOf('reviews-v1', 'shop', { app: 'reviews', version: 'v1' });
  live.metadata = {
    ...live.metadata,
    generation: 7,
    ownerReferences: [{ apiVersion: 'x/v1', kind: 'Canary', name: 'reviews', uid: 'u' }],
    managedFields: [{ manager: 'helm' }],
    labels: {
      app: 'reviews',
      version: 'v1',
      team: 'reviews',
      'app.kubernetes.io/instance': 'bookinfo',
      'app.kubernetes.io/managed-by': 'Helm',
      'helm.sh/chart': 'bookinfo-1.0',
    },
    annotations: {
      'kubectl.kubernetes.io/last-applied-configuration': '{}',
      'deployment.kubernetes.io/revision': '3',
      'argocd.argoproj.io/tracking-id': 'x',
      'meta.helm.sh/release-name': 'bookinfo',
      note: 'kept',
    },
  };
  live.spec = {
    ...live.spec,
    replicas: 3,
    template: {
      metadata: {
        labels: { app: 'reviews', version: 'v1', 'sidecar.istio.io/inject': 'true', 'pod-template-hash': 'x' },
        annotations: { 'kubectl.kubernetes.io/restartedAt': '2026-01-01', 'prometheus.io/scrape': 'true' },
      },
      spec: {
        initContainers: [{ name: 'migrate', image: 'migrate:1' }],
        containers: [
          {
            name: 'reviews',
            image: 'reviews:1',
            env: [{ name: 'LOG_DIR', value: '/tmp' }],
            ports: [{ containerPort: 9080 }],
          },
          { name: 'agent', image: 'agent:1' },
        ],
        affinity: {
          podAntiAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: [
              { labelSelector: { matchLabels: { app: 'reviews' } }, topologyKey: 'kubernetes.io/hostname' },
            ],
          },
          podAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: [
              { labelSelector: { matchLabels: { app: 'cache' } }, topologyKey: 'kubernetes.io/hostname' },
            ],
          },
        },
        topologySpreadConstraints: [
          { maxSkew: 1, labelSelector: { matchExpressions: [{ key: 'app', operator: 'In', values: ['reviews'] }] } },
        ],
      },
    },
  };
  Object.assign(live.spec, { paused: true, minReadySeconds: 5 });
  live.status = { replicas: 3 };
  return live;
}

const version = {
  name: 'reviews-v2',
  namespace: 'shop',
  task: 'try',
  version: 'v2',
  replicas: 1,
  containers: [{ name: 'reviews', image: 'reviews:2', env: [{ name: 'ENVIRONMENT', value: 'test' }] }],
};

describe('the Deployment of a new version', () => {
  const live = source();
  const labels = subsetPodLabels(live, 'v2');
  const made = newDeployment(live, version, labels, { app: 'reviews', version: 'v2' });

  it('is the live one with the changed containers and nothing that a tool would claim', () => {
    expect(made.metadata).toEqual({
      name: 'reviews-v2',
      namespace: 'shop',
      labels: {
        app: 'reviews',
        version: 'v2',
        team: 'reviews',
        'app.kubernetes.io/managed-by': 'mirror-console',
        'mirror-console.io/task': 'try',
      },
      annotations: { note: 'kept' },
    });
    expect(made.status).toBeUndefined();
    expect(made.spec).toMatchObject({
      replicas: 1,
      minReadySeconds: 5,
      selector: { matchLabels: { app: 'reviews', version: 'v2' } },
    });
    expect(made.spec).not.toHaveProperty('paused');
    expect(made.spec.template.metadata).toEqual({
      labels: { app: 'reviews', version: 'v2', 'sidecar.istio.io/inject': 'true' },
      annotations: { 'kubectl.kubernetes.io/restartedAt': '2026-01-01', 'prometheus.io/scrape': 'true' },
    });
    expect(made.spec.template.spec.containers).toEqual([
      {
        name: 'reviews',
        image: 'reviews:2',
        env: [{ name: 'ENVIRONMENT', value: 'test' }],
        ports: [{ containerPort: 9080 }],
      },
      { name: 'agent', image: 'agent:1' },
    ]);
    expect(made.spec.template.spec.initContainers).toEqual([{ name: 'migrate', image: 'migrate:1' }]);
  });

  it('places its pods by its own labels, and still by those of others', () => {
    const text = JSON.stringify(made.spec.template.spec.affinity);
    expect(text).toContain('{"matchLabels":{"app":"cache"}}');
    expect(text).toContain('{"matchLabels":{"app":"reviews","version":"v2"}}');
    expect(made.spec.template.spec.topologySpreadConstraints).toEqual([
      { maxSkew: 1, labelSelector: { matchLabels: { app: 'reviews', version: 'v2' } } },
    ]);
  });

  it('leaves the live one as it was', () => {
    const before = source();
    const copy = clone(before);
    newDeployment(before, version, subsetPodLabels(before, 'v2'), { app: 'reviews', version: 'v2' });
    expect(before).toEqual(copy);
    expect(unknownContainers(before, [{ name: 'migrate' }, { name: 'other' }])).toEqual(['other']);
  });
});
