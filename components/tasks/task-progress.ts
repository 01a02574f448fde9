import type { Task } from '@/lib/contract/task';

export interface TaskProgress {
  /** The step being done, 1-based; `total` when the last one is under way or done. */
  step: number;
  total: number;
}

/** The operation that is under way; null when there is none, or it failed or was interrupted. */
export function runningOperation(task: Pick<Task, 'state' | 'operation'>): Task['operation'] {
  return task.state !== 'Incomplete' && task.operation && !task.operation.stale ? task.operation : null;
}

/** How far the task's operation is; null when it has no steps to show. */
export function taskProgress(task: Pick<Task, 'steps'>): TaskProgress | null {
  const total = task.steps.length;
  if (total === 0) return null;
  const done = task.steps.filter((step) => step.state === 'done').length;
  return { step: Math.min(done + 1, total), total };
}
