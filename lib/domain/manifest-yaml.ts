import type { KubeObject, Service } from './kubernetes.ts';
import { stringify } from 'yaml';

const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration';
const bookkeeping = ['managedFields', 'uid', 'resourceVersion', 'generation', 'creationTimestamp', 'selfLink'] as const;

/**
 * YAML of an object as an operator would write it: without status and without the fields that the API server
 * keeps for itself, so that two of them compare by what people decide.
 */
export function toManifestYaml(object: KubeObject): string {
  const { apiVersion, kind, metadata, status: _status, ...rest } = object as KubeObject & { status?: unknown };
  const shown: Record<string, unknown> = { ...metadata };
  for (const field of bookkeeping) delete shown[field];
  if (metadata.annotations) {
    const { [lastApplied]: _applied, ...annotations } = metadata.annotations;
    if (Object.keys(annotations).length > 0) shown['annotations'] = annotations;
    else delete shown['annotations'];
  }
  return stringify({ apiVersion, kind, metadata: shown, ...rest }, { lineWidth: 0, aliasDuplicateObjects: false });
}

const ofTheirCluster = ['ownerReferences', 'deletionTimestamp', 'deletionGracePeriodSeconds'] as const;
const revision = 'deployment.kubernetes.io/revision';

/**
 * YAML of an object for `kubectl apply`, here or in another cluster: as `toManifestYaml`, without what only means
 * something where it stands: owners by uid, addresses, counters. kubectl reads YAML 1.1: what that would take for a
 * boolean or a number (`on`, `012`) is quoted.
 */
export function toPortableYaml(object: KubeObject): string {
  const portable = structuredClone(object) as KubeObject & { status?: unknown };
  const { apiVersion, kind, metadata, status: _status, ...rest } = portable;
  for (const field of [...bookkeeping, ...ofTheirCluster]) Reflect.deleteProperty(metadata, field);
  for (const name of [lastApplied, revision]) Reflect.deleteProperty(metadata.annotations ?? {}, name);
  if (Object.keys(metadata.annotations ?? {}).length === 0) Reflect.deleteProperty(metadata, 'annotations');
  if (kind === 'Service') dropAddresses(portable as Service);
  return stringify(
    { apiVersion, kind, metadata, ...rest },
    { lineWidth: 0, aliasDuplicateObjects: false, compat: 'yaml-1.1' },
  );
}

/** A Service without pods' addresses behind one of its own says so itself: that stays. */
function dropAddresses({ spec }: Service): void {
  if (spec.clusterIP === 'None') return;
  for (const field of ['clusterIP', 'clusterIPs']) Reflect.deleteProperty(spec, field);
}
