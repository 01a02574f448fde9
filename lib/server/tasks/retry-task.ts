import type { TaskContext } from './context';
import { runVerb, type BasisInput, type TaskName } from './run-verb';

/** Goes on with an interrupted operation; what is already done is looked at again and not done twice. */
export function retryTask(context: TaskContext, task: TaskName, basis?: BasisInput) {
  return runVerb(context, task, { verb: 'retry' }, basis);
}
