import { VerbInput } from '@/lib/contract/create-task-input';
import type { TaskVerb } from '@/lib/domain/task';
import { handle, type RouteHandler } from '@/lib/server/http/handle';
import type { Locale } from '@/lib/i18n/preferences';
import { queryFlag } from '@/lib/server/http/query';
import * as z from 'zod/mini';
import { getTaskContext, type TaskContext } from './context';
import { planVerbOnTask } from './plan-task';
import { toPlan } from './planning/plan-view';
import type { BasisInput, TaskName } from './run-verb';
import type { VerbRequest } from './verb-plan';
import type { TaskView } from './view/task-view';
import { toTask } from './view/to-task';

export const VerbQuery = z.strictObject({ dryRun: queryFlag });

type Verb = (context: TaskContext, task: TaskName, basis?: BasisInput) => Promise<TaskView>;

/** The route of a verb without input of its own: 202 with the task, or its plan with `?dryRun=true`. */
export function verbRoute(verb: Exclude<TaskVerb, 'create' | 'change' | 'finish' | 'adopt'>, run: Verb): RouteHandler {
  return handle(
    { write: true, names: ['namespace', 'name'], query: VerbQuery, body: VerbInput },
    ({ names, query, body, locale }) =>
      answerVerb({ task: names, request: { verb }, dryRun: query.dryRun, locale }, (context) =>
        run(context, names, body.basis),
      ),
  );
}

interface VerbCall {
  task: TaskName;
  /** What its plan is made for; a function where that has to be worked out, which running the verb does by itself. */
  request: VerbRequest | ((context: TaskContext) => Promise<VerbRequest>);
  dryRun: boolean;
  locale: Locale;
}

/** Runs a verb, or plans it. */
export async function answerVerb(call: VerbCall, run: (context: TaskContext) => Promise<TaskView>): Promise<Response> {
  const context = getTaskContext();
  const { task, dryRun, locale } = call;
  if (dryRun) {
    const request = typeof call.request === 'function' ? await call.request(context) : call.request;
    return Response.json(toPlan(await planVerbOnTask(context, task, request), locale));
  }
  return Response.json(toTask(await run(context), locale), { status: 202 });
}
