'use client';
import { useTranslations } from 'next-intl';
import { useToast } from '@/components/ui/toast';
import type { Plan, Task, TaskAction } from '@/lib/contract/task';
import { ApiRequestError } from '@/lib/client/http';
import { useTaskVerb } from '@/lib/client/task-mutations';
import type { TaskVerbRequest } from '@/lib/client/tasks';
import { useErrorText, useMessageText } from '@/lib/client/use-error-text';
import type * as z from 'zod/mini';
import { runningOperation } from '../task-progress';

export type ActionVerb = z.infer<typeof TaskAction>['verb'];

export interface TaskActions {
  /** True when the server offers the verb for this task, allowed or not. */
  offers: (verb: ActionVerb) => boolean;
  allows: (verb: ActionVerb) => boolean;
  /** Why the verb cannot be used now; undefined when it can. */
  blocked: (verb: ActionVerb) => string | undefined;
  run: (request: TaskVerbRequest, done?: () => void) => void;
  /**
   * As `run`, for a plan that was looked at: refused when what it was made on has changed. Why it came to nothing is
   * told to who shows the plan.
   */
  runPlanned: (
    request: TaskVerbRequest,
    basis: Plan['basis'],
    outcome: { done: () => void; failed: (why: Failure) => void },
  ) => void;
  /** A request is on its way, or an operation runs. */
  pending: (verb: ActionVerb) => boolean;
}

/** Why a request came to nothing, in words. */
export interface Failure {
  title: string;
  details: string;
}

/** The request was looked at and not taken; otherwise it did not come through. */
function isRefusal(error: Error): boolean {
  return error instanceof ApiRequestError && error.status >= 400 && error.status < 500;
}

/** What can be done with a task, why not, and doing it. A refusal is told as a notice, or where the plan is shown. */
export function useTaskActions(
  task: Pick<Task, 'namespace' | 'name' | 'state' | 'actions' | 'operation'>,
): TaskActions {
  const t = useTranslations('list');
  const text = useMessageText();
  const errorText = useErrorText();
  const toast = useToast();
  const mutation = useTaskVerb(task.namespace, task.name);
  const actionOf = (verb: ActionVerb) => task.actions.find((action) => action.verb === verb);

  const notify = ({ title, details }: Failure) => toast('bad', title, details);

  function send(
    request: TaskVerbRequest,
    basis: Plan['basis'] | undefined,
    { done, failed = notify }: { done?: (() => void) | undefined; failed?: (why: Failure) => void },
  ) {
    if (mutation.isSending()) return;
    mutation.mutate(
      { request, basis },
      {
        onSuccess: done,
        onError: (error) => {
          const { title, details } = errorText(error);
          const lines = details.map((detail) => detail.text).join(' ');
          const told = { verb: request.verb, name: task.name };
          failed({
            title: t(isRefusal(error) ? 'verbRefused' : 'verbFailed', told),
            details: `${title} ${lines}`.trim(),
          });
        },
      },
    );
  }

  return {
    offers: (verb) => actionOf(verb) !== undefined,
    allows: (verb) => actionOf(verb)?.allowed ?? false,
    blocked: (verb) => {
      const action = actionOf(verb);
      if (action?.allowed) return undefined;
      return action?.reason ? text('reason', action.reason) : t('notNow');
    },
    pending: (verb) => {
      if (mutation.isPending) return mutation.variables.request.verb === verb;
      return runningOperation(task)?.verb === verb;
    },
    run: (request, done) => send(request, undefined, { done }),
    runPlanned: send,
  };
}
