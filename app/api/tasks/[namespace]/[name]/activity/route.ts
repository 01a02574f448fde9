import { handle, methods } from '@/lib/server/http/handle';
import { getTaskContext } from '@/lib/server/tasks/context';
import { listTaskActivity } from '@/lib/server/tasks/view/task-activity';
import { toActivityList } from '@/lib/server/tasks/view/to-activity-list';

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = methods({
  GET: handle({ names: ['namespace', 'name'] }, async ({ names, locale }) =>
    toActivityList(await listTaskActivity(getTaskContext(), names.namespace, names.name), locale),
  ),
});
