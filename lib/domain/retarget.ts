import { canonicalJson, sameJson } from './structure.ts';
import type {
  MirrorEntry,
  Operation,
  Passage,
  Pin,
  SubsetPlan,
  TaskRecord,
  TaskSpec,
  TaskTarget,
  TaskTargets,
} from './task.ts';
import { isVersionTarget, subsetOfTarget, targetOfEntry } from './targets.ts';
import { copiedPort } from './virtual-service-edit.ts';

/** True while a change adds or removes targets. */
export function isRetargeting({ targets }: Pick<TaskSpec, 'targets'>): boolean {
  return targets.some(({ passage }) => passage !== undefined);
}

/** Ids of the targets that a task has once the change of them is over. */
export function idsOfStaying({ targets }: Pick<TaskSpec, 'targets'>): string[] {
  return targets.filter(stays).map(({ id }) => id);
}

/** A task of whose targets those with these ids leave: their entries go in the write that puts the others' in. */
export function withLeaving(spec: TaskSpec, ids: readonly string[]): TaskSpec {
  return withPassages(spec, ({ id, passage }) => (ids.includes(id) ? 'leaving' : passage));
}

/**
 * A task that gets those targets of `planned` which it does not have; that is the task with all of them as it would be
 * planned today. They get copies of what the others do. Null where more than them differs: then what the task has made
 * would not fit beside theirs.
 */
export function withJoining(spec: TaskSpec, planned: TaskSpec): TaskSpec | null {
  const known = new Set(spec.targets.map(({ id }) => id));
  const joining = planned.targets.filter(({ id }) => !known.has(id));
  const entries = joining.flatMap((target) => entriesFor(target, spec, planned));
  // What stands elsewhere stands on neither.
  const isPlaced = joining.some(({ placement }) => placement === 'subset');
  const pins = isPlaced && spec.pins.length === 0 ? planned.pins : spec.pins;
  const subsets = isPlaced ? subsetsBeside(spec.subsets, planned.subsets) : spec.subsets;
  // Who has lived in subset placement without pins would stand on them from now on.
  const arePinsNew = spec.subsets !== null && spec.pins.length === 0 && pins.length > 0;
  if (subsets === 'differ' || arePinsNew || !sameJson(spec.virtualService, planned.virtualService)) return null;
  if (joining.some((target) => entries.every((entry) => entry.target !== target.id))) return null;
  const [first, ...others] = spec.targets;
  const targets: TaskTargets = [
    first,
    ...others,
    ...joining.map((target) => ({ ...target, passage: 'joining' as const })),
  ];
  const next = { ...spec, targets: withNamesOf(spec, targets), entries: [...spec.entries, ...entries], pins, subsets };
  return withPassages(next, ({ passage }) => passage);
}

/** A change of targets, taken back: those with these ids come back, any other one leaves again. */
export function retargetedBack(spec: TaskSpec, ids: readonly string[]): TaskSpec {
  return withPassages(spec, ({ id, passage }) => {
    if (!ids.includes(id)) return 'leaving';
    return passage === 'leaving' ? 'rejoining' : passage;
  });
}

/**
 * A stop starts nothing: what was on its way in is taken out again. Where everything else was to make room for it, that
 * comes back: no task is without a target.
 */
export function withoutJoining(spec: TaskSpec): TaskSpec {
  if (!isRetargeting(spec)) return spec;
  const isReplaced = spec.targets.every(({ passage }) => passage === 'joining' || passage === 'leaving');
  return withPassages(spec, ({ passage }) => {
    if (passage === 'joining') return 'leaving';
    return passage === 'leaving' && isReplaced ? 'rejoining' : passage;
  });
}

/**
 * A record as before a change that adds targets, where it is not sure yet that no other task shares what they get
 * (`rivalsStep`): nothing was written, and what stands there is the other's. Any other one as it is.
 */
