import type { Deployment, DestinationRule, Pod, Service, ServicePort, VirtualService } from '../kubernetes.ts';
import type { PlanningInput, PlanningSnapshot } from '../planning-snapshot.ts';
import type { Labels } from '../selectors.ts';

/** A snapshot of nothing, for tests to fill. */
export function snapshotOf(parts: Partial<PlanningSnapshot>): PlanningSnapshot {
  return {
    services: [],
    deployments: [],
    statefulSets: [],
    daemonSets: [],
    pods: [],
    virtualServices: [],
    destinationRules: [],
    httpRoutes: [],
    ingresses: [],
    sidecars: [],
    authorizationPolicies: [],
    peerAuthentications: [],
    networkPolicies: [],
    podDisruptionBudgets: [],
    horizontalPodAutoscalers: [],
    resourceQuotas: [],
    prometheusRules: [],
    namespaces: [],
    tasks: [],
    requestsFromOutside: 0,
    callerClusters: [],
    unreadable: [],
    notServed: [],
    permissions: [],
    istioApiVersion: 'networking.istio.io/v1',
    istioVersion: '1.28.0',
    securityApiVersion: 'security.istio.io/v1',
    rootNamespace: 'istio-system',
    ...parts,
  };
}

export function serviceOf(
  name: string,
  namespace: string,
  ports: ServicePort[],
  selector: Labels = { app: name },
): Service {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace, uid: `svc-${name}` },
    spec: { selector, ports },
  };
}

export function deploymentOf(name: string, namespace: string, labels: Labels, image = 'image:1'): Deployment {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace, labels, uid: `deploy-${name}`, resourceVersion: '1' },
    spec: {
      replicas: 1,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: labels.app ?? name, image }] } },
    },
  };
}

/** One ready pod with a sidecar of each Deployment. */
export function podsOf(...deployments: Deployment[]): Pod[] {
  return deployments.map(({ metadata, spec }) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: `${metadata.name}-1`,
      namespace: metadata.namespace ?? '',
      labels: spec.template.metadata?.labels ?? {},
    },
    spec: { containers: [...spec.template.spec.containers, { name: 'istio-proxy' }] },
    status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] },
  }));
}

export function virtualServiceOf(name: string, namespace: string, spec: VirtualService['spec']): VirtualService {
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: { name, namespace, creationTimestamp: '2026-01-01T00:00:00Z' },
    spec,
  };
}

export function destinationRuleOf(name: string, namespace: string, spec: DestinationRule['spec']): DestinationRule {
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'DestinationRule',
    metadata: { name, namespace, creationTimestamp: '2026-01-01T00:00:00Z' },
    spec,
  };
}

/** Bookinfo's reviews as the KubeSphere document has it: one route, pinned to subset v1. */
export function reviews(): { snapshot: PlanningSnapshot; input: PlanningInput } {
  const v1 = deploymentOf(
    'reviews-v1',
    'demo-project',
    { app: 'reviews', version: 'v1' },
    'examples-bookinfo-reviews-v1:1.16.2',
  );
  const snapshot = snapshotOf({
    services: [serviceOf('reviews', 'demo-project', [{ name: 'http', port: 9080, targetPort: 9080 }])],
    deployments: [v1],
    pods: podsOf(v1),
    virtualServices: [
      virtualServiceOf('reviews', 'demo-project', {
        hosts: ['reviews'],
        http: [{ route: [{ destination: { host: 'reviews', port: { number: 9080 }, subset: 'v1' }, weight: 100 }] }],
      }),
    ],
    destinationRules: [
      destinationRuleOf('reviews', 'demo-project', {
        host: 'reviews',
        subsets: [{ name: 'v1', labels: { version: 'v1' } }],
      }),
    ],
  });
  const input: PlanningInput = {
    namespace: 'demo-project',
    name: 'reviews-v2',
    service: 'reviews',
    target: {
      kind: 'version',
      version: 'v2',
      replicas: 1,
      containers: [{ name: 'reviews', image: 'examples-bookinfo-reviews-v2:1.16.2' }],
    },
    percentage: 100,
  };
  return { snapshot, input };
}
