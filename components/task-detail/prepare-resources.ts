import type { ManifestItem } from '@/lib/contract/task';
import type * as z from 'zod/mini';

export type Manifest = z.infer<typeof ManifestItem>;

/** Kinds whose rows have words of their own; others say only that they are created or edited. */
const wordedKinds = [
  'VirtualService',
  'DestinationRule',
  'ServiceEntry',
  'Deployment',
  'Service',
  'AuthorizationPolicy',
  'EnvoyFilter',
  'ConfigMap',
] as const;
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

/**
 * The objects of a task in the order of the answer, each with what its row says. Of a finished one only what is left
 * of it: that the rest is gone is as it should be.
 */
export function prepareResources(items: readonly Manifest[], namespace: string, finished = false): Resource[] {
  return items
    .filter((item) => !finished || isLeft(item))
    .map((item) => ({
      id: item.namespace === namespace ? `${item.kind}/${item.name}` : `${item.namespace}/${item.kind}/${item.name}`,
      item,
      words: wordedKinds.find((kind) => kind === item.kind) ?? 'other',
      condition: item.hidden ? 'hidden' : item.now === null ? 'missing' : 'there',
      kubectl: `kubectl -n ${item.namespace} get ${item.kind.toLowerCase()} ${item.name} -o yaml`,
    }));
}

function isLeft({ hidden, relation, before, now }: Manifest): boolean {
  return hidden === true || now !== (relation === 'created' ? null : before);
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
