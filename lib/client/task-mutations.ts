'use client';
import { useMutation, useQueryClient, type QueryClient } from '@tanstack/react-query';
import type { Plan, Task } from '@/lib/contract/task';
import { ApiRequestError, requestJson } from './http';
import { invalidateTasks, taskOptions, verbRequest, type CreateTaskBody, type TaskVerbRequest } from './tasks';

/** The answer of a verb is the task with its running operation: shown before the next poll. */
async function show(client: QueryClient, task: Task): Promise<void> {
  client.setQueryData(taskOptions(task.namespace, task.name).queryKey, task);
  await invalidateTasks(client, [task]);
}

/** Creates a task. Resolves as soon as its record is stored; progress is in the task's `operation` and `steps`. */
export function useCreateTask() {
  const client = useQueryClient();
  return useMutation({
    mutationKey: ['create-task'],
    mutationFn: (input: CreateTaskBody) => requestJson<Task>('POST', '/api/tasks', { body: input }),
    onSuccess: (task) => show(client, task),
  });
}

/**
 * Deletes tasks one after the other. Resolves when each was accepted or refused, with the refusals: one that fails
 * keeps no other from being asked for. One that is gone already is no failure. `isSending()` as for `useTaskVerb`.
 */
export function useDeleteTasks() {
  const client = useQueryClient();
  const mutationKey = ['delete-tasks'];
  const mutation = useMutation({
    mutationKey,
    mutationFn: async (tasks: readonly Task[]) => {
      const failures: { task: Task; error: unknown }[] = [];
      for (const task of tasks) {
        const { method, path } = verbRequest(task.namespace, task.name, { verb: 'delete' });
        try {
          // One after the other: the browser has few connections, and the page goes on meanwhile.
          // oxlint-disable-next-line no-await-in-loop -- see above
          await requestJson<Task>(method, path);
        } catch (error) {
          if (!(error instanceof ApiRequestError && error.code === 'not_found')) failures.push({ task, error });
        }
      }
      return failures;
    },
    onSettled: (_, __, tasks) => invalidateTasks(client, tasks),
  });
  return { ...mutation, isSending: () => client.isMutating({ mutationKey }) > 0 };
}

/**
 * Runs a verb on a task. Resolves when it is accepted, not when it is done. `isSending()` is true from the moment of
 * the press, before anything is drawn: the second click of a double click sends nothing.
 */
export function useTaskVerb(namespace: string, name: string) {
  const client = useQueryClient();
  const mutationKey = ['task-verb', namespace, name];
  const mutation = useMutation({
    mutationKey,
    mutationFn: ({ request, basis }: { request: TaskVerbRequest; basis?: Plan['basis'] | undefined }) => {
      const { method, path, body } = verbRequest(namespace, name, request, basis);
      return requestJson<Task>(method, path, { body });
    },
    onSuccess: (task) => show(client, task),
    // A refusal often means that what is shown is old.
    onError: () => invalidateTasks(client, [{ namespace, name }]),
  });
  return { ...mutation, isSending: () => client.isMutating({ mutationKey }) > 0 };
}