export function beforeJoining(record: TaskRecord): TaskRecord {
  const { spec, operation } = record;
  if (!isJoiningUnsure(operation)) return record;
  const ids = spec.targets.filter(({ passage }) => passage !== 'joining').map(({ id }) => id);
  return afterRetargeting({ ...record, spec: retargetedBack(spec, ids) });
}

/** The step that makes sure, before anything is written for targets that come, that no other task shares it. */
export const rivalsStep = 'rivals';

/** True while that is not sure. */
export function isJoiningUnsure(operation: Operation | null): boolean {
  return operation?.steps.some(({ id, state }) => id === rivalsStep && state !== 'done') ?? false;
}

/** A task of which everything is to go, whatever was on its way. */
export function withoutPassages(spec: TaskSpec): TaskSpec {
  const targets = spec.targets.map(({ passage: _passage, ...target }) => target);
  return isRetargeting(spec) ? { ...spec, targets: filled(targets) } : spec;
}

/** What a task has for targets that come, and of what all share what is put in with them. */
export function joiningPart(spec: TaskSpec): TaskSpec {
  return partOf(spec, ({ passage }) => passage === 'joining' || passage === 'rejoining');
}

/** What a task has for targets that leave, and of what all share what goes with them. */
export function leavingPart(spec: TaskSpec): TaskSpec {
  return partOf(spec, (target) => !stays(target));
}

/** What goes when something of the task does: all of it, unless some of its targets leave. */
export function leavingOf(spec: TaskSpec): TaskSpec {
  return isRetargeting(spec) ? leavingPart(spec) : spec;
}

/** A record whose change of targets is over: of those that have left nothing is known any more. */
export function afterRetargeting(record: TaskRecord): TaskRecord {
  const { spec, mirroredPercentages } = record;
  if (!isRetargeting(spec)) return record;
  const shares = mirroredPercentages?.filter((_, index) => stays(spec.targets[index]));
  return { ...record, spec: retargeted(spec), ...(shares && { mirroredPercentages: shares }) };
}

function retargeted(spec: TaskSpec): TaskSpec {
  const { leaving: _leaving, ...rest } = spec;
  const part = leavingPart(spec);
  const isGone = ({ name }: SubsetPlan['subsets'][number]) => part.subsets?.subsets.some((one) => one.name === name);
  const subsets = spec.subsets && { ...spec.subsets, subsets: spec.subsets.subsets.filter((one) => !isGone(one)) };
  const targets = spec.targets.filter(stays).map(({ passage: _passage, ...target }) => target);
  const pins = spec.pins.filter((pin) => !part.pins.includes(pin));
  return {
    ...rest,
    targets: withNamesOf(spec, filled(targets)),
    // One that was there for pins alone has gone with them.
    virtualService: [...spec.entries, ...pins].some((one) => isOwn(spec, one)) ? spec.virtualService : null,
    pins,
    subsets: subsets && subsets.subsets.length > 0 ? subsets : null,
  };
}

function isOwn({ virtualService: own }: TaskSpec, { virtualService }: Pick<MirrorEntry, 'virtualService'>): boolean {
  return own?.metadata.name === virtualService.name && own.metadata.namespace === virtualService.namespace;
}

function stays(target: Pick<TaskTarget, 'passage'> | undefined): boolean {
  return target?.passage !== 'leaving';
}

/** The targets on other ways, each entry with those that leave or with those that do not. */
function withPassages(spec: TaskSpec, passageOf: (target: TaskTarget) => Passage | undefined): TaskSpec {
  const targets = spec.targets.map((target): TaskTarget => {
    const { passage: _before, ...rest } = target;
    const passage = passageOf(target);
    return { ...rest, ...(passage && { passage }) };
  });
  const next = { ...spec, targets: filled(targets) };
  const all = inOrder(next, [...spec.entries, ...(spec.leaving ?? [])]);
  const isIn = (entry: MirrorEntry) => stays(targetOfEntry(next, entry));
  return { ...next, entries: all.filter(isIn), leaving: all.filter((entry) => !isIn(entry)) };
}

