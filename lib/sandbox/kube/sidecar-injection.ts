/** Istio's sidecar injector: adds istio-proxy to Pods of injected namespaces, as the real webhook decides. */
import type { KubeObject } from '../core/objects.ts';
import type { Store } from './store.ts';

const istioVersion = '1.26.2';
export const proxyImage = `docker.io/istio/proxyv2:${istioVersion}`;
const injectLabel = 'sidecar.istio.io/inject';

/** The pod's own label or annotation decides, else the namespace's. */
export function isInjected(pod: KubeObject, store: Store): boolean {
  const namespaceLabels = store.get('', 'Namespace', undefined, pod.metadata.namespace ?? '')?.metadata.labels ?? {};
  const own = pod.metadata.labels?.[injectLabel] ?? pod.metadata.annotations?.[injectLabel];
  const namespaceWide = namespaceLabels['istio-injection'];
  if (namespaceWide === 'disabled' || pod['spec']?.hostNetwork === true) return false;
  if (own !== undefined) return own === 'true';
  return namespaceWide === 'enabled' || namespaceLabels['istio.io/rev'] === 'default';
}

function sidecarContainer(): Record<string, unknown> {
  return {
    name: 'istio-proxy',
    image: proxyImage,
    imagePullPolicy: 'IfNotPresent',
    args: ['proxy', 'sidecar', '--domain', '$(POD_NAMESPACE).svc.cluster.local'],
    ports: [{ containerPort: 15090, name: 'http-envoy-prom', protocol: 'TCP' }],
    resources: { limits: { cpu: '2', memory: '1Gi' }, requests: { cpu: '10m', memory: '40Mi' } },
    readinessProbe: {
      httpGet: { path: '/healthz/ready', port: 15021, scheme: 'HTTP' },
      failureThreshold: 4,
      periodSeconds: 15,
      successThreshold: 1,
      timeoutSeconds: 3,
    },
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
  };
}

/** Changes the Pod as the injector does; one that asks for no sidecar is left alone. */
export function injectSidecar(pod: KubeObject, store: Store): void {
  const containers: { name: string }[] = pod['spec'].containers;
  if (!isInjected(pod, store) || containers.some((container) => container.name === 'istio-proxy')) return;
  const annotations = (pod.metadata.annotations ??= {});
  const labels = (pod.metadata.labels ??= {});
  const application = containers[0]?.name ?? '';
  annotations['kubectl.kubernetes.io/default-container'] ??= application;
  annotations['kubectl.kubernetes.io/default-logs-container'] ??= application;
  annotations['prometheus.io/scrape'] ??= 'true';
  annotations['prometheus.io/port'] ??= '15020';
  annotations['prometheus.io/path'] ??= '/stats/prometheus';
  annotations['sidecar.istio.io/status'] = JSON.stringify({
    initContainers: ['istio-init'],
    containers: ['istio-proxy'],
    volumes: ['istio-envoy', 'istio-data', 'istio-podinfo', 'istio-token', 'istiod-ca-cert'],
    imagePullSecrets: null,
    revision: 'default',
  });
  labels['security.istio.io/tlsMode'] ??= 'istio';
  labels['service.istio.io/canonical-name'] ??= labels['app'] ?? pod.metadata.name;
  labels['service.istio.io/canonical-revision'] ??= labels['version'] ?? 'latest';
  containers.push(sidecarContainer() as { name: string });
}
