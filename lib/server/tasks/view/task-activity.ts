import type { ActivityItem } from '@/lib/contract/task';
import type { MessageRef } from '@/lib/domain/message';
import type { TaskRecord } from '@/lib/domain/task';
import type { z } from 'zod/mini';
import type { TaskContext } from '../context';
import { getTaskRecord, listRecords } from '../record-store';

/** What an activity list shows; texts are added where the answer is written. */
export interface ActivityEntryView extends Omit<z.infer<typeof ActivityItem>, 'detail'> {
  detail: MessageRef | null;
}

/** Who did what with one task, newest first. */
export async function listTaskActivity(
  { cluster }: TaskContext,
  namespace: string,
  name: string,
): Promise<ActivityEntryView[]> {
  return entriesOf(await getTaskRecord(cluster, namespace, name));
}

/** Who did what in a namespace, or in all that the user may see, newest first. */
export async function listActivity({ cluster }: TaskContext, namespace: string | null): Promise<ActivityEntryView[]> {
  if (namespace !== null && !(await cluster.isVisible(namespace))) return [];
  const records = await listRecords(cluster, namespace);
  return records.flatMap(({ record }) => entriesOf(record)).toSorted((a, b) => (a.at < b.at ? 1 : -1));
}

function entriesOf({ spec, activity }: TaskRecord): ActivityEntryView[] {
  return activity.map((entry) => ({ ...entry, namespace: spec.namespace, task: spec.name })).toReversed();
}
