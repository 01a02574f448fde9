import { missingEntry, type LiveObjects } from './drift.ts';
import { awaitedStep, isAwaited, putsIn } from './steps.ts';
import { sameJson } from './structure.ts';
import { percentagesOf, withPercentages } from './targets.ts';
import type { MirrorEntry, Operation, Step, TaskRecord, TaskSpec } from './task.ts';
import { entryStatus } from './virtual-service-edit.ts';

/** Share of the requests that each target gets: another one counts once the patch that brings it about has landed. */
export function percentagesInForce({ spec, operation, mirroredPercentages }: TaskRecord): readonly number[] {
  const planned = percentagesOf(spec);
  const isWaiting = operation !== null && awaitedStep(operation) !== null && !startsCopies(operation);
  return isWaiting ? (mirroredPercentages ?? planned) : planned;
}

/** A task whose operation waits for an object's owner, as it stands meanwhile. */
export interface Awaiting {
  /** At rest, with the shares in force, and of its entries those that nothing has been done about yet. */
  standing: TaskRecord;
  /** It copies as before: nothing of what is waited for has been seen yet. */
  copiesAsBefore: boolean;
}

/**
 * What a task does while its operation waits for an object's owner, which may take days; null where it does not wait.
 * Entries that come, or of which it is not known whether they were in, are not judged.
 */
export function awaitingOf(record: TaskRecord, { virtualServices }: LiveObjects): Awaiting | null {
  const { operation, spec } = record;
  const awaited = operation && awaitedStep(operation);
  if (!awaited) return null;
  // Before it makes anything a creation that was stopped waits until what was put in early is out.
  if (operation.verb === 'create' && !putsIn(awaited)) return null;
  if (startsCopies(operation) || operation.before?.desired !== 'mirroring') {
    const standing: TaskRecord = { ...record, operation: null, spec: { ...spec, entries: [] } };
    return { standing, copiesAsBefore: false };
  }
  const left = spec.entries.filter((entry) => {
    const { namespace, name } = entry.virtualService;
    const object = virtualServices.find(({ metadata }) => metadata.name === name && metadata.namespace === namespace);
    const step = operation.steps.find((one) => one.object?.name === name && one.object.namespace === namespace);
    return step?.state !== 'done' && !(step && isAwaited(step) && hasCome(step, entry, object, spec));
  });
  const inForce = percentagesInForce(record);
  const copiesAsBefore = left.length === spec.entries.length;
  const isSame = copiesAsBefore && sameJson(inForce, percentagesOf(spec));
  const standing: TaskRecord = {
    ...record,
    operation: null,
    desired: 'mirroring',
    // The same object while it says the same: what was found out about it is kept by it.
    spec: isSame ? spec : { ...withPercentages(spec, inForce), entries: left },
  };
  return { standing, copiesAsBefore };
}

function startsCopies({ verb }: Operation): boolean {
  return verb === 'create' || verb === 'resume' || verb === 'restore';
}

/** One of an object's entries may be as wanted before the others are. */
function hasCome(
  step: Step,
  entry: MirrorEntry,
  object: LiveObjects['virtualServices'][number] | undefined,
  spec: TaskSpec,
): boolean {
  if (!object) return !putsIn(step);
  if (putsIn(step)) return missingEntry(entry, object, spec) === null;
  const { status } = entryStatus(object, entry, spec);
  return status !== 'in' && status !== 'clone_stale';
}
