import { linkTools } from '@/lib/domain/link-template';
import * as z from 'zod/mini';
import { Message, Replicas } from './task';

/** GET /api/environment */
export const Environment = z.object({
  kind: z.enum(['sandbox', 'cluster']),
  cluster: z.string(),
  kubernetesVersion: z.nullable(z.string()),
  istioVersion: z.nullable(z.string()),
  kubernetes: z.object({ reachable: z.boolean(), since: z.nullable(z.string()) }),
  prometheus: z.object({ configured: z.boolean(), reachable: z.boolean(), since: z.nullable(z.string()) }),
  /** Tools that a task's page links to; `template` holds placeholders: see `fillLink`. */
  links: z.array(z.object({ tool: z.enum(linkTools), template: z.string() })),
});
export type Environment = z.infer<typeof Environment>;

/** GET /api/me?namespace= */
export const Me = z.object({
  user: z.string(),
  groups: z.array(z.string()),
  namespace: z.nullable(z.string()),
  permissions: z.object({ view: z.boolean(), create: z.boolean(), change: z.boolean(), delete: z.boolean() }),
  /** What is missing for `create`, as "verb kind" pairs; empty when allowed. */
  missing: z.array(z.string()),
});
export type Me = z.infer<typeof Me>;

/** GET /api/namespaces */
export const NamespaceList = z.object({
  items: z.array(z.object({ name: z.string(), workspace: z.nullable(z.string()), injection: z.boolean() })),
});
export type NamespaceList = z.infer<typeof NamespaceList>;

export const ServicePortInfo = z.object({
  name: z.nullable(z.string()),
  port: z.number(),
  protocol: z.enum(['http', 'grpc', 'other']),
});

export const ServiceInfo = z.object({
  name: z.string(),
  app: z.nullable(z.string()),
  eligible: z.boolean(),
  /** Why it cannot be chosen; empty when eligible. Codes: `reason.service_…` */
  reasons: z.array(Message),
  versions: z.array(z.string()),
  ports: z.array(ServicePortInfo),
  workloads: z.array(z.extend(Replicas, { kind: z.string(), name: z.string(), version: z.nullable(z.string()) })),
  /** Deployments that answer clients now, by the routes; the one that a new version is copied from first. */
  live: z.array(z.string()),
  requestsPerSecond: z.nullable(z.number()),
  /** Names of tasks on this service. */
  tasks: z.array(z.string()),
});
export type ServiceInfo = z.infer<typeof ServiceInfo>;
export const ServiceList = z.object({ items: z.array(ServiceInfo) });
export type ServiceList = z.infer<typeof ServiceList>;

export const ContainerInfo = z.object({
  name: z.string(),
  image: z.string(),
  init: z.boolean(),
  env: z.array(
    z.object({
      name: z.string(),
      value: z.nullable(z.string()),
      /** "secret NAME/KEY", "configMap NAME/KEY", "field PATH" when the value is a reference, which is kept as it is. */
      from: z.nullable(z.string()),
      /** The reference itself, to send back unchanged. */
      valueFrom: z.nullable(z.record(z.string(), z.unknown())),
    }),
  ),
  resources: z.object({
    requests: z.record(z.string(), z.string()),
    limits: z.record(z.string(), z.string()),
  }),
});
export type ContainerInfo = z.infer<typeof ContainerInfo>;

export const DeploymentInfo = z.object({
  name: z.string(),
  namespace: z.string(),
  /** Names of the Services whose selector matches its pods. */
  services: z.array(z.string()),
  version: z.nullable(z.string()),
  replicas: Replicas,
  containers: z.array(ContainerInfo),
  /** Next free version, e.g. v2 beside v1; null when the live one has none. */
  suggestedVersion: z.nullable(z.string()),
  createdAt: z.string(),
  /** The task that made it or mirrors to it. */
  task: z.nullable(z.string()),
});
export type DeploymentInfo = z.infer<typeof DeploymentInfo>;
export const DeploymentList = z.object({ items: z.array(DeploymentInfo) });
export type DeploymentList = z.infer<typeof DeploymentList>;

/** One message of GET /api/events (SSE). */
export const TaskEvent = z.object({
  type: z.enum(['changed', 'deleted', 'environment']),
  namespace: z.optional(z.string()),
  name: z.optional(z.string()),
});
export type TaskEvent = z.infer<typeof TaskEvent>;
