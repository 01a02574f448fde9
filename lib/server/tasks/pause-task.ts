import type { TaskContext } from './context';
import { runVerb, type BasisInput, type TaskName } from './run-verb';

/** Stops the copies and keeps everything else, so that they can be resumed at once. */
export function pauseTask(context: TaskContext, task: TaskName, basis?: BasisInput) {
  return runVerb(context, task, { verb: 'pause' }, basis);
}
