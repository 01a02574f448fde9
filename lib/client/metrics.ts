import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import type { Task } from '@/lib/contract/task';
import type { MetricRange } from '@/lib/contract/metric-ranges';
import type { TaskListMetrics, TaskMetrics } from '@/lib/contract/metrics';
import type * as z from 'zod/mini';
import { apiPath, requestJson } from './http';
import { pollMs } from './poll';

type Metrics = z.infer<typeof TaskMetrics>;
type ListMetrics = z.infer<typeof TaskListMetrics>;

/** First part of the key of everything that is measured. */
export const metricsKey = 'task-metrics';

/** What tells a task from an earlier one of the same name. */
export type TaskIdentity = Pick<Task, 'namespace' | 'name' | 'createdAt'>;

/** Sparklines, last values and differences of the tasks shown, in one request; see `metricsOf`. */
export function taskListMetricsOptions(tasks: readonly TaskIdentity[]) {
  const names = tasks.map(({ namespace, name }) => `${namespace}/${name}`).toSorted();
  return queryOptions({
    queryKey: [metricsKey, 'list', tasks.map(identityText).toSorted()] as const,
    queryFn: ({ signal }) => requestJson<ListMetrics>('GET', '/api/tasks/metrics', { query: { task: names }, signal }),
    enabled: names.length > 0,
    placeholderData: keepPreviousData,
    staleTime: pollMs.metrics / 2,
    refetchInterval: pollMs.metrics,
  });
}

/** A task's part of the list's metrics, which may still be those of other rows; undefined: not measured. */
export function metricsOf(metrics: ListMetrics | undefined, task: TaskIdentity) {
  return metrics?.items.find((item) => identityText(item) === identityText(task));
}

/**
 * The series of one task. With `live` they follow at scrape pace; otherwise they stand. Another range shows the
 * series of the one before until its own are there; another task, even of the same name, shows none of this one's.
 */
export function taskMetricsOptions(task: TaskIdentity, range: MetricRange, live: boolean) {
  const { namespace, name } = task;
  return queryOptions({
    queryKey: [metricsKey, 'task', identityText(task), range] as const,
    queryFn: ({ signal }) =>
      requestJson<Metrics>('GET', apiPath('tasks', namespace, name, 'metrics'), { query: { range }, signal }),
    placeholderData: (previous, query) => (query?.queryKey[2] === identityText(task) ? previous : undefined),
    staleTime: pollMs.metrics / 2,
    refetchInterval: (query) =>
      live && Math.max(5, query.state.data?.scrapeIntervalSeconds ?? pollMs.metrics / 1000) * 1000,
  });
}

function identityText({ namespace, name, createdAt }: TaskIdentity): string {
  return `${namespace}/${name} ${createdAt}`;
}
