import type { TaskContext } from './context';
import { runVerb, type BasisInput, type TaskName } from './run-verb';

/** Lets a paused task copy again, once its mirror is ready. */
export function resumeTask(context: TaskContext, task: TaskName, basis?: BasisInput) {
  return runVerb(context, task, { verb: 'resume' }, basis);
}
