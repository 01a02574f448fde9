import type {
  Deployment,
  DestinationRule,
  KubeObject,
  Pod,
  Service,
  ServiceEntry,
  VirtualService,
} from './kubernetes.ts';
import type { Permission } from './permissions.ts';
import type { RequestSelection } from './request-match.ts';
import type { LabelSelector, Labels } from './selectors.ts';
import type { Delivery, Placement, RouteChoice, TargetInput, TaskSpec } from './task.ts';

/** What an operator asks for; the shape of the contract's CreateTaskInput. */
export interface PlanningInput {
  namespace: string;
  name: string;
  description?: string;
  service: string;
  /** Service ports whose requests are copied; absent: every HTTP and gRPC port. */
  ports?: number[];
  target: TargetInput;
  /** Percent, 0.0001..100. */
  percentage: number;
  /** Which requests are copied; absent: all. */
  selection?: RequestSelection;
  /** Routes whose requests are copied; absent: every one that leads to the service. */
  routes?: readonly RouteChoice[];
  /** Absent: as proposed. */
  placement?: Placement;
  /** Absent: `write`. */
  delivery?: Delivery;
  /** Absent fields: see `planPolicies`. */
  safety?: {
    /** The mirror's proxies refuse writes. */
    denyWrites?: boolean | undefined;
    /** The mirror's proxies mark every request for the application. */
    marker?: boolean | undefined;
  };
}

/** A policy that selects pods, as far as planning reads it. */
export interface SelectingObject extends KubeObject {
  spec?: {
    /** PodDisruptionBudget, AuthorizationPolicy, PeerAuthentication (the latter two only with matchLabels). */
    selector?: LabelSelector;
    /** NetworkPolicy. */
    podSelector?: LabelSelector;
    /** Sidecar. */
    workloadSelector?: { labels?: Labels };
    /** PeerAuthentication: what the selected pods' proxies accept, for all ports and by container port. */
    mtls?: { mode?: string };
    portLevelMtls?: Record<string, { mode?: string }>;
    /** HorizontalPodAutoscaler. */
    scaleTargetRef?: { kind?: string; name?: string };
    metrics?: AutoscalerMetric[];
    /** AuthorizationPolicy: absent is ALLOW. Without rules it matches no request; a rule without conditions every one. */
    action?: string;
    rules?: { to?: { operation?: { hosts?: string[]; notHosts?: string[] } }[] }[];
    /** AuthorizationPolicy and PeerAuthentication of waypoints and gateways: sidecars do not hold to them. */
    targetRef?: object;
    targetRefs?: object[];
    /** Sidecar: absent is everything. */
    egress?: { port?: { number?: number }; hosts?: string[] }[];
  };
}

interface AutoscalerMetric {
  type: string;
  object?: { describedObject?: { kind?: string; name?: string }; metric?: { name?: string } };
  external?: { metric?: { name?: string; selector?: LabelSelector } };
}

/** A ResourceQuota, as far as planning reads it. */
export interface ResourceQuotaObject extends KubeObject {
  spec?: { hard?: Record<string, string>; scopes?: string[]; scopeSelector?: object };
  status?: { hard?: Record<string, string>; used?: Record<string, string> };
}

/** A PrometheusRule of the Prometheus operator, as far as planning reads it. */
export interface PrometheusRuleObject extends KubeObject {
  spec?: { groups?: { name?: string; rules?: { record?: string; alert?: string; expr?: string | number }[] }[] };
}

/** A Gateway API route, as far as planning reads it. */
export interface HttpRouteObject extends KubeObject {
  spec?: {
    parentRefs?: { kind?: string; name: string; namespace?: string }[];
    rules?: { backendRefs?: { kind?: string; name: string; namespace?: string }[] }[];
  };
}

/** An Ingress, as far as planning reads it. */
export interface IngressObject extends KubeObject {
  spec?: {
    defaultBackend?: IngressBackend;
    rules?: { http?: { paths?: { backend?: IngressBackend }[] } }[];
  };
}

interface IngressBackend {
  service?: { name?: string };
}

/** A StatefulSet or DaemonSet: never mirrored, but it can stand behind a Service. */
export interface OtherWorkload extends KubeObject {
  spec?: { replicas?: number; template?: { metadata?: { labels?: Labels } } };
}

/** Who calls, of the proxies that would get copies to a host outside. */
export interface ExternalCallers {
  /** Namespaces from which the service's live workloads were called through a proxy. */
  namespaces: readonly string[];
  /** Workloads there, as `namespace/name`, that called the host itself. */
  ofHost: readonly string[];
}

/**
 * Everything that planning looks at, read once. Lists cover every namespace that the user may read; what he may
 * not read stands in `unreadable`, and no absence is concluded from it.
 */
export interface PlanningSnapshot {
  services: readonly Service[];
  deployments: readonly Deployment[];
  statefulSets: readonly OtherWorkload[];
  daemonSets: readonly OtherWorkload[];
  pods: readonly Pod[];
  virtualServices: readonly VirtualService[];
  destinationRules: readonly DestinationRule[];
  httpRoutes: readonly HttpRouteObject[];
  ingresses: readonly IngressObject[];
  sidecars: readonly SelectingObject[];
  authorizationPolicies: readonly SelectingObject[];
  peerAuthentications: readonly SelectingObject[];
  networkPolicies: readonly SelectingObject[];
  podDisruptionBudgets: readonly SelectingObject[];
  horizontalPodAutoscalers: readonly SelectingObject[];
  resourceQuotas: readonly ResourceQuotaObject[];
  prometheusRules: readonly PrometheusRuleObject[];
  /** Namespaces that the user may look into, with their labels. */
  namespaces: readonly { name: string; labels: Labels }[];
  /** Of the namespace of a Service that is to get the copies, where it is not the task's own; absent: not asked for. */
  targetNamespace?: Pick<PlanningSnapshot, 'services' | 'deployments' | 'pods'>;
  /** What there is about a host outside that is to get the copies; absent: not asked for. */
  external?: {
    /** Of every namespace that the user may read. */
    serviceEntries: readonly ServiceEntry[];
    /** What is measured of the last day; null: nobody measures, or the user may not know. */
    measured: ExternalCallers | null;
  };
  /** Specs of the other tasks that the user can see. */
  tasks: readonly TaskSpec[];
  /** Requests that the live workloads counted from callers without a proxy, seen in the last day; null: nobody measures. */
  requestsFromOutside: number | null;
  /** Lists that were refused or failed; namespace `*`: all namespaces beyond the readable ones. */
  unreadable: readonly { kind: string; namespace: string }[];
  /** Kinds of whose group the cluster has no API: there are no such objects. */
  notServed: readonly string[];
  /** Answers to access reviews; a permission without an answer counts as not known. */
  permissions: readonly (Permission & { allowed: boolean })[];
  /** Version of networking.istio.io to write, e.g. networking.istio.io/v1. */
  istioApiVersion: string;
  /** Version of the running istiod, e.g. 1.26.2; null when the user may not see it. */
  istioVersion: string | null;
  /** Version of security.istio.io to write, e.g. security.istio.io/v1. */
  securityApiVersion: string;
  /** Istio's root namespace. */
  rootNamespace: string;
}
