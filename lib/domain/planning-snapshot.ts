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
import { isVersionTarget } from './targets.ts';
import type { Delivery, Placement, RouteChoice, TargetInput, TaskSpec, TaskTarget } from './task.ts';

/** What an operator asks for of one target. */
export interface TargetWish {
  target: TargetInput;
  /** Percent, 0.0001..100. */
  percentage: number;
  /** Absent: as proposed. */
  placement?: Placement | undefined;
  /** Absent fields: see `planPolicies`. */
  safety?: ProtectionWish | undefined;
}

/** How the pods of a target are to be protected. */
export interface ProtectionWish {
  /** The mirror's proxies refuse writes. */
  denyWrites?: boolean | undefined;
  /** The mirror's proxies mark every request for the application. */
  marker?: boolean | undefined;
}

/** What an operator asks for; the shape of the contract's CreateTaskInput. */
export interface PlanningInput {
  namespace: string;
  name: string;
  description?: string;
  service: string;
  /** Service ports whose requests are copied; absent: every HTTP and gRPC port. */
  ports?: number[];
  /** The only target, with its share (absent: 100). */
  target?: TargetInput | undefined;
  percentage?: number | undefined;
  /** Several, each with its share; instead of `target`. */
  targets?: readonly (TargetInput & Omit<TargetWish, 'target'>)[] | undefined;
  /** Which requests are copied; absent: all. */
  selection?: RequestSelection;
  /** Routes whose requests are copied; absent: every one that leads to the service. */
  routes?: readonly RouteChoice[];
  /** Absent: `write`. */
  delivery?: Delivery;
  /** What those targets are called that the task has already, in their order; absent: none. */
  standing?: readonly Pick<TaskTarget, 'id' | 'hasTaskName'>[];
  /** For targets that say nothing of it. */
  placement?: Placement | undefined;
  safety?: ProtectionWish | undefined;
}

/** Targets that a task may have at most: every request is copied that many times. */
export const targetsMax = 5;

/** What is asked for of each target. */
export function wishesOf({ target, percentage = 100, targets, placement, safety }: PlanningInput): TargetWish[] {
  if (!targets) return target ? [{ target, percentage, placement, safety }] : [];
  return targets.map(({ percentage: share, placement: own, safety: ownSafety, ...input }) => {
    const isPlaced = isVersionTarget(input);
    return {
      target: input,
      percentage: share,
      placement: isPlaced ? (own ?? placement) : undefined,
      safety: isPlaced ? protectionOf(safety, ownSafety) : undefined,
    };
  });
}

/** What a target says of its own protection counts before what is said for all, field by field. */
export function protectionOf(shared: ProtectionWish | undefined, own: ProtectionWish | undefined): ProtectionWish {
  const { denyWrites = shared?.denyWrites, marker = shared?.marker } = own ?? {};
  return { denyWrites, marker };
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
  /** Of the namespaces of Services that are to get copies, where they are not the task's own; absent: not asked for. */
  targetNamespaces?: Pick<PlanningSnapshot, 'services' | 'deployments' | 'pods' | 'authorizationPolicies'>;
  /** What there is about hosts outside that are to get copies; absent: not asked for. */
  external?: {
    /** Of every namespace that the user may read. */
    serviceEntries: readonly ServiceEntry[];
    /** What is measured of the last day, by host; null or absent: nobody measures, or the user may not know. */
    measured: Readonly<Record<string, ExternalCallers | null>>;
  };
  /** Specs of the other tasks that the user can see. */
  tasks: readonly TaskSpec[];
  /** Requests that the live workloads counted from callers without a proxy, seen in the last day; null: nobody measures. */
  requestsFromOutside: number | null;
  /** Other clusters of the mesh from which the live workloads were called in the last day; null: nobody measures. */
  callerClusters: readonly string[] | null;
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
