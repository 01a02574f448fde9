import type { TaskContext } from './context';
import { assertFeasible, planVerbOnTask } from './plan-task';
import { runVerb, type BasisInput, type TaskName } from './run-verb';

/**
 * Puts back what others changed or removed of a task: what keeps clients away from the mirror first, copies last.
 * Throws plan_infeasible where its run would fail: there is no state of ours that half of it could be taken back to.
 */
export async function restoreTask(context: TaskContext, task: TaskName, basis?: BasisInput) {
  assertFeasible(await planVerbOnTask(context, task, { verb: 'restore' }));
  return runVerb(context, task, { verb: 'restore' }, basis);
}
