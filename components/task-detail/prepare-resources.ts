import type { ManifestItem } from '@/lib/contract/task';
import type * as z from 'zod/mini';

export type Manifest = z.infer<typeof ManifestItem>;

/** Kinds whose rows have words of their own; others say only that they are created or edited. */
const wordedKinds = ['VirtualService', 'DestinationRule', 'Deployment', 'Service', 'ConfigMap'] as const;
export type WordedKind = (typeof wordedKinds)[number] | 'other';

export type ResourceCondition = 'there' | 'missing' | 'hidden';

/** What the Resources tab shows of one object. */
export interface Resource {
  /** `Kind/name`, also in the address; with the namespace where that is another one than the task's. */
  id: string;
  item: Manifest;
  words: WordedKind;
  condition: ResourceCondition;
  /** kubectl's name of the object, e.g. `virtualservice reviews`. */
  kubectl: string;
}

/** The objects of a task in the order of the answer, each with what its row says. */
export function prepareResources(items: readonly Manifest[], namespace: string): Resource[] {
  return items.map((item) => ({
    id: item.namespace === namespace ? `${item.kind}/${item.name}` : `${item.namespace}/${item.kind}/${item.name}`,
    item,
    words: wordedKinds.find((kind) => kind === item.kind) ?? 'other',
    condition: item.hidden ? 'hidden' : item.now === null ? 'missing' : 'there',
    kubectl: `kubectl -n ${item.namespace} get ${item.kind.toLowerCase()} ${item.name} -o yaml`,
  }));
}

/** The object to show: the one that the address names, else the first one that can be read. */
export function chooseResource(resources: readonly Resource[], wanted: string | null): Resource | null {
  return (
    resources.find((resource) => resource.id === wanted) ??
    resources.find((resource) => resource.condition === 'there') ??
    resources[0] ??
    null
  );
}
