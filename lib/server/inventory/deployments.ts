import type { z } from 'zod/mini';
import type { ContainerInfo, DeploymentInfo } from '@/lib/contract/inventory';
import type { Container, Deployment, EnvVar, Service } from '@/lib/domain/kubernetes';
import { suggestVersion } from '@/lib/domain/names';
import { makerOf } from '@/lib/domain/ownership';
import { selects } from '@/lib/domain/selectors';
import type { TaskSpec } from '@/lib/domain/task';
import type { Cluster } from '@/lib/server/cluster/cluster';
import { listRecords } from '@/lib/server/tasks/record-store';
import { replicasOf, workloadVersion } from './workload';

type ContainerView = z.infer<typeof ContainerInfo>;

/** Deployments of a namespace, by name, as far as the user may list them. */
export async function listDeployments(cluster: Cluster, namespace: string): Promise<DeploymentInfo[]> {
  const [deployments, services, specs] = await Promise.all([
    cluster.list('Deployment', namespace),
    cluster.list('Service', namespace),
    specsOf(cluster, namespace),
  ]);
  return deployments
    .map((deployment) => toDeploymentInfo(deployment, { deployments, services, specs }))
    .toSorted((a, b) => a.name.localeCompare(b.name, 'en'));
}

/** What tasks consist of; none where the user may not see tasks. */
export async function specsOf(cluster: Cluster, namespace: string): Promise<TaskSpec[]> {
  if (!(await cluster.isVisible(namespace))) return [];
  return (await listRecords(cluster, namespace)).map(({ record }) => record.spec);
}

interface Surroundings {
  deployments: readonly Deployment[];
  services: readonly Service[];
  specs: readonly TaskSpec[];
}

function toDeploymentInfo(deployment: Deployment, { deployments, services, specs }: Surroundings): DeploymentInfo {
  const { metadata, spec } = deployment;
  const { containers, initContainers = [] } = spec.template.spec;
  const selecting = servicesOf(deployment, services);
  const version = workloadVersion(deployment);
  const siblings = deployments.filter((other) =>
    servicesOf(other, services).some((service) => selecting.includes(service)),
  );
  const others = siblings.flatMap((sibling) => workloadVersion(sibling) ?? []).filter((other) => other !== version);
  const mirrored = specs.find(({ targets }) => targets.some(({ workload }) => workload === metadata.name));
  return {
    name: metadata.name,
    namespace: metadata.namespace ?? '',
    services: selecting.map((service) => service.metadata.name).toSorted(),
    version,
    replicas: replicasOf(deployment),
    containers: [
      ...containers.map((container) => toContainerInfo(container, false)),
      ...initContainers.map((container) => toContainerInfo(container, true)),
    ],
    suggestedVersion: version === null ? null : suggestVersion([version, ...others]),
    createdAt: metadata.creationTimestamp ?? '',
    task: mirrored?.name ?? makerOf(deployment),
  };
}

function servicesOf({ spec }: Deployment, services: readonly Service[]): Service[] {
  return services.filter((service) => selects(service.spec.selector, spec.template.metadata?.labels ?? {}));
}

function toContainerInfo({ name, image = '', env = [], resources }: Container, init: boolean): ContainerView {
  return {
    name,
    image,
    init,
    env: env.map(toEnvInfo),
    resources: { requests: texts(resources?.requests), limits: texts(resources?.limits) },
  };
}

function toEnvInfo({ name, value, valueFrom }: EnvVar): ContainerView['env'][number] {
  if (valueFrom === undefined) return { name, value: value ?? '', from: null, valueFrom: null };
  return { name, value: null, from: referenceText(valueFrom), valueFrom: { ...valueFrom } };
}

interface Reference {
  secretKeyRef?: { name?: string; key?: string };
  configMapKeyRef?: { name?: string; key?: string };
  fieldRef?: { fieldPath?: string };
  resourceFieldRef?: { resource?: string };
}

function referenceText(valueFrom: object): string {
  const { secretKeyRef, configMapKeyRef, fieldRef, resourceFieldRef } = valueFrom as Reference;
  if (secretKeyRef) return `secret ${secretKeyRef.name}/${secretKeyRef.key}`;
  if (configMapKeyRef) return `configMap ${configMapKeyRef.name}/${configMapKeyRef.key}`;
  if (fieldRef) return `field ${fieldRef.fieldPath}`;
  if (resourceFieldRef) return `resource ${resourceFieldRef.resource}`;
  return Object.keys(valueFrom)[0] ?? '';
}

/** Quantities may be written as numbers in a manifest: `cpu: 1`. */
function texts(quantities: Record<string, unknown> | undefined): Record<string, string> {
  return Object.fromEntries(Object.entries(quantities ?? {}).map(([name, quantity]) => [name, String(quantity)]));
}
