import { handle, methods } from '@/lib/server/http/handle';
import { getTaskContext } from '@/lib/server/tasks/context';
import { readTaskInput } from '@/lib/server/tasks/view/task-input';

/** What to send to POST /api/tasks for another task like this one. */
export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = methods({
  GET: handle({ names: ['namespace', 'name'] }, ({ names }) =>
    readTaskInput(getTaskContext(), names.namespace, names.name),
  ),
});
