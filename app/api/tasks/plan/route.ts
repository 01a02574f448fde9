import { CreateTaskInput } from '@/lib/contract/create-task-input';
import { handle, methods } from '@/lib/server/http/handle';
import { getTaskContext } from '@/lib/server/tasks/context';
import { planTask } from '@/lib/server/tasks/plan-task';
import { toPlan } from '@/lib/server/tasks/planning/plan-view';

/** What creating this task would do; writes nothing. */
export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = methods({
  POST: handle({ write: true, body: CreateTaskInput }, async ({ body, locale }) =>
    toPlan(await planTask(getTaskContext(), body), locale),
  ),
});
