import type { TaskMetrics } from '@/lib/contract/metrics';

/**
 * The metrics to show after a new answer: when Prometheus could not be asked, the last measured series stay and the
 * problem is told beside them. Both must be of one task: the query's key holds when it was created. `end` of what is returned says up to when it was measured.
 */
export function keepLastMeasured(previous: TaskMetrics | undefined, next: TaskMetrics): TaskMetrics {
  if (next.problem === null || next.series.length > 0 || !previous || previous.series.length === 0) return next;
  return { ...previous, markers: next.markers, problem: next.problem };
}
