import { isAwaited } from './steps.ts';
import { sameJson } from './structure.ts';
import { percentagesOf } from './targets.ts';
import type { Operation, OperationVerb, TaskRecord } from './task.ts';

/** What takes an operation back: the operation to run instead, and what the task is to be then. */
export interface Rollback {
  verb: OperationVerb;
  desired: TaskRecord['desired'];
  percentages: number[];
}

/**
 * How a running or interrupted operation is taken back: a creation down to its record, any other to what the task was
 * to be before it. Null where nothing is to be taken back: what leaves ends by leaving
 * once something was removed, an answer to a drift has no
 * earlier state of ours, and what already goes back is only continued.
 */
export function rollbackOf({ spec, desired, operation }: TaskRecord): Rollback | null {
  if (!operation) return null;
  if (operation.verb === 'create') return { verb: 'rollback', desired: 'deleted', percentages: percentagesOf(spec) };
  const { before } = operation;
  if (!before || (before.desired === desired && sameJson(before.percentages, percentagesOf(spec)))) return null;
  const verb = backwards(operation, before);
  return verb && { verb, ...before };
}

function backwards(operation: Operation, before: NonNullable<Operation['before']>): OperationVerb | null {
  switch (operation.verb) {
    case 'change':
      return 'change';
    case 'pause':
    case 'resume':
      return before.desired === 'mirroring' ? 'resume' : 'pause';
    case 'finish':
      // What it has made away with already is made again.
      return 'restore';
    case 'delete':
      // Others' patches are waited for first: until then nothing of it is done.
      return isStillAwaiting(operation) ? (before.desired === 'mirroring' ? 'resume' : 'pause') : null;
    default:
      return null;
  }
}

/** Nothing was removed yet: that comes after what settles once the entries are out. */
function isStillAwaiting({ steps }: Operation): boolean {
  const settled = steps.find(({ id }) => id === 'settle-unmirror');
  return steps.some(isAwaited) && settled !== undefined && settled.state !== 'done';
}
