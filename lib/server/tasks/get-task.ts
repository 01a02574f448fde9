import type { TaskContext } from './context';
import { getTaskRecord } from './record-store';
import type { TaskName } from './run-verb';
import { stopOf } from './view/stop-view';
import { viewTask, type TaskView } from './view/task-view';

/** One task as it stands; not_found when there is none or the user may not see tasks there. */
export async function getTask(context: TaskContext, { namespace, name }: TaskName): Promise<TaskView> {
  const record = await getTaskRecord(context.cluster, namespace, name);
  return viewTask(context, record, await stopOf(context, record));
}
