import type { TaskContext } from './context';
import { runVerb, type BasisInput, type TaskName } from './run-verb';

/** Ends a task: its copies stop, what it made goes, shared objects are left as without it. Calls off a creation. */
export function deleteTask(context: TaskContext, task: TaskName, basis?: BasisInput) {
  return runVerb(context, task, { verb: 'delete' }, basis);
}
