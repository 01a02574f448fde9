import { LiveObjects } from './view/live-objects';
import type { TaskContext } from './context';
import { getTaskRecord } from './record-store';
import { runVerb, type BasisInput, type TaskName } from './run-verb';
import type { VerbRequest } from './verb-plan';

/** Takes over what others made of a task as what it is to be: writes the record and nothing else. */
export async function adoptTask(context: TaskContext, task: TaskName, basis?: BasisInput) {
  return runVerb(context, task, await adoption(context, task), basis);
}

/** The request to adopt what stands now. */
export async function adoption({ cluster }: TaskContext, { namespace, name }: TaskName): Promise<VerbRequest> {
  const { spec } = await getTaskRecord(cluster, namespace, name);
  return { verb: 'adopt', live: await new LiveObjects(cluster).of(spec) };
}
