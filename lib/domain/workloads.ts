import type { Deployment, Pod, PodTemplate, Service } from './kubernetes.ts';
import { makerOf } from './ownership.ts';
import { selectorMatches, selects, type Labels, type LabelSelector } from './selectors.ts';

export const versionLabel = 'version';
const recommendedVersionLabel = 'app.kubernetes.io/version';

/** Labels of a workload's pods. */
export function templateLabels({ spec }: { spec: { template: PodTemplate } }): Labels {
  return spec.template.metadata?.labels ?? {};
}

/** Version of pods by their labels: `version`, which Istio reports, else `app.kubernetes.io/version`. */
export function versionOf(labels: Labels): { version: string; label: string } | null {
  for (const label of [versionLabel, recommendedVersionLabel]) {
    const version = labels[label];
    if (version) return { version, label };
  }
  return null;
}

/** True when a Service's selector selects pods with these labels. */
export function serviceSelects(service: Service, namespace: string | undefined, labels: Labels): boolean {
  return service.metadata.namespace === namespace && selects(service.spec.selector, labels);
}

/** Deployments behind a Service that are not some task's mirror, by name. */
export function deploymentsBehind(service: Service, deployments: readonly Deployment[]): Deployment[] {
  return deployments
    .filter((deployment) => serviceSelects(service, deployment.metadata.namespace, templateLabels(deployment)))
    .filter((deployment) => makerOf(deployment) === null)
    .sort((a, b) => a.metadata.name.localeCompare(b.metadata.name));
}

/** Pods of a namespace that have these labels and are not on their way out. */
export function podsWith(selector: Labels, namespace: string, pods: readonly Pod[]): Pod[] {
  return pods.filter(
    ({ metadata, status }) =>
      metadata.namespace === namespace &&
      metadata.deletionTimestamp === undefined &&
      status?.phase !== 'Succeeded' &&
      status?.phase !== 'Failed' &&
      selects(selector, metadata.labels ?? {}),
  );
}

/** The pods that a Deployment's selector selects. */
export function podsOf(deployment: Pick<Deployment, 'metadata' | 'spec'>, pods: readonly Pod[]): Pod[] {
  const selector = deployment.spec.selector as LabelSelector;
  return pods.filter(
    ({ metadata }) =>
      metadata.namespace === deployment.metadata.namespace && selectorMatches(selector, metadata.labels ?? {}),
  );
}

/** True while Kubernetes sends a pod requests. */
export function isPodReady({ status }: Pod): boolean {
  return status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') ?? false;
}

/** True when a pod has Istio's proxy, as a container or as a native sidecar among the init containers. */
export function hasSidecar({ spec, metadata }: Pod): boolean {
  const containers = [...spec.containers, ...(spec.initContainers ?? [])];
  return (
    containers.some(({ name }) => name === 'istio-proxy') || 'sidecar.istio.io/status' in (metadata.annotations ?? {})
  );
}
