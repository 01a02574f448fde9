import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import type { MetricRange, TaskListMetrics, TaskMetrics } from '@/lib/contract/metrics';
import type * as z from 'zod/mini';
import { apiPath, requestJson } from './http';
import { pollMs } from './poll';

type Metrics = z.infer<typeof TaskMetrics>;
type ListMetrics = z.infer<typeof TaskListMetrics>;

/** Sparklines, last values and differences of the tasks shown, in one request. `tasks`: "namespace/name". */
export function taskListMetricsOptions(tasks: readonly string[]) {
  const sorted = tasks.toSorted();
  return queryOptions({
    queryKey: ['task-metrics', 'list', sorted] as const,
    queryFn: ({ signal }) => requestJson<ListMetrics>('GET', '/api/tasks/metrics', { query: { task: sorted }, signal }),
    enabled: sorted.length > 0,
    placeholderData: keepPreviousData,
    staleTime: pollMs.metrics / 2,
    refetchInterval: pollMs.metrics,
  });
}

/** The series of one task. With `live` they follow at scrape pace; otherwise they stand. */
export function taskMetricsOptions(namespace: string, name: string, range: MetricRange, live: boolean) {
  return queryOptions({
    queryKey: ['task-metrics', namespace, name, range] as const,
    queryFn: ({ signal }) =>
      requestJson<Metrics>('GET', apiPath('tasks', namespace, name, 'metrics'), { query: { range }, signal }),
    placeholderData: keepPreviousData,
    staleTime: pollMs.metrics / 2,
    refetchInterval: (query) =>
      live && Math.max(5, query.state.data?.scrapeIntervalSeconds ?? pollMs.metrics / 1000) * 1000,
  });
}
