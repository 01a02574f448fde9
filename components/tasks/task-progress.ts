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

/** True once a task has ended for good, also when somebody switched its copies on again: it can only be deleted. */
export function isFinished({ state, report }: Pick<Task, 'state' | 'report'>): boolean {
  return state === 'Finished' || (state === 'Drifted' && report !== null);
}

/** Whether finishing makes sense: not before the task stands whole, and not twice. */
export function canFinish(task: Pick<Task, 'state' | 'report'>): boolean {
  const standing = ['Mirroring', 'Paused', 'Degraded', 'Drifted'].includes(task.state);
  return standing && !isFinished(task);
}

/** How far the task's operation is; null when it has no steps to show. */
export function taskProgress(task: Pick<Task, 'steps'>): TaskProgress | null {
  const total = task.steps.length;
  if (total === 0) return null;
  const done = task.steps.filter((step) => step.state === 'done').length;
  return { step: Math.min(done + 1, total), total };
}
