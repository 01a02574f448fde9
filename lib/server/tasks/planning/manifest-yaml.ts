import type { KubeObject } from '@/lib/domain/kubernetes';
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
