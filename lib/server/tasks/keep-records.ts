import type { ConfigMap } from '@/lib/domain/kubernetes';
import { fromConfigMap, isCleanedUp } from '@/lib/domain/record';
import { stepsFor } from '@/lib/domain/steps';
import type { Operation, TaskRecord } from '@/lib/domain/task';
import { isClusterError } from '@/lib/server/cluster/cluster-error';
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
    storeAgain(context, read.record).catch((error: unknown) => {
      const { namespace, name } = read.record.spec;
      log.warn({ err: error, namespace, task: name }, 'a record was deleted by hand and could not be stored again');
    });
  });
}

/** False where the record was all that was left of the task, or all that there ever was. */
function leavesSomething(record: TaskRecord): boolean {
  const { operation } = record;
  if (isCleanedUp(record) || record.begun === false) return false;
  const isLeaving = operation?.verb === 'delete' || operation?.verb === 'rollback';
  return !isLeaving || operation.steps.some(({ id, state }) => id !== 'record' && state !== 'done');
}

async function storeAgain(context: TaskContext, record: TaskRecord): Promise<void> {
  const { spec } = record;
  const steps = stepsFor('delete', spec);
  const operation: Operation = {
    ...newOperation(context, { verb: 'delete', by: record.createdBy, steps, before: null }),
    released: true,
  };
  const [first, ...rest] = operation.steps;
  if (!first) return;
  const message = { code: 'record_removed', params: { namespace: spec.namespace, name: spec.name } };
  operation.steps = [{ ...first, state: 'failed', message }, ...rest];
  const left: TaskRecord = { ...record, desired: 'deleted', desiredSince: isoNow(context.clock), operation };
  for (let attempt = 1; ; attempt++) {
    try {
      await createRecord(context.cluster, left);
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
