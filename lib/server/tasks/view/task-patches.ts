import { entriesAnew } from '@/lib/domain/entries-anew';
import { patchesOf, type OwnerPatch } from '@/lib/domain/owner-patch';
import { isAwaited, putsIn } from '@/lib/domain/steps';
import type { TaskContext } from '../context';
import { readEverywhere } from '../planning/readable';
import { routesIn, tasksBeside } from '../planning/routes-today';
import { getTaskRecord } from '../record-store';

/**
 * What the owners of shared objects are asked to do for the task's operation, by the objects as they stand; none while
 * it waits for nobody.
 */
export async function listPatches(context: TaskContext, namespace: string, name: string): Promise<OwnerPatch[]> {
  const { spec, operation } = await getTaskRecord(context.cluster, namespace, name);
  const steps = (operation?.steps ?? []).filter(isAwaited);
  if (steps.length === 0) return [];
  const { items, unreadable } = await readEverywhere(context.cluster, 'VirtualService');
  const routes = steps.some(putsIn) ? await routesIn(context.cluster, spec, items) : null;
  const wanted = routes ? { ...spec, entries: entriesAnew(spec, routes) } : spec;
  const others = await tasksBeside(context.cluster, spec);
  return patchesOf(steps, wanted, items, others).map((patch) => {
    const { namespace: place, name: object } = patch.object;
    const isSeen = items.some(({ metadata }) => metadata.name === object && metadata.namespace === place);
    if (isSeen || unreadable.length === 0) return patch;
    const problem = { code: 'patch_unreadable', params: { namespace: place, name: object } };
    return { ...patch, landed: false, problem, forms: null };
  });
}
