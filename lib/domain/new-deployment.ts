import type { Container, Deployment, PodSpec } from './kubernetes.ts';
import { ownLabels } from './ownership.ts';
import { selectorMatches, type LabelSelector, type Labels } from './selectors.ts';
import { clone } from './structure.ts';
import type { ContainerChange } from './task.ts';
import { templateLabels, versionLabel } from './workloads.ts';

export const canonicalNameLabel = 'service.istio.io/canonical-name';
const canonicalRevisionLabel = 'service.istio.io/canonical-revision';
const recommendedVersionLabel = 'app.kubernetes.io/version';
const recommendedNameLabel = 'app.kubernetes.io/name';

/** Labels and annotations by which tools find what is theirs: on a copy they would claim, prune or revert it. */
const trackingPrefixes = [
  'argocd.argoproj.io/',
  'argo-rollouts.argoproj.io/',
  'rollout.argoproj.io/',
  'helm.sh/',
  'meta.helm.sh/',
  'kustomize.toolkit.fluxcd.io/',
  'helm.toolkit.fluxcd.io/',
  'fluxcd.io/',
  'flagger.app/',
  'flagger.kubernetes.io/',
  'kapp.k14s.io/',
  'objectset.rio.cattle.io/',
  'servicemesh.kubesphere.io/',
  'deployment.kubernetes.io/',
];
const trackingKeys = new Set([
  'kubectl.kubernetes.io/last-applied-configuration',
  'kubesphere.io/creator',
  'pod-template-hash',
  'rollouts-pod-template-hash',
  'sidecar.istio.io/status',
]);
/** Argo CD and Helm also track the object itself (not its pods) by these. */
const objectTrackingKeys = new Set(['app.kubernetes.io/instance', 'app.kubernetes.io/managed-by']);

export interface NewVersion {
  name: string;
  namespace: string;
  task: string;
  version: string;
  replicas: number;
  containers: readonly ContainerChange[];
}

/** Labels of a new version's pods in subset placement: the live ones with the new version. */
export function subsetPodLabels(source: Deployment, version: string): Labels {
  return withVersion(stripped(templateLabels(source)), version);
}

/**
 * Labels of a new version's pods in dedicated placement: `app` of its own, the live canonical name, its version.
 * Keys that any of the selectors needs to select the copy are left out, so that nothing selects it by accident.
 */
export function dedicatedPodLabels(
  source: Deployment,
  version: string,
  app: string,
  avoid: readonly ((labels: Labels) => string[])[],
): Labels {
  const live = templateLabels(source);
  const canonicalName = live[canonicalNameLabel] ?? live[recommendedNameLabel] ?? live.app ?? source.metadata.name;
  const own = { app, [canonicalNameLabel]: canonicalName, [versionLabel]: version };
  const labels: Labels = { ...withVersion(stripped(live), version), ...own };
  for (const keysThatSelect of avoid) {
    for (const key of keysThatSelect(labels)) if (!(key in own)) delete labels[key];
  }
  return labels;
}

/** The Deployment of a new version: the live one with other containers, name and labels. */
export function newDeployment(
  source: Deployment,
  version: NewVersion,
  podLabels: Labels,
  selector: Labels,
): Deployment {
  const template = clone(source.spec.template);
  const live = templateLabels(source);
  const spec = clone(source.spec) as Deployment['spec'] & { paused?: boolean };
  // A paused Deployment would never roll out.
  delete spec.paused;
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      name: version.name,
      namespace: version.namespace,
      labels: { ...objectLabels(source, podLabels), ...ownLabels(version.task) },
      ...annotationsOf(source.metadata.annotations),
    },
    spec: {
      ...spec,
      replicas: version.replicas,
      selector: { matchLabels: selector },
      template: {
        ...template,
        metadata: { labels: { ...podLabels }, ...annotationsOf(template.metadata?.annotations) },
        spec: rekeyed(withContainers(template.spec, version.containers), live, selector),
      },
    },
  };
}

