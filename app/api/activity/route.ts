import { KubernetesName } from '@/lib/contract/create-task-input';
import { handle, methods } from '@/lib/server/http/handle';
import { getTaskContext } from '@/lib/server/tasks/context';
import { listActivity } from '@/lib/server/tasks/view/task-activity';
import { toActivityList } from '@/lib/server/tasks/view/to-activity-list';
import * as z from 'zod/mini';

const Query = z.strictObject({ namespace: z.optional(KubernetesName) });

/** Who did what with the tasks that stand, newest first. */
export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = methods({
  GET: handle({ query: Query }, async ({ query, locale }) =>
    toActivityList(await listActivity(getTaskContext(), query.namespace ?? null), locale),
  ),
});
