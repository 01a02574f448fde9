'use client';
import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import type { StopList } from '@/lib/contract/task';
import { requestJson } from './http';
import { pollMs } from './poll';
import { taskKeys } from './tasks';

/** Null: every namespace that the user may see. */
type Scope = string | null;

const path = '/api/tasks/stop';
const bodyOf = (namespace: Scope) => (namespace === null ? {} : { namespace });

/** Many tasks are begun some at a time. */
const stopTimeoutMs = 120_000;

/** What stopping would do now: every task that copies requests, or would come to; writes nothing. */
export function stopPlanOptions(namespace: Scope) {
  return queryOptions({
    queryKey: [...taskKeys.lists, 'stop', namespace] as const,
    queryFn: ({ signal }) =>
      requestJson<StopList>('POST', path, { query: { dryRun: true }, body: bodyOf(namespace), signal }),
    staleTime: 0,
    gcTime: 0,
    refetchInterval: pollMs.moving,
  });
}

/**
 * Pauses every task of a namespace, or everywhere. Resolves when each was accepted or refused; the server goes on
 * whoever waits. The second click of a double click sends nothing.
 */
export function useStopTasks() {
  const client = useQueryClient();
  const mutationKey = ['stop-tasks'];
  const mutation = useMutation({
    mutationKey,
    mutationFn: (namespace: Scope) =>
      requestJson<StopList>('POST', path, { body: bodyOf(namespace), timeoutMs: stopTimeoutMs }),
    onSettled: () => client.invalidateQueries({ queryKey: taskKeys.lists }),
  });
  return { ...mutation, isSending: () => client.isMutating({ mutationKey }) > 0 };
}
