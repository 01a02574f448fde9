import type { FinishTaskInput } from '@/lib/contract/create-task-input';
import type { TaskContext } from './context';
import { runVerb, type TaskName } from './run-verb';

/**
 * Ends the mirroring for good and freezes its figures in the record. What the task made goes, but for a workload that
 * is kept; the task itself stays in the list until it is deleted.
 */
export function finishTask(context: TaskContext, task: TaskName, { keepWorkload, basis }: FinishTaskInput) {
  return runVerb(context, task, { verb: 'finish', keepWorkload }, basis);
}
