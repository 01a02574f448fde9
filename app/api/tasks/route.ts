import { CreateTaskInput, KubernetesName } from '@/lib/contract/create-task-input';
import type { TaskList } from '@/lib/contract/task';
import { taskStates } from '@/lib/domain/task';
import { handle, methods } from '@/lib/server/http/handle';
import { queryInteger, queryList } from '@/lib/server/http/query';
import { toMessage } from '@/lib/server/http/message';
import { getTaskContext } from '@/lib/server/tasks/context';
import { createTask } from '@/lib/server/tasks/create-task';
import { listTasks, taskSorts } from '@/lib/server/tasks/list-tasks';
import { toTask } from '@/lib/server/tasks/view/to-task';
import * as z from 'zod/mini';

const Query = z.strictObject({
  namespace: z.optional(KubernetesName),
  state: queryList(z.enum([...taskStates, 'attention']), taskStates.length + 1),
  q: z._default(z.string().check(z.maxLength(200)), ''),
  sort: z._default(z.enum(taskSorts), 'attention'),
  limit: z._default(queryInteger(1, 200), 50),
  continue: z._default(z.string().check(z.maxLength(1000)), ''),
});

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = methods({
  GET: handle({ query: Query }, async ({ query, locale }): Promise<TaskList> => {
    const page = await listTasks(getTaskContext(), {
      namespace: query.namespace ?? null,
      states: query.state,
      q: query.q,
      sort: query.sort,
      limit: query.limit,
      continue: query.continue || null,
    });
    return {
      items: page.items.map((view) => toTask(view, locale)),
      counts: page.counts,
      problems: page.problems.map((problem) => toMessage(problem, locale)),
      ...(page.continue === null ? {} : { continue: page.continue }),
    };
  }),
  POST: handle({ write: true, body: CreateTaskInput }, async ({ body, locale }) => {
    const task = toTask(await createTask(getTaskContext(), body), locale);
    const location = `/api/tasks/${task.namespace}/${task.name}`;
    return Response.json(task, { status: 201, headers: { location } });
  }),
});
