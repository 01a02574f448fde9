/** Pods and ReplicaSets made of templates: hashes and names. */
import { createHash } from 'node:crypto';
import type { KubeObject } from '../../core/objects.ts';
import type { Random } from '../../core/random.ts';
import { clone, isObject } from '../json.ts';
import { ownerReference } from './controller.ts';

export const templateHashLabel = 'pod-template-hash';

// Kubernetes' alphabet of generated names: no vowels, so no words.
const alphabet = 'bcdfghjklmnpqrstvwxz2456789';

export interface PodTemplate {
  metadata?: { labels?: Record<string, string>; annotations?: Record<string, string> };
  spec: Record<string, unknown>;
}

/** JSON with sorted keys, so that equal templates hash alike. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, child: unknown) =>
    isObject(child) ? Object.fromEntries(Object.entries(child).toSorted(([a], [b]) => (a < b ? -1 : 1))) : child,
  );
}

/** The hash that names a template's ReplicaSet. */
export function templateHash(template: PodTemplate): string {
  const digest = createHash('sha256')
    .update(canonical(withoutHash(template)))
    .digest();
  return [...digest.subarray(0, 10)].map((byte) => alphabet[byte % alphabet.length]).join('');
}

/** The template as its Deployment wrote it. */
export function withoutHash(template: PodTemplate): PodTemplate {
  const { [templateHashLabel]: _hash, ...labels } = template.metadata?.labels ?? {};
  return { ...template, metadata: { ...template.metadata, labels } };
}

export function randomSuffix(random: Random): string {
  return Array.from({ length: 5 }, () => alphabet[Math.floor(random.next() * alphabet.length)]).join('');
}

/** A Pod of a template, controlled by `owner`. */
export function podFromTemplate(owner: KubeObject, template: PodTemplate, name: string): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      ...(owner.metadata.namespace ? { namespace: owner.metadata.namespace } : {}),
      generateName: `${owner.metadata.name}-`,
      labels: { ...template.metadata?.labels },
      ...(template.metadata?.annotations ? { annotations: { ...template.metadata.annotations } } : {}),
      ownerReferences: [ownerReference(owner)],
    },
    spec: clone(template.spec),
  };
}

export function isReady(pod: KubeObject): boolean {
  const conditions: { type: string; status: string }[] = pod['status']?.conditions ?? [];
  return conditions.some((condition) => condition.type === 'Ready' && condition.status === 'True');
}

/** Neither finished nor being deleted. */
export function isActive(pod: KubeObject): boolean {
  return !pod.metadata.deletionTimestamp && !['Succeeded', 'Failed'].includes(pod['status']?.phase);
}
