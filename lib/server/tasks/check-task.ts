import type { Check } from '@/lib/domain/check';
import { isCleanedUp } from '@/lib/domain/record';
import type { TaskContext } from './context';
import { planTaskAnew } from './planning/plan-anew';
import { getTaskRecord } from './record-store';
import type { TaskName } from './run-verb';

/**
 * What a creation of the task would be told today, as if nothing of it stood: what changed around it since. None once it
 * is finished. What the user may do is told with the task's actions.
 */
export async function checkTask(context: TaskContext, { namespace, name }: TaskName): Promise<Check[]> {
  const record = await getTaskRecord(context.cluster, namespace, name);
  if (isCleanedUp(record) || record.desired === 'finished' || record.desired === 'deleted') return [];
  const { checks } = await planTaskAnew(context, record.spec);
  return checks.filter(({ code }) => code !== 'permissions');
}
