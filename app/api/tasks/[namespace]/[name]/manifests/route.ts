import type { ManifestList } from '@/lib/contract/task';
import { handle, methods } from '@/lib/server/http/handle';
import { getTaskContext } from '@/lib/server/tasks/context';
import { listManifests } from '@/lib/server/tasks/view/task-manifests';
import type { z } from 'zod/mini';

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = methods({
  GET: handle({ names: ['namespace', 'name'] }, async ({ names }): Promise<z.infer<typeof ManifestList>> => {
    return { items: await listManifests(getTaskContext(), names.namespace, names.name) };
  }),
});