/** Names in `changes` that the workload has no container for. */
export function unknownContainers({ spec }: Deployment, changes: readonly ContainerChange[]): string[] {
  const known = [...spec.template.spec.containers, ...(spec.template.spec.initContainers ?? [])].map(
    ({ name }) => name,
  );
  return changes.map(({ name }) => name).filter((name) => !known.includes(name));
}

function withVersion(labels: Labels, version: string): Labels {
  const changed: Labels = { ...labels, [versionLabel]: version };
  for (const key of [recommendedVersionLabel, canonicalRevisionLabel]) if (key in labels) changed[key] = version;
  return changed;
}

function objectLabels(source: Deployment, podLabels: Labels): Labels {
  const own = stripped(source.metadata.labels ?? {});
  const kept = Object.entries(own).filter(([key]) => !objectTrackingKeys.has(key));
  const isPodLabel = (key: string) => key in templateLabels(source);
  const changed = kept.flatMap(([key, value]): [string, string][] => {
    if (!isPodLabel(key)) return [[key, value]];
    const podValue = podLabels[key];
    return podValue === undefined ? [] : [[key, podValue]];
  });
  return { ...Object.fromEntries(changed), app: podLabels.app ?? '', [versionLabel]: podLabels[versionLabel] ?? '' };
}

function annotationsOf(annotations: Labels | undefined): { annotations?: Labels } {
  const kept = stripped(annotations ?? {});
  return Object.keys(kept).length > 0 ? { annotations: kept } : {};
}

function stripped(pairs: Labels): Labels {
  const kept = Object.entries(pairs).filter(
    ([key]) => !trackingKeys.has(key) && !trackingPrefixes.some((prefix) => key.startsWith(prefix)),
  );
  return Object.fromEntries(kept);
}

/** Pods with changes made to the containers that they name. */
export function withContainers(spec: PodSpec, changes: readonly ContainerChange[]): PodSpec {
  const change = (container: Container): Container => {
    const found = changes.find(({ name }) => name === container.name);
    if (!found) return container;
    const { env: _env, ...others } = container;
    const { image, env = container.env, resources } = found;
    return {
      ...others,
      ...(image === undefined ? {} : { image }),
      // An empty list is none, as the API server has it.
      ...(env === undefined || env.length === 0 ? {} : { env: clone(env) }),
      ...(resources === undefined ? {} : { resources: withoutEmpty({ ...container.resources, ...clone(resources) }) }),
    };
  };
  return {
    ...spec,
    containers: spec.containers.map(change),
    ...(spec.initContainers ? { initContainers: spec.initContainers.map(change) } : {}),
  };
}

function withoutEmpty(resources: NonNullable<Container['resources']>): NonNullable<Container['resources']> {
  const { requests, limits, ...others } = resources;
  const isFilled = (amounts: object | undefined) => Object.keys(amounts ?? {}).length > 0;
  return { ...others, ...(isFilled(requests) && { requests }), ...(isFilled(limits) && { limits }) };
}

/**
 * Affinity and topology spread that select the live pods would place the copy by them (or keep it off their
 * nodes): they select the copy's own pods instead.
 */
function rekeyed(spec: PodSpec, live: Labels, selector: Labels): PodSpec {
  const isLive = (found: LabelSelector) =>
    selectorMatches(found, live) &&
    Object.keys(found.matchLabels ?? {}).length + (found.matchExpressions ?? []).length > 0;
  const visit = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(visit);
    if (value === null || typeof value !== 'object') return value;
    const fields = Object.entries(value).map(([key, field]) => {
      const isSelf = key === 'labelSelector' && isLive(field as LabelSelector);
      return [key, isSelf ? { matchLabels: { ...selector } } : visit(field)];
    });
    return Object.fromEntries(fields);
  };
  return {
    ...spec,
    ...(spec.affinity ? { affinity: visit(spec.affinity) as object } : {}),
    ...(spec.topologySpreadConstraints
      ? { topologySpreadConstraints: visit(spec.topologySpreadConstraints) as object[] }
      : {}),
  };
}
