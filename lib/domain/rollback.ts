import { idsOfStaying, isJoiningUnsure } from './retarget.ts';
import { awaitedStep } from './steps.ts';
import { sameJson } from './structure.ts';
import { percentagesOf } from './targets.ts';
import type { Operation, OperationVerb, Selected, TargetWorkloadChange, TaskRecord } from './task.ts';
import { takenBack } from './workload-change.ts';

/** What takes an operation back: the operation to run instead, and what the task is to be then. */
export interface Rollback {
  /** Null: nothing is to be done, the wait just ends. */
  verb: OperationVerb | null;
  desired: TaskRecord['desired'];
  percentages: number[];
  /** What becomes of the Deployments of new versions; absent: nothing. */
  workloads?: TargetWorkloadChange[];
  /** Which requests it is to copy then; absent: the same. */
  selected?: Selected;
  /** Ids of the targets that it is to have then; absent: those that it has. */
  targets?: string[];
}

/**
 * How a running or interrupted operation is taken back: a creation down to its record, any other to what the task was
 * to be before it. One that already goes back, or answers a drift, is only continued; but while it waits for an object's
 * owner it may be dropped: nothing of his was written, and the state tells what stands. Null where nothing is to be
 * taken back: what leaves ends by leaving once something was removed.
 */
export function rollbackOf({ spec, desired, operation }: TaskRecord): Rollback | null {
  if (!operation) return null;
  const percentages = percentagesOf(spec);
  if (operation.verb === 'create') return { verb: 'rollback', desired: 'deleted', percentages };
  const isWaiting = awaitedStep(operation) !== null;
  if (operation.verb === 'restore') return isWaiting ? { verb: null, desired, percentages } : null;
  const { before } = operation;
  if (!before) return null;
  const changes = operation.workloads?.filter(({ takesBack }) => !takesBack) ?? [];
  const isDifferent = changes.length > 0 || !isAsBefore(before, { spec, desired });
  if (!isDifferent) return isWaiting ? { verb: null, ...before } : null;
  if (operation.verb === 'delete') return isWaiting ? backFromDeletion(operation, before) : null;
  const workloads = changes.length > 0 && { workloads: changes.map(takenBack) };
  if (before.targets && isStopOrChange(operation)) {
    return { verb: isJoiningUnsure(operation) ? null : 'change', ...before, ...workloads };
  }
  const verb = backwards(operation, before);
  return verb && { verb, ...before, ...workloads };
}

/** What may run while targets are on their way; who stops has left the rest of the way to be gone. */
function isStopOrChange({ verb }: Operation): boolean {
  return verb === 'change' || verb === 'pause';
}

function isAsBefore(before: Before, { spec, desired }: Pick<TaskRecord, 'spec' | 'desired'>): boolean {
  const { percentages, selected, targets = idsOfStaying(spec) } = before;
  const isSelected = !selected || sameJson(selected.selection, spec.selection ?? null);
  const isRest = desired === before.desired && sameJson(percentages, percentagesOf(spec)) && isSelected;
  return isRest && sameJson(targets, idsOfStaying(spec));
}

/**
 * What the deletion or the pause that interrupts an operation may be taken back to: nothing where a workload may be gone,
 * by a finish that has come so far or a restore that has not made everything again.
 */
export function beforeStopping(interrupted: Operation): Operation['before'] {
  const hasRemoved = interrupted.verb === 'finish' && isDone(interrupted, 'settle-unmirror');
  const isRemaking = interrupted.verb === 'restore' && awaitedStep(interrupted) === null;
  return hasRemoved || isRemaking ? null : interrupted.before;
}

type Before = NonNullable<Operation['before']>;

function backwards({ verb }: Operation, before: Before): OperationVerb | null {
  switch (verb) {
    case 'change':
      return 'change';
    case 'pause':
    case 'resume':
      return before.desired === 'mirroring' ? 'resume' : 'pause';
    case 'finish':
      // What it has made away with already is made again.
      return 'restore';
    default:
      return null;
  }
}

/** Others' patches are waited for first: what is out by then is put in again, and without that nothing was done. */
function backFromDeletion(operation: Operation, before: Before): Rollback | null {
  // What removes comes after it.
  if (isDone(operation, 'settle-unmirror')) return null;
  if (operation.steps.every(({ state }) => state !== 'done')) return { verb: null, ...before };
  return { verb: before.desired === 'mirroring' ? 'resume' : 'pause', ...before };
}

function isDone({ steps }: Operation, id: string): boolean {
  return steps.some((step) => step.id === id && step.state === 'done');
}
