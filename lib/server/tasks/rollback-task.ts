import type { TaskContext } from './context';
import { runVerb, type BasisInput, type TaskName } from './run-verb';

/** Takes an interrupted or running operation back: a creation down to the record, any other to what was before it. */
export function rollbackTask(context: TaskContext, task: TaskName, basis?: BasisInput) {
  return runVerb(context, task, { verb: 'rollback' }, basis);
}
