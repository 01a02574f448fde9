import { sameJson } from './structure.ts';
import { isSafe } from './record-safety.ts';
import type { Selected, TaskSpec } from './task.ts';

/** Which requests a task copies. */
export function selectedOf({ selection, copiesEveryRequest }: TaskSpec): Selected {
  return { selection: selection ?? null, ...(copiesEveryRequest !== undefined && { copiesEveryRequest }) };
}

/**
 * A task with the entries to another selection, which were planned as if nothing of it stood; those that it has leave.
 * Null where the plan of today has more to change than its entries: then they would name what is not there.
 */
export function reselected(spec: TaskSpec, planned: TaskSpec): TaskSpec | null {
  const { entries, selection: _old, ...rest } = spec;
  const { selection } = planned;
  const next: TaskSpec = {
    ...rest,
    ...(selection && { selection }),
    ...(planned.copiesEveryRequest !== undefined && { copiesEveryRequest: planned.copiesEveryRequest }),
    entries: planned.entries,
    leaving: entries,
  };
  const isBesides = sameJson(planned.virtualService, spec.virtualService) && sameJson(planned.pins, spec.pins);
  return isBesides && isSafe(next) ? next : null;
}

/** A task whose selection is changed, with the one that it had: what was put in for the new one leaves. */
export function reselectedBack(spec: TaskSpec, { selection, ...copies }: Selected): TaskSpec {
  const { entries, leaving = entries, selection: _new, copiesEveryRequest: _copies, ...rest } = spec;
  return { ...rest, ...(selection && { selection }), ...copies, entries: leaving, leaving: entries };
}

/** A task whose change of selection is over. */
export function withoutLeaving({ leaving: _leaving, ...spec }: TaskSpec): TaskSpec {
  return spec;
}
