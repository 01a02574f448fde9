import type { TaskListMetrics } from '@/lib/contract/metrics';
import type { Difference, Task } from '@/lib/contract/task';
import type * as z from 'zod/mini';
import { isFinished } from './task-progress';

export type TaskDifference = z.infer<typeof Difference>;

type RowMetrics = TaskListMetrics['items'][number];
/** `target`: the id of the target that is held against the live version. */
export type TargetDifference = RowMetrics['differences'][number];

/** True only where the whole interval says that the mirror is worse than the live version. */
export function isWorse({ metric, low, high }: TaskDifference): boolean {
  return metric === 'success' ? high !== null && high < 0 : low !== null && low > 0;
}

/** What is known of each target of a task; of a finished one as it was frozen. */
export function differencesOf(task: Task, metrics: RowMetrics | null | undefined): readonly TargetDifference[] {
  if (!isFinished(task)) return metrics?.differences ?? [];
  const { report, targets } = task;
  const first = report && { target: targets[0]?.id ?? '', figures: report.figures };
  return [...(first ? [first] : []), ...(report?.others ?? [])].flatMap(({ target, figures }) =>
    (figures?.differences ?? []).map((difference) => ({ ...difference, target })),
  );
}

/**
 * Of several targets the one that needs a look first: one that is surely worse before any other, then the larger
 * difference to its disadvantage. One that is not measured is neither better nor worse: it comes last.
 */
export function worstDifference(
  differences: readonly TargetDifference[],
  metric: TaskDifference['metric'],
): TargetDifference | undefined {
  const rank = (difference: TargetDifference): number => {
    if (difference.value === null) return Infinity;
    return metric === 'success' ? difference.value : -difference.value;
  };
  return differences
    .filter((difference) => difference.metric === metric)
    .toSorted((a, b) => Number(isWorse(b)) - Number(isWorse(a)) || compare(rank(a), rank(b)))[0];
}

function compare(a: number, b: number): number {
  return a === b ? 0 : a < b ? -1 : 1;
}
