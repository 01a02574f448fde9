import type { TaskContext } from './context';
import { runVerb, type BasisInput, type TaskName } from './run-verb';

/** Puts back what others changed or removed of a task: what keeps clients away from the mirror first, copies last. */
export function restoreTask(context: TaskContext, task: TaskName, basis?: BasisInput) {
  return runVerb(context, task, { verb: 'restore' }, basis);
}
