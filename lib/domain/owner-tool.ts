import type { KubeObject } from './kubernetes.ts';

const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration';

/** Tools that write objects again by themselves, undoing foreign edits or reading them as drift. */
const marks: readonly {
  tool: string;
  keys: readonly string[];
  managers: readonly string[];
  owners: readonly string[];
}[] = [
  {
    tool: 'Argo CD',
    keys: ['argocd.argoproj.io/tracking-id', 'argocd.argoproj.io/instance'],
    managers: ['argocd-controller', 'argocd-application-controller'],
    owners: [],
  },
  {
    tool: 'Flux',
    keys: ['kustomize.toolkit.fluxcd.io/name', 'helm.toolkit.fluxcd.io/name'],
    managers: ['kustomize-controller', 'helm-controller'],
    owners: [],
  },
  { tool: 'Helm', keys: ['meta.helm.sh/release-name', 'helm.sh/chart'], managers: ['helm'], owners: [] },
  {
    tool: 'Flagger',
    keys: ['flagger.kubernetes.io/original-configuration'],
    managers: ['flagger'],
    owners: ['Canary'],
  },
  {
    tool: 'Argo Rollouts',
    keys: ['argo-rollouts.argoproj.io/managed-by-rollouts', 'rollout.argoproj.io/revision'],
    managers: ['rollouts-controller', 'argo-rollouts'],
    owners: ['Rollout'],
  },
  { tool: 'KubeSphere', keys: [], managers: [], owners: ['Strategy', 'ServicePolicy'] },
];

/** True for a tool that applies a manifest again and again, and with it takes out what others wrote meanwhile. */
export function takesBack(tool: string): boolean {
  return tool === 'Argo CD' || tool === 'Flux';
}

/** True for a tool that makes the objects itself: nobody keeps a manifest of them. */
export function hasNoManifest(tool: string): boolean {
  return tool === 'Flagger' || tool === 'KubeSphere';
}

/** The tool that owns an object, by its labels, annotations, owners or field managers; null when none is seen. */
export function ownerTool({ metadata }: KubeObject): string | null {
  const keys = new Set([...Object.keys(metadata.labels ?? {}), ...Object.keys(metadata.annotations ?? {})]);
  const managers = new Set((metadata.managedFields ?? []).map(({ manager }) => manager));
  const owners = new Set((metadata.ownerReferences ?? []).map(({ kind }) => kind));
  const isHelm = metadata.labels?.['app.kubernetes.io/managed-by'] === 'Helm';
  const found = marks.find(
    (mark) =>
      mark.keys.some((key) => keys.has(key)) ||
      mark.managers.some((manager) => managers.has(manager)) ||
      mark.owners.some((owner) => owners.has(owner)),
  );
  return found?.tool ?? (isHelm ? 'Helm' : serverSideApplier({ metadata }));
}

/**
 * `ownerTool`, or kubectl where the object was made by a client-side apply. The next apply of the same manifest replaces
 * lists whole: it takes out a mirror, which harms nobody, and also a pin, or the subset that a pin names.
 */
export function reapplier(object: KubeObject): string | null {
  return ownerTool(object) ?? (lastApplied in (object.metadata.annotations ?? {}) ? 'kubectl apply' : null);
}

/** Somebody applies the object server-side: his next apply conflicts with our edit while it stands. */
function serverSideApplier({ metadata }: Pick<KubeObject, 'metadata'>): string | null {
  const applier = metadata.managedFields?.find(({ operation, subresource }) => operation === 'Apply' && !subresource);
  return applier ? `server-side apply (${applier.manager ?? ''})` : null;
}
