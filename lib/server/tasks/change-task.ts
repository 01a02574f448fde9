import type { ChangeTaskInput } from '@/lib/contract/create-task-input';
import type { TaskContext } from './context';
import { runVerb, type TaskName } from './run-verb';
import type { WantedShares } from './verb-plan';

/** Changes the shares of requests that are copied; a paused task takes them over when it resumes. */
export function changeTask(context: TaskContext, task: TaskName, input: ChangeTaskInput) {
  return runVerb(context, task, { verb: 'change', shares: sharesWanted(input) }, input.basis);
}

/** What a request says of the shares: of a task's only target, or of some by their ids. */
export function sharesWanted({ percentage = 0, targets }: ChangeTaskInput): WantedShares {
  return targets ?? percentage;
}
