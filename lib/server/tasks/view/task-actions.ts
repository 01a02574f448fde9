import type { LiveObjects } from '@/lib/domain/drift';
import type { MessageRef } from '@/lib/domain/message';
import { permissionsNeeded, permissionsToChangeWorkload, type Permission } from '@/lib/domain/permissions';
import { retargetedBack } from '@/lib/domain/retarget';
import { rollbackOf } from '@/lib/domain/rollback';
import { allowedActions, type ActionState } from '@/lib/domain/state';
import { isBeforeEntries } from '@/lib/domain/steps';
import type { OperationVerb, TaskRecord, TaskState } from '@/lib/domain/task';
import type { Cluster } from '@/lib/server/cluster/cluster';
import { missingPermission } from '../missing-permission';

/** What the user may ask of a task now: as far as its state and his permissions go, with the reason where not. */
export async function actionsOf(
  cluster: Cluster,
  record: TaskRecord,
  state: TaskState,
  live: LiveObjects,
): Promise<ActionState[]> {
  return Promise.all(
    allowedActions(record, state, live).map(async (action) => {
      if (!action.allowed) return action;
      const missing = await missingPermission(cluster, neededFor(action.verb, record));
      return missing === null ? action : { ...action, allowed: false, reason: missingReason(missing) };
    }),
  );
}

/** A change of the workload that is continued or taken back writes that, too; of targets, what they are to be then. */
function neededFor(verb: ActionState['verb'], record: TaskRecord): readonly Permission[] {
  const { spec, operation } = record;
  const targets = verb === 'rollback' ? rollbackOf(record)?.targets : undefined;
  const needed = permissionsNeeded(operationOf(verb, record), targets ? retargetedBack(spec, targets) : spec);
  const goesOn = verb === 'retry' || verb === 'rollback';
  return goesOn && operation?.workloads ? [...needed, ...permissionsToChangeWorkload(spec)] : needed;
}

/**
 * The operation behind an action: `retry` needs what the interrupted one needs, `rollback` what takes it back, `pause` of
 * a creation what the rest of that makes: who may not would leave it broken off.
 */
function operationOf(verb: ActionState['verb'], record: TaskRecord): OperationVerb {
  if (verb === 'rollback') {
    const back = rollbackOf(record);
    // To drop a wait writes the record alone, as an adoption does.
    return back ? (back.verb ?? 'adopt') : verb;
  }
  if (verb === 'pause' && isBeforeEntries(record.operation)) return 'create';
  return verb === 'retry' ? (record.operation?.verb ?? 'create') : verb;
}

function missingReason({ verb, group, resource, namespace }: Permission): MessageRef {
  return {
    code: 'missing_permission',
    params: { verb, resource: group === '' ? resource : `${resource}.${group}`, namespace },
  };
}
