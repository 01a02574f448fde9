import { lastForeignWrite } from '@/lib/domain/drift';
import type { KubeObject, Service, VirtualService } from '@/lib/domain/kubernetes';
import { holdsCopies, mirroredNamespaces } from '@/lib/domain/left-copies';
import type { MessageRef } from '@/lib/domain/message';
import { policiesOf, policyKinds } from '@/lib/domain/policies';
import { fieldManager, managedByLabel, taskLabel, type TaskSpec } from '@/lib/domain/task';
import type { Cluster } from '@/lib/server/cluster/cluster';
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
  const patched = await patchedBy(cluster, objects);
  const touched = objects.flatMap((object) => {
    const at = lastTouch(object) ?? (patched.has(object) ? lastWrite(object) : null);
    return at === null ? [] : { object, at };
  });
  if (touched.length === 0) return [];
  const records = await listRecords(cluster, null);
  const named = new Set(records.flatMap(({ record }) => namesOf(record.spec)));
  const latest = new Date(clock.now() - settledMs).toISOString();
  return touched
    .filter(({ object, at }) => !named.has(nameOf(object)) && at < latest)
    .map(
      ({
        object: {
          kind,
          metadata: { name },
        },
      }) => ({ code: 'orphaned_changes', params: { kind, namespace, name } }),
    );
}

/** True for who may list the records of every namespace: he alone can tell that an object has none. */
export async function seesEveryRecord(cluster: TaskContext['cluster']): Promise<boolean> {
  const [seesAll] = await cluster.review([{ verb: 'list', group: '', resource: 'configmaps', namespace: '' }]);
  return seesAll === true;
}

/** Objects into which their owners have put a task's copies: nothing but what they say tells that. */
async function patchedBy(cluster: Cluster, objects: readonly KubeObject[]): Promise<ReadonlySet<KubeObject>> {
  const copying = objects.filter((object) => object.kind === 'VirtualService') as VirtualService[];
  const namespaces = [...new Set(copying.flatMap(mirroredNamespaces))];
  const services = new Map<string, readonly Service[]>();
  await Promise.all(
    namespaces.map(async (name) => {
      const { items, unreadable } = await readNamespace(cluster, 'Service', name);
      if (unreadable.length === 0) services.set(name, items);
    }),
  );
  return new Set(copying.filter((object) => holdsCopies(object, services)));
}

function lastWrite(object: KubeObject): string {
  return lastForeignWrite(object)?.at ?? object.metadata.creationTimestamp ?? '';
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
