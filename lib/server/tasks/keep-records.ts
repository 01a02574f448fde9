import { editFor } from '@/lib/domain/edit';
import type { ConfigMap, KubeObject } from '@/lib/domain/kubernetes';
import { hasOurManagedFields, isOurs } from '@/lib/domain/ownership';
import { fromConfigMap, isCleanedUp } from '@/lib/domain/record';
import { beforeJoining, withoutPassages } from '@/lib/domain/retarget';
import { stepsFor, stepTextKey } from '@/lib/domain/steps';
import type { Operation, TaskRecord } from '@/lib/domain/task';
import type { Cluster } from '@/lib/server/cluster/cluster';
import { isClusterError } from '@/lib/server/cluster/cluster-error';
import { isKind } from '@/lib/server/cluster/kinds';
import { log } from '@/lib/server/log';
import { delay, isoNow, type TaskContext } from './context';
import { newOperation } from './operations/start-operation';
import { createRecord, taskOfRecord } from './record-store';

/** An outage of an hour is waited out. */
const attemptsMax = 125;
const backoffMaxMs = 30_000;

/**
 * Stores a record again that somebody deleted by hand while its task still stands in other objects: the task is then
 * Incomplete, and continuing it takes out what is left (docs/decisions/0008). Works while this console runs; the
 * returned function ends it.
 */
export function keepRecords(context: TaskContext): () => void {
  return context.cluster.subscribe((change) => {
    if (change.type !== 'DELETED' || taskOfRecord(change.object) === null) return;
    const read = fromConfigMap(change.object as ConfigMap);
    if (!('record' in read) || !leavesSomething(read.record)) return;
    const lost: LostRecord = {
      record: read.record,
      uid: change.object.metadata.uid ?? '',
      mayHaveEnded: change.isInferred === true,
    };
    storeAgain(context, lost).catch((error: unknown) => {
      const { namespace, name } = read.record.spec;
      log.warn({ err: error, namespace, task: name }, 'a record was deleted by hand and could not be stored again');
    });
  });
}

interface LostRecord {
  record: TaskRecord;
  uid: string;
  /** It was not seen going: its task may have come to its end, in another console, since it was last seen. */
  mayHaveEnded: boolean;
}

/** False where the record was all that was left of the task, or all that there ever was. */
function leavesSomething(record: TaskRecord): boolean {
  const { operation } = record;
  if (isCleanedUp(record) || record.begun === false) return false;
  const isLeaving = operation?.verb === 'delete' || operation?.verb === 'rollback';
  return !isLeaving || operation.steps.some(({ id, state }) => id !== 'record' && state !== 'done');
}

async function storeAgain(context: TaskContext, lost: LostRecord): Promise<void> {
  const { spec } = lost.record;
  for (let attempt = 1; ; attempt++) {
    try {
      // While it is tried again another console may be faster, and end the task.
      if (!(await stillStands(context.cluster, { ...lost, mayHaveEnded: lost.mayHaveEnded || attempt > 1 }))) return;
      await createRecord(context.cluster, interrupted(context, lost.record));
      log.warn({ namespace: spec.namespace, task: spec.name }, 'a record was deleted by hand: stored again');
      return;
    } catch (error) {
      // Another console was faster, or the namespace is gone.
      if (isClusterError(error, 'alreadyExists', 'notFound')) return;
      const isForNow = isClusterError(error) && error.isTransient;
      if (!isForNow || attempt >= attemptsMax) throw error;
      await delay(context.clock, Math.min(backoffMaxMs, 1_000 * 2 ** attempt), new AbortController().signal);
    }
  }
}

/**
 * True while a deletion would have something to take out, beside what goes with the record by itself. Where the task
 * may have ended properly, what it would take out may be somebody's own by now: then only what the server still notes
 * as made or written by us counts.
 */
async function stillStands(cluster: Cluster, { record, uid, mayHaveEnded }: LostRecord): Promise<boolean> {
  const spec = withoutPassages(beforeJoining(record).spec);
  for (const step of stepsFor('delete', spec)) {
    const { object, id } = step;
    const isEdit = step.verb !== 'wait' && id !== 'record' && !stepTextKey(id).startsWith('release');
    if (!object || !isEdit || !isKind(object.kind)) continue;
    // The first that stands decides: seldom more than one is read.
    // oxlint-disable-next-line no-await-in-loop -- see above
    const live: KubeObject | null = await cluster.get(object.kind, object.namespace, object.name);
    if (!live || live.metadata.ownerReferences?.some((owner) => owner.uid === uid)) continue;
    const isNoted = isOurs(live, spec) || hasOurManagedFields(live);
    if ((isNoted || !mayHaveEnded) && editFor(step, spec, live, { recordUid: null }).kind !== 'none') return true;
  }
  return false;
}

/** The record as that of a deletion that stopped at its first step. */
function interrupted(context: TaskContext, record: TaskRecord): TaskRecord {
  const { createdBy } = record;
  const known = beforeJoining(record);
  const spec = withoutPassages(known.spec);
  const operation: Operation = {
    ...newOperation(context, { verb: 'delete', by: createdBy, steps: stepsFor('delete', spec), before: null }),
    released: true,
  };
  const message = { code: 'record_removed', params: { namespace: spec.namespace, name: spec.name } };
  operation.steps = operation.steps.map((step, index) => (index === 0 ? { ...step, state: 'failed', message } : step));
  return { ...known, spec, desired: 'deleted', desiredSince: isoNow(context.clock), operation };
}
