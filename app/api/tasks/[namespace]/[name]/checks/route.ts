import type { TaskChecks } from '@/lib/contract/task';
import { handle, methods } from '@/lib/server/http/handle';
import { checkTask } from '@/lib/server/tasks/check-task';
import { getTaskContext } from '@/lib/server/tasks/context';
import { toPlanCheck } from '@/lib/server/tasks/planning/plan-view';

/** What a creation of this task would be told today. */
export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = methods({
  GET: handle({ names: ['namespace', 'name'] }, async ({ names, locale }): Promise<TaskChecks> => {
    const context = getTaskContext();
    const checks = await checkTask(context, names);
    return {
      checkedAt: new Date(context.clock.now()).toISOString(),
      checks: checks.map((check) => toPlanCheck(check, locale)),
    };
  }),
});
