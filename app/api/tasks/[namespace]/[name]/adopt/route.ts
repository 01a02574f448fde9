import { VerbInput } from '@/lib/contract/create-task-input';
import { handle, methods } from '@/lib/server/http/handle';
import { adoption, adoptTask } from '@/lib/server/tasks/adopt-task';
import { getTaskContext } from '@/lib/server/tasks/context';
import { answerVerb, VerbQuery } from '@/lib/server/tasks/verb-route';

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = methods({
  POST: handle(
    { write: true, names: ['namespace', 'name'], query: VerbQuery, body: VerbInput },
    async ({ names, query, body, locale }) => {
      const request = await adoption(getTaskContext(), names);
      return answerVerb({ task: names, request, dryRun: query.dryRun, locale }, (context) =>
        adoptTask(context, names, body.basis),
      );
    },
  ),
});
