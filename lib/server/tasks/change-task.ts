import type { ChangeTaskInput } from '@/lib/contract/create-task-input';
import type { TaskContext } from './context';
import { runVerb, type TaskName } from './run-verb';

/** Changes the share of requests that is copied; a paused task takes it over when it resumes. */
export function changeTask(context: TaskContext, task: TaskName, { percentage, basis }: ChangeTaskInput) {
  return runVerb(context, task, { verb: 'change', percentage }, basis);
}
