import type { TaskRequests } from '@/lib/contract/task';
import { handle, methods } from '@/lib/server/http/handle';
import { toMessageOrNull } from '@/lib/server/http/message';
import { queryFlag, queryInteger } from '@/lib/server/http/query';
import { getTaskContext } from '@/lib/server/tasks/context';
import { listTaskRequests } from '@/lib/server/tasks/view/task-requests';
import * as z from 'zod/mini';

const Query = z.strictObject({
  q: z._default(z.string().check(z.maxLength(200)), ''),
  differing: queryFlag,
  limit: z._default(queryInteger(1, 1_000), 100),
});

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = methods({
  GET: handle(
    { names: ['namespace', 'name'], query: Query },
    async ({ request, names, query, locale }): Promise<TaskRequests> => {
      const options = { ...query, signal: request.signal };
      const view = await listTaskRequests(getTaskContext(), names.namespace, names.name, options);
      return { ...view, reason: toMessageOrNull(view.reason, locale) };
    },
  ),
});
