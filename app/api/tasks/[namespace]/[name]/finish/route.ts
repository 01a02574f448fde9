import { FinishTaskInput } from '@/lib/contract/create-task-input';
import { handle, methods } from '@/lib/server/http/handle';
import { finishTask } from '@/lib/server/tasks/finish-task';
import { answerVerb, VerbQuery } from '@/lib/server/tasks/verb-route';

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = methods({
  POST: handle(
    { write: true, names: ['namespace', 'name'], query: VerbQuery, body: FinishTaskInput },
    ({ names, query, body, locale }) => {
      const request = { verb: 'finish', keepWorkload: body.keepWorkload } as const;
      return answerVerb({ task: names, request, dryRun: query.dryRun, locale }, (context) =>
        finishTask(context, names, body),
      );
    },
  ),
});
