import type {
  ConfigMap,
  Deployment,
  DestinationRule,
  KubeObject,
  Pod,
  Service,
  ServiceEntry,
  VirtualService,
} from '@/lib/domain/kubernetes';
import { managedByLabel } from '@/lib/domain/task';

interface KindInfo {
  group: string;
  version: string;
  plural: string;
  namespaced: boolean;
  /** Served in `version` only, whatever newer ones its group has. */
  isFixed?: true;
  /** Only objects with these labels are listed and watched. */
  watchSelector?: string;
}

/**
 * Every kind that the console reads or writes. Versions of `*.istio.io` groups are the newest that we know;
 * discovery replaces them with what the cluster serves (`Cluster.apiVersionOf`).
 */
export const kinds = {
  Namespace: { group: '', version: 'v1', plural: 'namespaces', namespaced: false },
  /** Only task records: nothing else in ConfigMaps is our business. */
  ConfigMap: {
    group: '',
    version: 'v1',
    plural: 'configmaps',
    namespaced: true,
    watchSelector: `${managedByLabel.key}=${managedByLabel.value}`,
  },
  Service: { group: '', version: 'v1', plural: 'services', namespaced: true },
  Pod: { group: '', version: 'v1', plural: 'pods', namespaced: true },
  ResourceQuota: { group: '', version: 'v1', plural: 'resourcequotas', namespaced: true },
  Deployment: { group: 'apps', version: 'v1', plural: 'deployments', namespaced: true },
  ReplicaSet: { group: 'apps', version: 'v1', plural: 'replicasets', namespaced: true },
  StatefulSet: { group: 'apps', version: 'v1', plural: 'statefulsets', namespaced: true },
  DaemonSet: { group: 'apps', version: 'v1', plural: 'daemonsets', namespaced: true },
  HorizontalPodAutoscaler: {
    group: 'autoscaling',
    version: 'v2',
    plural: 'horizontalpodautoscalers',
    namespaced: true,
  },
  PodDisruptionBudget: { group: 'policy', version: 'v1', plural: 'poddisruptionbudgets', namespaced: true },
  NetworkPolicy: { group: 'networking.k8s.io', version: 'v1', plural: 'networkpolicies', namespaced: true },
  Ingress: { group: 'networking.k8s.io', version: 'v1', plural: 'ingresses', namespaced: true },
  HTTPRoute: { group: 'gateway.networking.k8s.io', version: 'v1', plural: 'httproutes', namespaced: true },
  VirtualService: { group: 'networking.istio.io', version: 'v1', plural: 'virtualservices', namespaced: true },
  DestinationRule: { group: 'networking.istio.io', version: 'v1', plural: 'destinationrules', namespaced: true },
  ServiceEntry: { group: 'networking.istio.io', version: 'v1', plural: 'serviceentries', namespaced: true },
  Sidecar: { group: 'networking.istio.io', version: 'v1', plural: 'sidecars', namespaced: true },
  EnvoyFilter: {
    group: 'networking.istio.io',
    version: 'v1alpha3',
    plural: 'envoyfilters',
    namespaced: true,
    isFixed: true,
  },
  AuthorizationPolicy: { group: 'security.istio.io', version: 'v1', plural: 'authorizationpolicies', namespaced: true },
  PeerAuthentication: { group: 'security.istio.io', version: 'v1', plural: 'peerauthentications', namespaced: true },
  PrometheusRule: { group: 'monitoring.coreos.com', version: 'v1', plural: 'prometheusrules', namespaced: true },
} as const satisfies Record<string, KindInfo>;

export type Kind = keyof typeof kinds;

/** An object of a kind whose fields nobody has spelled out: narrow before use. */
export type OtherObject = KubeObject & { spec?: unknown; status?: unknown };

interface KnownObjects {
  ConfigMap: ConfigMap;
  Service: Service;
  Pod: Pod;
  Deployment: Deployment;
  VirtualService: VirtualService;
  DestinationRule: DestinationRule;
  ServiceEntry: ServiceEntry;
}

/** The type of an object of kind K. The API server validated it; we read, and copy through, what it holds. */
export type KindObject<K extends Kind> = K extends keyof KnownObjects ? KnownObjects[K] : OtherObject;

/** True for a kind that discovery has no newer version of, whatever its group has. */
export function isFixedVersion(kind: Kind): boolean {
  const info: KindInfo = kinds[kind];
  return info.isFixed === true;
}

/** The label selector that limits what is watched of a kind. */
export function watchSelectorOf(kind: Kind): string | undefined {
  const info: KindInfo = kinds[kind];
  return info.watchSelector;
}

/** Narrows a kind's name that came from a manifest. */
export function isKind(name: string): name is Kind {
  return Object.hasOwn(kinds, name);
}
