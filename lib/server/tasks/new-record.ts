import type { CreateTaskInput } from '@/lib/contract/create-task-input';
import type { ConfigMap } from '@/lib/domain/kubernetes';
import { inputHash, recordMaxBytes, RecordTooLargeError, toConfigMap } from '@/lib/domain/record';
import { stepsFor } from '@/lib/domain/steps';
import { sharesOf } from '@/lib/domain/targets';
import type { TaskRecord, TaskSpec } from '@/lib/domain/task';
import { ApiError } from '@/lib/server/http/api-error';
import { isoNow, type TaskContext } from './context';
import { newOperation } from './operations/start-operation';

/** The record that a creation begins with. Its own step is done once it is stored and no other task is in its way. */
export function newRecord(context: TaskContext, spec: TaskSpec, input: CreateTaskInput, by: string): TaskRecord {
  const now = isoNow(context.clock);
  return {
    schemaVersion: 2,
    spec,
    createdAt: now,
    createdBy: by,
    inputHash: inputHash(input),
    percentageSince: now,
    desired: 'mirroring',
    desiredSince: now,
    begun: false,
    operation: newOperation(context, {
      verb: 'create',
      by,
      steps: stepsFor('create', spec),
      before: null,
    }),
    activity: [{ at: now, by, verb: 'create', outcome: 'started', detail: null, ...sharesOf(spec) }],
  };
}

/** The object that holds a new record; payload_too_large when what was asked for does not fit into one. */
export function newRecordMap(record: TaskRecord): ConfigMap {
  try {
    return toConfigMap(record);
  } catch (error) {
    if (error instanceof RecordTooLargeError) throw new ApiError('payload_too_large', { limitBytes: recordMaxBytes });
    throw error;
  }
}