/** By what is copied, then by target, as a task is planned: a route's copies come back where they stood. */
function inOrder(spec: TaskSpec, entries: readonly MirrorEntry[]): MirrorEntry[] {
  const places = Map.groupBy(entries, placeOf);
  const indexOf = (entry: MirrorEntry) => spec.targets.indexOf(targetOfEntry(spec, entry));
  return [...places.values()].flatMap((same) => same.toSorted((a, b) => indexOf(a) - indexOf(b)));
}

function placeOf(entry: MirrorEntry): string {
  return canonicalJson([entry.virtualService, entry.route, copiedPort(entry), entry.cloneName]);
}

/** The same entries for one more target. */
function entriesFor({ id, input }: TaskTarget, spec: TaskSpec, planned: TaskSpec): MirrorEntry[] {
  const example = planned.entries.find((entry) => targetOfEntry(planned, entry).id === id);
  if (!example) return [];
  const places = Map.groupBy(spec.entries, placeOf);
  return [...places.values()].flatMap(([entry]) => {
    if (!entry) return [];
    const { port: _port, target: _target, ...base } = entry;
    const port = copiedPort(entry);
    return isVersionTarget(input)
      ? { ...base, target: id, destination: { ...example.destination, port } }
      : { ...base, target: id, destination: example.destination, port };
  });
}

/** The planned subsets where they are those that stand, with more of them. */
function subsetsBeside(standing: SubsetPlan | null, planned: SubsetPlan | null): SubsetPlan | null | 'differ' {
  if (standing === null) return planned;
  if (planned === null) return 'differ';
  const kept = planned.subsets.filter((subset) => standing.subsets.some((one) => sameJson(one, subset)));
  return sameJson({ ...planned, subsets: kept }, standing) ? planned : 'differ';
}

/**
 * Of what all targets in subset placement share, nothing is put in or taken out with some of them while another one
 * stands on it: pins and the live subset belong to whichever comes first or leaves last.
 */
function partOf(spec: TaskSpec, isAmong: (target: TaskTarget) => boolean): TaskSpec {
  const targets = spec.targets.filter(isAmong);
  const others = spec.targets.filter((target) => !isAmong(target));
  const isShared = others.some(({ placement }) => placement === 'subset');
  const named = (among: readonly TaskTarget[]) => new Set(among.map((target) => subsetOfTarget(spec, target)));
  const [own, theirs] = [named(targets), named(others)];
  const subsets = (spec.subsets?.subsets ?? []).filter(({ name, role }) =>
    role === 'mirror' ? own.has(name) && !theirs.has(name) : !isShared,
  );
  const pins: Pin[] = isShared ? [] : spec.pins;
  const isPlaced = targets.some(({ placement }) => placement === 'subset');
  return {
    ...spec,
    targets: targets as TaskTarget[] as TaskTargets,
    pins: isPlaced ? pins : [],
    subsets: isPlaced && spec.subsets ? { ...spec.subsets, subsets } : null,
  };
}

/** What the task has made keeps its name, however many targets there are. */
function withNamesOf(spec: TaskSpec, targets: TaskTargets): TaskTargets {
  const isOnly = targets.length === 1;
  const named = targets.map((target): TaskTarget => {
    const { hasTaskName: _before, ...rest } = target;
    const before = spec.targets.find(({ id }) => id === target.id);
    const hasTaskName = before ? (before.hasTaskName ?? spec.targets.length === 1) : false;
    return { ...rest, ...(hasTaskName !== isOnly && { hasTaskName }) };
  });
  return filled(named);
}

/** A record in which every target leaves is not read: see `isSafe`. */
function filled([first, ...others]: readonly TaskTarget[]): TaskTargets {
  if (!first) throw new Error('a task without a target');
  return [first, ...others];
}
