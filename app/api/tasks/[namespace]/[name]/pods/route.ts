import type { TaskPodList } from '@/lib/contract/task';
import { handle, methods } from '@/lib/server/http/handle';
import { getTaskContext } from '@/lib/server/tasks/context';
import { listTaskPods } from '@/lib/server/tasks/view/task-pods';
import type { z } from 'zod/mini';

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = methods({
  GET: handle({ names: ['namespace', 'name'] }, async ({ names }): Promise<z.infer<typeof TaskPodList>> => {
    return { items: await listTaskPods(getTaskContext(), names.namespace, names.name) };
  }),
});
