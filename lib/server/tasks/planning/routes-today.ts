import { entriesAnew, type RoutesToday } from '@/lib/domain/entries-anew';
import { isCleanedUp } from '@/lib/domain/record';
import type { TaskRecord, TaskSpec } from '@/lib/domain/task';
import type { Cluster } from '@/lib/server/cluster/cluster';
import { listRecords } from '../record-store';
import { readEverywhere, readNamespace } from './readable';

/** What a task's entries are planned anew on; null where no other task copies from the same service: they stay as they are. */
export async function routesToday(cluster: Cluster, spec: TaskSpec): Promise<RoutesToday | null> {
  const others = await otherTasks(cluster, spec);
  if (others.length === 0) return null;
  const [services, { items: virtualServices }] = await Promise.all([
    readNamespace(cluster, 'Service', spec.namespace),
    readEverywhere(cluster, 'VirtualService'),
  ]);
  const service = services.items.find(({ metadata }) => metadata.name === spec.service.name);
  return service ? { service, virtualServices, others } : null;
}

/** Tasks beside this one that copy from the same service, as far as the user can see them. */
export async function otherTasks(cluster: Cluster, spec: TaskSpec): Promise<TaskSpec[]> {
  const records = await listRecords(cluster, null);
  return records.flatMap(({ record }) => (isOther(record, spec) ? [record.spec] : []));
}

/** The task with entries for what other tasks put into its routes since it was planned. */
export function withEntriesAnew(record: TaskRecord, routes: RoutesToday | null): TaskRecord {
  if (routes === null || record.desired !== 'mirroring') return record;
  return { ...record, spec: { ...record.spec, entries: entriesAnew(record.spec, routes) } };
}

function isOther(record: TaskRecord, { namespace, name, service }: TaskSpec): boolean {
  const { spec } = record;
  return (
    spec.service.host === service.host && (spec.namespace !== namespace || spec.name !== name) && !isCleanedUp(record)
  );
}
