import { ChangeTaskInput } from '@/lib/contract/create-task-input';
import { handle, methods } from '@/lib/server/http/handle';
import { changeRequest, changeTask } from '@/lib/server/tasks/change-task';
import { getTaskContext, type TaskContext } from '@/lib/server/tasks/context';
import { deleteTask } from '@/lib/server/tasks/delete-task';
import { getTask } from '@/lib/server/tasks/get-task';
import { answerVerb, verbRoute, VerbQuery } from '@/lib/server/tasks/verb-route';
import { toTask } from '@/lib/server/tasks/view/to-task';

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = methods({
  GET: handle({ names: ['namespace', 'name'] }, async ({ names, locale }) =>
    toTask(await getTask(getTaskContext(), names), locale),
  ),
  PATCH: handle(
    { write: true, names: ['namespace', 'name'], query: VerbQuery, body: ChangeTaskInput },
    ({ names, query, body, locale }) => {
      const request = (context: TaskContext) => changeRequest(context, names, body);
      return answerVerb({ task: names, request, dryRun: query.dryRun, locale }, (context) =>
        changeTask(context, names, body),
      );
    },
  ),
  DELETE: verbRoute('delete', deleteTask),
});
