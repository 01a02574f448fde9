/** ResourceQuotas: what they count, how much is used, and refusing what would exceed them. */
import type { KubeObject, ObjectReader } from '../core/objects.ts';
import { formatQuantity, parseQuantity } from './quantity.ts';
import { splitApiVersion, type Resource } from './resources.ts';
import { forbidden } from './status.ts';

type Amounts = Record<string, number>;

/** Object counts that have a short name of their own. */
const shortNames = new Set(['pods', 'services', 'configmaps', 'secrets', 'persistentvolumeclaims', 'resourcequotas']);

interface Container {
  resources?: { requests?: Record<string, unknown>; limits?: Record<string, unknown> };
}

function addPodResources(pod: KubeObject, amounts: Amounts): void {
  for (const { resources = {} } of (pod['spec']?.containers ?? []) as Container[]) {
    for (const [name, amount] of Object.entries(resources.requests ?? {})) {
      // A bare `cpu` in a quota means the requests.
      for (const key of [`requests.${name}`, name]) amounts[key] = (amounts[key] ?? 0) + parseQuantity(amount);
    }
    for (const [name, amount] of Object.entries(resources.limits ?? {})) {
      amounts[`limits.${name}`] = (amounts[`limits.${name}`] ?? 0) + parseQuantity(amount);
    }
  }
}

/** What one object uses up, by the names that a quota's `hard` has. */
function usageOf(object: KubeObject, plural: string): Amounts {
  if (object.kind === 'Pod' && ['Succeeded', 'Failed'].includes(object['status']?.phase)) return {};
  const { group } = splitApiVersion(object.apiVersion);
  const amounts: Amounts = { [`count/${plural}${group ? `.${group}` : ''}`]: 1 };
  if (group === '' && shortNames.has(plural)) amounts[plural] = 1;
  if (object.kind === 'Pod') addPodResources(object, amounts);
  return amounts;
}

const countedKinds: readonly [group: string, kind: string, plural: string][] = [
  ['', 'Pod', 'pods'],
  ['', 'Service', 'services'],
  ['', 'ConfigMap', 'configmaps'],
  ['', 'Secret', 'secrets'],
  ['', 'PersistentVolumeClaim', 'persistentvolumeclaims'],
  ['', 'ResourceQuota', 'resourcequotas'],
  ['apps', 'Deployment', 'deployments'],
  ['apps', 'ReplicaSet', 'replicasets'],
  ['apps', 'StatefulSet', 'statefulsets'],
];

/** What a namespace uses of each resource that `hard` names. */
export function quotaUsage(hard: Record<string, unknown>, namespace: string, reader: ObjectReader): Amounts {
  const total: Amounts = Object.fromEntries(Object.keys(hard).map((name) => [name, 0]));
  for (const [group, kind, plural] of countedKinds) {
    for (const object of reader.list(group, kind, namespace)) {
      for (const [name, amount] of Object.entries(usageOf(object, plural))) {
        if (name in total) total[name] = (total[name] ?? 0) + amount;
      }
    }
  }
  return total;
}

/** 403 where the new object would exceed a quota of its namespace, worded as the server does. */
export function enforceQuota(object: KubeObject, resource: Resource, reader: ObjectReader): void {
  const { name, namespace = '' } = object.metadata;
  const requested = usageOf(object, resource.plural);
  for (const quota of reader.list('', 'ResourceQuota', namespace)) {
    const hard: Record<string, unknown> = quota['spec']?.hard ?? {};
    const used = quotaUsage(hard, namespace, reader);
    const exceeded = Object.keys(hard)
      .filter((key) => (requested[key] ?? 0) > 0 && (used[key] ?? 0) + (requested[key] ?? 0) > parseQuantity(hard[key]))
      .toSorted();
    if (exceeded.length === 0) continue;
    const list = (amount: (key: string) => string) => exceeded.map((key) => `${key}=${amount(key)}`).join(',');
    throw forbidden(
      resource,
      name,
      `exceeded quota: ${quota.metadata.name}, requested: ${list((key) => formatQuantity(requested[key] ?? 0, key))}, used: ${list((key) => formatQuantity(used[key] ?? 0, key))}, limited: ${list((key) => String(hard[key]))}`,
    );
  }
}

/** The status of a quota. */
export function quotaStatus(quota: KubeObject, reader: ObjectReader): object {
  const hard: Record<string, unknown> = quota['spec']?.hard ?? {};
  const used = quotaUsage(hard, quota.metadata.namespace ?? '', reader);
  return {
    hard,
    used: Object.fromEntries(Object.entries(used).map(([name, amount]) => [name, formatQuantity(amount, name)])),
  };
}
