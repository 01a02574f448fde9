import type { KubeObject } from '@/lib/domain/kubernetes';
import type { MessageRef } from '@/lib/domain/message';
import { policiesOf, policyKinds } from '@/lib/domain/policies';
import { fieldManager, managedByLabel, taskLabel, type TaskSpec } from '@/lib/domain/task';
import type { TaskContext } from '../context';
import { readNamespace } from '../planning/readable';
import { listRecords } from '../record-store';

const kinds = ['VirtualService', 'DestinationRule', 'ServiceEntry', 'Deployment', 'Service', ...policyKinds] as const;
/** Watches of records and of objects are not in step: what was written just now has a record. */
const settledMs = 60_000;

/**
 * Objects of a namespace in which some task left something and that no record names: its record was deleted while no
 * console ran. Nothing is told to who may not see every record: the one that names the object may be hidden from him.
 */
export async function listOrphans({ cluster, clock }: TaskContext, namespace: string): Promise<MessageRef[]> {
  if (!(await seesEveryRecord(cluster))) return [];
  const read = await Promise.all(kinds.map((kind) => readNamespace(cluster, kind, namespace)));
  const objects = read.flatMap(({ items }) => items as readonly KubeObject[]);
  const touched = objects.filter((object) => lastTouch(object) !== null);
  if (touched.length === 0) return [];
  const records = await listRecords(cluster, null);
  const named = new Set(records.flatMap(({ record }) => namesOf(record.spec)));
  const latest = new Date(clock.now() - settledMs).toISOString();
  return touched
    .filter((object) => !named.has(nameOf(object)) && (lastTouch(object) ?? '') < latest)
    .map(({ kind, metadata: { name } }) => ({ code: 'orphaned_changes', params: { kind, namespace, name } }));
}

/** True for who may list the records of every namespace: he alone can tell that an object has none. */
export async function seesEveryRecord(cluster: TaskContext['cluster']): Promise<boolean> {
  const [seesAll] = await cluster.review([{ verb: 'list', group: '', resource: 'configmaps', namespace: '' }]);
  return seesAll === true;
}

/** When a task last wrote the object; null when none did, or when it took back all that it had written. */
function lastTouch({ metadata }: KubeObject): string | null {
  const { labels = {}, managedFields = [], creationTimestamp = '' } = metadata;
  const entry = managedFields.find(({ manager, subresource }) => manager === fieldManager && subresource === undefined);
  const isMade = labels[managedByLabel.key] === managedByLabel.value && labels[taskLabel] !== undefined;
  return entry?.time ?? (isMade ? creationTimestamp : null);
}

function namesOf(spec: TaskSpec): string[] {
  const { namespace, entries, pins, subsets, targets, virtualService } = spec;
  const refs = [...entries, ...pins].map((entry) => entry.virtualService);
  const ofTargets = targets.flatMap(({ mirrorService, deployment, external }) => [
    mirrorService,
    deployment,
    ...(external ? [external.serviceEntry, external.tlsRule] : []),
  ]);
  const made = [...ofTargets, virtualService, ...policiesOf(spec)].flatMap((object) => (object ? nameOf(object) : []));
  return [
    ...made,
    ...refs.map((ref) => `VirtualService ${ref.namespace}/${ref.name}`),
    ...(subsets ? [`DestinationRule ${subsets.destinationRule.namespace}/${subsets.destinationRule.name}`] : []),
    ...targets.flatMap(({ workload }) => (workload === null ? [] : `Deployment ${namespace}/${workload}`)),
  ];
}

function nameOf({ kind, metadata }: Pick<KubeObject, 'kind' | 'metadata'>): string {
  return `${kind} ${metadata.namespace}/${metadata.name}`;
}
