import type { TaskContext } from './context';
import { runVerb, type BasisInput, type TaskName } from './run-verb';

/** Takes back an interrupted or running creation, down to the record. */
export function rollbackTask(context: TaskContext, task: TaskName, basis?: BasisInput) {
  return runVerb(context, task, { verb: 'rollback' }, basis);
}
