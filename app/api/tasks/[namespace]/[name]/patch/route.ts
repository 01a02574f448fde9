import type { PatchList } from '@/lib/contract/task';
import { handle, methods } from '@/lib/server/http/handle';
import { getTaskContext } from '@/lib/server/tasks/context';
import { toPatch } from '@/lib/server/tasks/planning/plan-view';
import { listPatches } from '@/lib/server/tasks/view/task-patches';

/** What the owners of shared objects are asked to do, while the task's operation waits for them. */
export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = methods({
  GET: handle({ names: ['namespace', 'name'] }, async ({ names, locale }): Promise<PatchList> => {
    const patches = await listPatches(getTaskContext(), names.namespace, names.name);
    return { items: patches.map((patch) => toPatch(patch, locale)) };
  }),
});
