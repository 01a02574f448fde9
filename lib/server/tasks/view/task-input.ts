import type { CreateTaskInput } from '@/lib/contract/create-task-input';
import { fromRequestMatch } from '@/lib/contract/request-selection';
import { freeName } from '@/lib/domain/names';
import { inputOf } from '@/lib/domain/replan';
import type { TaskContext } from '../context';
import { getTaskRecord, listRecords } from '../record-store';

/** The request that would make another task like this one, under a name that no task of the namespace has. */
export async function readTaskInput(
  { cluster }: TaskContext,
  namespace: string,
  name: string,
): Promise<CreateTaskInput> {
  const { spec } = await getTaskRecord(cluster, namespace, name);
  const taken = (await listRecords(cluster, namespace)).map(({ record }) => record.spec.name);
  const { selection, safety, ...input } = inputOf(spec);
  const match = selection?.match.map(fromRequestMatch) ?? [];
  const methods = selection?.methods ?? null;
  // Where the task could not have them, whether the mirror is protected is proposed anew.
  const limits = { ...(spec.targets[0].policies ? safety : {}), ...(methods && { methods: [...methods] }) };
  return {
    ...input,
    name: freeName(name, taken),
    ...(match.length > 0 && { match }),
    ...(Object.keys(limits).length > 0 && { safety: limits }),
    // What a record says of references was JSON, as the request's is.
  } as CreateTaskInput;
}
