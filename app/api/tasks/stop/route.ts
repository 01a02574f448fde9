import { StopTasksInput } from '@/lib/contract/create-task-input';
import type { StopList } from '@/lib/contract/task';
import { handle, methods } from '@/lib/server/http/handle';
import { toMessage, toMessageOrNull } from '@/lib/server/http/message';
import { getTaskContext } from '@/lib/server/tasks/context';
import { planStop, stopTasks } from '@/lib/server/tasks/stop-tasks';
import { VerbQuery } from '@/lib/server/tasks/verb-route';

/** Pauses every task of a namespace, or everywhere: 202 with what became of each, or with `?dryRun=true` would. */
export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = methods({
  POST: handle({ write: true, query: VerbQuery, body: StopTasksInput }, async ({ query, body, locale }) => {
    const stop = query.dryRun ? planStop : stopTasks;
    const { items, problems } = await stop(getTaskContext(), body.namespace ?? null);
    const list: StopList = {
      items: items.map((item) => ({ ...item, reason: toMessageOrNull(item.reason, locale) })),
      problems: problems.map((problem) => toMessage(problem, locale)),
    };
    return Response.json(list, { status: query.dryRun ? 200 : 202 });
  }),
});
