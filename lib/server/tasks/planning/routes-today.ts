import type { RoutesToday } from '@/lib/domain/entries-anew';
import type { VirtualService } from '@/lib/domain/kubernetes';
import { isCleanedUp } from '@/lib/domain/record';
import type { TaskRecord, TaskSpec } from '@/lib/domain/task';
import type { Cluster } from '@/lib/server/cluster/cluster';
import { listRecords } from '../record-store';
import { readEverywhere, readNamespace } from './readable';

/** What a task's entries are planned anew on; null where its service is gone: they stay as they are. */
export async function routesToday(cluster: Cluster, spec: TaskSpec): Promise<RoutesToday | null> {
  return routesIn(cluster, spec, (await readEverywhere(cluster, 'VirtualService')).items);
}

/** `routesToday` for some VirtualServices. */
export async function routesIn(
  cluster: Cluster,
  spec: TaskSpec,
  virtualServices: readonly VirtualService[],
): Promise<RoutesToday | null> {
  const [services, others] = await Promise.all([
    readNamespace(cluster, 'Service', spec.namespace),
    tasksBeside(cluster, spec),
  ]);
  const service = services.items.find(({ metadata }) => metadata.name === spec.service.name);
  return service ? { service, virtualServices, others } : null;
}

/** The tasks beside this one that copy from the same service or routes, as far as the user can see them. */
export async function tasksBeside(cluster: Cluster, spec: TaskSpec): Promise<TaskSpec[]> {
  const records = await listRecords(cluster, null);
  return records.flatMap(({ record }) => (isOther(record, spec) ? [record.spec] : []));
}

/** A task beside this one that copies from the same service or routes, as far as the user can see it. */
function isOther(record: TaskRecord, { namespace, name, service, entries }: TaskSpec): boolean {
  const { spec } = record;
  const isItself = spec.namespace === namespace && spec.name === name;
  const objects = new Set(entries.map(({ virtualService }) => `${virtualService.namespace}/${virtualService.name}`));
  const meets = spec.entries.some(({ virtualService }) =>
    objects.has(`${virtualService.namespace}/${virtualService.name}`),
  );
  return !isItself && !isCleanedUp(record) && (spec.service.host === service.host || meets);
}
