import type { ObjectRef } from './kubernetes.ts';
import { policiesOf, policiesOfTarget } from './policies.ts';
import { isRetargeting, joiningPart, leavingPart, rivalsStep } from './retarget.ts';
import {
  recordNamePrefix,
  type MirrorEntry,
  type Operation,
  type OperationVerb,
  type Step,
  type StepProgress,
  type TargetWorkloadChange,
  type TaskSpec,
  type TaskTarget,
} from './task.ts';

export interface StepOptions {
  /**
   * The task is paused, or finished with its workload kept, and stays so, or its creation is to end paused: no copies are
   * put into VirtualServices.
   */
  paused?: boolean;
  /** Finishing leaves the new version's workload, and what keeps clients away from it. */
  keepWorkload?: boolean;
  /** Workloads of new versions that a change touches, or that a pause puts back; absent: none. */
  workloads?: readonly ChangedWorkload[];
}

type ChangedWorkload = Pick<TargetWorkloadChange, 'target' | 'takesBack'>;

interface Ref {
  namespace: string;
  name: string;
}

/**
 * The steps of a verb in the order that keeps live requests safe (design: order of writes). `settle` steps wait
 * until every proxy has the writes before them. Step ids are `<text>`, `<text>:<target>` for a target beside the first,
 * `<text>:<namespace>/<name>` or `<text>:<kind>`; the text is `step.<text>`, see `stepTextKey`. A step that has nothing to do for this task is left out.
 */
export function stepsFor(verb: OperationVerb, spec: TaskSpec, options: StepOptions = {}): Step[] {
  switch (verb) {
    case 'create':
      // Who resumes waits until its pods are ready.
      if (options.paused) return [record(spec, 'create'), ...stopFirst(spec), ...prepare(spec)];
      return [record(spec, 'create'), ...prepare(spec), ...ready(spec), ...mirror(spec)];
    case 'restore':
      return [
        ...restore(spec, options.keepWorkload !== true),
        ...(options.paused ? stop(spec) : [...ready(spec), ...mirror(spec)]),
      ];
    case 'adopt':
      return [];
    case 'resume':
      return [...ready(spec), ...mirror(spec)];
    case 'change':
      return [
        ...(joins(spec) ? [step(rivalsStep, 'wait', null)] : []),
        ...changeWorkloads(spec, options.workloads ?? []),
        ...join(spec),
        ...(options.paused ? unmirrorLeaving(spec) : mirrorAnew(spec)),
        ...(leaves(spec) ? [settle('settle-unmirror'), ...leave(spec, options.paused === true)] : []),
      ];
    case 'pause':
      return [...stop(spec), ...changeWorkloads(spec, options.workloads ?? []), ...join(spec), ...leave(spec, true)];
    case 'finish':
      return finish(spec, options.keepWorkload === true && spec.targets.some(isMade));
    case 'delete':
    case 'rollback':
      return [...unmirror(spec, true), settle('settle-unmirror'), ...cleanUp(spec), record(spec, 'delete')];
  }
}

/** The part of a step's id that names its text. */
export function stepTextKey(id: string): string {
  return id.split(':', 1).join('');
}

/** True for a step that has the task's entries put in, by whomever. */
export function putsIn({ id }: Pick<Step, 'id'>): boolean {
  return ['mirror', 'await-mirror'].includes(stepTextKey(id));
}

/** True for a step that waits until its object's owner has put the task's entries in, or taken them out. */
export function isAwaited({ id }: Pick<Step, 'id'>): boolean {
  return ['await-mirror', 'await-unmirror'].includes(stepTextKey(id));
}

/** The step at which an operation waits for an object's owner; null while it does everything itself. */
export function awaitedStep({ steps }: Operation): StepProgress | null {
  const next = steps.find(({ state }) => state !== 'done');
  return next && isAwaited(next) ? next : null;
}

/** True once an operation that puts the task's entries in, or the one that it goes on with, may have put in some. */
export function hasReachedEntries({ steps, mayHavePutIn = false }: Operation): boolean {
  if (mayHavePutIn) return true;
  const next = steps.findIndex(({ state }) => state !== 'done');
  return steps.some((step, index) => putsIn(step) && (next === -1 || index <= next));
}

/** True for a creation that has put in no entries yet: a stop lets it go on up to them, and what it makes is a paused task's. */
export function isBeforeEntries(operation: Operation | null): boolean {
  return operation?.verb === 'create' && !hasReachedEntries(operation);
}

/** The step that would write what a waiting one waits for. */
export function writeOf(step: Step): Step {
  return { ...step, id: step.id.replace('await-', ''), verb: 'update' };
}

/**
 * True for a step that is not done again when its operation continues: it cannot be undone by others, or looks at what
 * has passed since.
 */
export function isDoneOnce({ id, verb }: Step): boolean {
  return verb === 'settle' || id === 'report' || id === rivalsStep || (id === 'record' && verb === 'create');
}
/** The record stays, with its figures. A workload that is kept keeps its Service, or its pins and subsets. */
function finish(spec: TaskSpec, keepWorkload: boolean): Step[] {
  return [
    ...unmirror(spec, !keepWorkload),
    settle('settle-unmirror'),
    step('report', 'wait', null),
    ...(keepWorkload ? keep(spec) : cleanUp(spec)),
  ];
}

/**
 * What is kept may be live by the time that somebody deletes the record: it no longer belongs to that. Of targets
 * whose workload is not the task's nothing is kept.
 */
function keep(spec: TaskSpec): Step[] {
  return [
    ...spec.targets
      .filter(isMade)
      .flatMap(({ deployment, mirrorService, ...target }) => [
        ...(deployment ? [ofTarget('keep-workload', 'update', refOf(deployment, spec), target, spec)] : []),
        ...(mirrorService ? [ofTarget('keep-service', 'update', refOf(mirrorService, spec), target, spec)] : []),
      ]),
    ...onServices('remove-mirror-service', 'delete', spec, (target) => !isMade(target)),
    // No copy comes any more, and whoever is led to it next may write.
    ...onPolicies('remove-policies', 'delete', spec),
    ...removeExternal(spec),
  ];
}

/** True for a target whose workload the task makes. */
function isMade({ deployment }: TaskTarget): boolean {
  return deployment !== null;
}

const everyTarget = (_target: TaskTarget): boolean => true;

/** `part`: what of the task is put in, all of it or with some targets; see `joiningPart`. */
function prepare(spec: TaskSpec, part: TaskSpec = spec): Step[] {
  const { pins } = part;
  const isAmong = (target: TaskTarget) => part.targets.includes(target);
  const rule = madeSubsets(part) > 0 ? ruleRef(spec) : null;
  const isNew = spec.subsets?.created && madeSubsets(part) === madeSubsets(spec);
  return [
    ...onPolicies('policies', 'create', spec, isAmong),
    ...settlePolicies(part),
    ...external(spec, 'create', ['tls-rule', 'service-entry'], isAmong),
    ...onServices('mirror-service', 'create', spec, isAmong),
    ...(rule ? [step('subsets', isNew ? 'create' : 'update', rule), settle('settle-subsets')] : []),
    ...perObject(pins).map((object) =>
      onVirtualService('pin', isOwn(spec, object) ? 'create' : 'update', object, spec),
    ),
    ...(pins.length > 0 ? [settle('settle-pin')] : []),
    ...onWorkloads('workload', 'create', spec, isAmong),
  ];
}

function joins({ targets }: TaskSpec): boolean {
  return targets.some(({ passage }) => passage === 'joining');
}

function leaves({ targets }: TaskSpec): boolean {
  return targets.some(({ passage }) => passage === 'leaving');
}

/** Everything that copies need which go to one target more, and every proxy has it before they come. */
function join(spec: TaskSpec): Step[] {
  if (!isRetargeting(spec)) return [];
  const part = joiningPart(spec);
  const isNamed = part.targets.some(({ mirrorService }) => mirrorService !== null);
  return [
    ...prepare(spec, part),
    // What comes back waits for no pods: it may never have had any that were ready.
    ...ready(spec, ({ passage }) => passage === 'joining'),
    ...(isNamed ? [settle('settle-targets')] : []),
  ];
}

/** What was made for targets that no copies go to any more, and nothing that another one stands on. */
function leave(spec: TaskSpec, isPaused: boolean): Step[] {
  return leaves(spec) ? cleanUp(spec, { part: leavingPart(spec), isLast: isPaused }) : [];
}

function unmirrorLeaving(spec: TaskSpec): Step[] {
  return leaves(spec) ? unmirror({ ...spec, entries: spec.leaving ?? [], leaving: [] }, false) : [];
}

/** Copies go on meanwhile, as many as before. What goes back waits for nothing: it may never have been ready. */
function changeWorkloads(spec: TaskSpec, changes: readonly ChangedWorkload[]): Step[] {
  const among = (isChanged: (change: ChangedWorkload) => boolean) => (target: TaskTarget) =>
    changes.some((change) => change.target === target.id && isChanged(change));
  return [
    ...onWorkloads(
      'change-workload',
      'update',
      spec,
      among(() => true),
    ),
    ...ready(
      spec,
      among(({ takesBack }) => !takesBack),
    ),
  ];
}

/**
 * As `prepare`, and what stands is set back to what the task made. Its pods come back once clients are kept away. Of a
 * task that has ended only what was kept is (`isProtected` false).
 */
function restore(spec: TaskSpec, isProtected: boolean): Step[] {
  const { pins } = spec;
  return [
    ...(isProtected ? [...onPolicies('restore-policies', 'update', spec), ...settlePolicies(spec)] : []),
    ...(isProtected ? external(spec, 'update', ['restore-tls-rule', 'restore-service-entry']) : []),
    ...onServices('restore-service', 'update', spec, isProtected ? everyTarget : isMade),
    ...(madeSubsets(spec) > 0 ? [step('restore-subsets', 'update', ruleRef(spec)), settle('settle-subsets')] : []),
    ...perObject(pins).map((object) => onVirtualService('pin', 'update', object, spec)),
    ...(pins.length > 0 ? [settle('settle-pin')] : []),
    ...onWorkloads('restore-workload', 'update', spec),
  ];
}

function onWorkloads(text: string, verb: Step['verb'], spec: TaskSpec, isAmong = everyTarget): Step[] {
  return spec.targets
    .filter(isAmong)
    .flatMap(({ deployment, ...target }) =>
      deployment ? [ofTarget(text, verb, refOf(deployment, spec), target, spec)] : [],
    );
}

function onServices(text: string, verb: Step['verb'], spec: TaskSpec, isAmong = everyTarget): Step[] {
  return spec.targets
    .filter(isAmong)
    .flatMap(({ mirrorService, ...target }) =>
      mirrorService ? [ofTarget(text, verb, refOf(mirrorService, spec), target, spec)] : [],
    );
}

/** No proxy gets to know the host before the rule by which it speaks TLS to it, and copies wait until all know both. */
function external(
  spec: TaskSpec,
  verb: 'create' | 'update',
  [rule, entry]: readonly [string, string],
  isAmong = everyTarget,
): Step[] {
  const steps = spec.targets.filter(isAmong).flatMap(({ external: objects, ...target }) => {
    if (!objects) return [];
    const { serviceEntry, tlsRule } = objects;
    return [
      ...(tlsRule ? [ofTarget(rule, verb, refOf(tlsRule, spec), target, spec)] : []),
      ofTarget(entry, verb, refOf(serviceEntry, spec), target, spec),
    ];
  });
  return steps.length > 0 ? [...steps, settle('settle-service-entry')] : [];
}

function stop(spec: TaskSpec): Step[] {
  return [...unmirror(spec, false), settle('settle-unmirror')];
}

/** Of a creation that is to end without copies: an owner may have put in early what it had not yet asked for. */
function stopFirst(spec: TaskSpec): Step[] {
  return spec.delivery === 'patch' ? stop(spec) : [];
}

function mirror(spec: TaskSpec): Step[] {
  return perObject(spec.entries).map((object) => {
    if (isPatched(spec, object)) return onVirtualService('await-mirror', 'wait', object, spec);
    const isFirst = isOwn(spec, object) && !standsWhilePaused(spec);
    return onVirtualService('mirror', isFirst ? 'create' : 'update', object, spec);
  });
}

/** What leaves a VirtualService goes before anything is put into another one: no request is copied twice. */
function mirrorAnew(spec: TaskSpec): Step[] {
  const { entries, leaving = [] } = spec;
  const isLeft = ({ virtualService }: MirrorEntry) => !isAmongObjects(virtualService, entries);
  return [
    ...unmirror({ ...spec, entries: leaving.filter(isLeft), leaving: [] }, false),
    ...mirror(spec).map((change): Step => (isAwaited(change) ? change : { ...change, verb: 'update' })),
  ];
}

function unmirror(spec: TaskSpec, leaving: boolean): Step[] {
  return perObject([...spec.entries, ...(spec.leaving ?? [])]).flatMap((object) => {
    if (isPatched(spec, object)) return [onVirtualService('await-unmirror', 'wait', object, spec)];
    if (isOwn(spec, object)) {
      if (!leaving && !standsWhilePaused(spec)) return [onVirtualService('rest', 'delete', object, spec)];
      return [onVirtualService('unmirror', leaving && !hasPins(spec, object) ? 'delete' : 'update', object, spec)];
    }
    const taken = onVirtualService('unmirror', 'update', object, spec);
    return hasPins(spec, object) ? [taken] : [taken, onVirtualService('release', 'update', object, spec)];
  });
}

interface CleanUp {
  /** What of the task goes, all of it or with some targets; see `leavingPart`. */
  part: TaskSpec;
  /** The task copies nothing: of its entries none are in a VirtualService. */
  isLast: boolean;
}

function cleanUp(spec: TaskSpec, { part, isLast }: CleanUp = { part: spec, isLast: true }): Step[] {
  const { pins } = part;
  const isAmong = (target: TaskTarget) => part.targets.includes(target);
  const hasWorkload = part.targets.some(isMade);
  const unpinned = perObject(pins).flatMap((object) => {
    const isKept = !isLast && isAmongObjects(object, spec.entries);
    if (isKept) return [onVirtualService('unpin', 'update', object, spec)];
    return isOwn(spec, object)
      ? [onVirtualService('unpin', 'delete', object, spec)]
      : [onVirtualService('unpin', 'update', object, spec), onVirtualService('release', 'update', object, spec)];
  });
  return [
    ...onWorkloads('remove-workload', 'delete', spec, isAmong),
    ...onWorkloads('gone', 'wait', spec, isAmong),
    ...(hasWorkload && pins.length > 0 ? [settle('settle-gone')] : []),
    ...unpinned,
    ...(pins.length > 0 ? [settle('settle-unpin')] : []),
    ...(madeSubsets(part) > 0 ? removeSubsets(spec, part) : []),
    ...onServices('remove-mirror-service', 'delete', spec, isAmong),
    ...onPolicies('remove-policies', 'delete', spec, isAmong),
    ...removeExternal(spec, isAmong),
  ];
}

function removeExternal(spec: TaskSpec, isAmong = everyTarget): Step[] {
  return spec.targets.filter(isAmong).flatMap(({ external: objects, ...target }) => {
    if (!objects) return [];
    const { serviceEntry, tlsRule } = objects;
    return [
      ofTarget('remove-service-entry', 'delete', refOf(serviceEntry, spec), target, spec),
      ...(tlsRule ? [ofTarget('remove-tls-rule', 'delete', refOf(tlsRule, spec), target, spec)] : []),
    ];
  });
}

function onPolicies(text: string, verb: Step['verb'], spec: TaskSpec, isAmong = everyTarget): Step[] {
  return spec.targets.filter(isAmong).flatMap((target) =>
    policiesOfTarget(spec, target).map((object) => {
      const id = target === spec.targets[0] ? object.kind : `${object.kind}/${target.id}`;
      return step(`${text}:${id}`, verb, refOf(object, spec));
    }),
  );
}

/** No copy arrives before the mirror's proxies have them. What else is settled before the copies does for them too. */
function settlePolicies(spec: TaskSpec): Step[] {
  const isSettledAnyway = madeSubsets(spec) > 0 || spec.pins.length > 0;
  return policiesOf(spec).length > 0 && !isSettledAnyway ? [settle('settle-policies')] : [];
}

function removeSubsets(spec: TaskSpec, part: TaskSpec): Step[] {
  const rule = ruleRef(spec);
  // Others of ours stay in the rule.
  if (madeSubsets(spec) > madeSubsets(part)) return [step('remove-subsets', 'update', rule)];
  if (spec.subsets?.created) return [step('remove-subsets', 'delete', rule)];
  return [step('remove-subsets', 'update', rule), step(`release-rule:${rule.namespace}/${rule.name}`, 'update', rule)];
}

function step(id: string, verb: Step['verb'], object: ObjectRef | null): Step {
  return { id, verb, object };
}

function settle(id: string): Step {
  return step(id, 'settle', null);
}

function record(spec: TaskSpec, verb: 'create' | 'delete'): Step {
  const name = recordNamePrefix + spec.name;
  return step('record', verb, { apiVersion: 'v1', kind: 'ConfigMap', namespace: spec.namespace, name });
}

/** What is not the service's own is ready or not without us: the plan's checks look at it, and the task's state tells. */
function ready(spec: TaskSpec, isAmong = everyTarget): Step[] {
  return spec.targets.filter(isAmong).flatMap(({ workload, ...target }) => {
    if (workload === null) return [];
    const object = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: spec.namespace, name: workload };
    return [ofTarget('ready', 'wait', object, target, spec)];
  });
}

/** A step for one target. That of the first has the id that it would have if there were no other. */
function ofTarget(
  text: string,
  verb: Step['verb'],
  object: ObjectRef,
  { id }: Pick<TaskTarget, 'id'>,
  { targets }: TaskSpec,
): Step {
  return step(id === targets[0].id ? text : `${text}:${id}`, verb, object);
}

/** The target that a step is for; the first where it is for all, or its id names none. */
export function targetOfStep({ id }: Pick<Step, 'id'>, { targets }: TaskSpec): TaskTarget {
  const [, name] = id.split(':');
  return targets.find((target) => target.id === name) ?? targets[0];
}

function onVirtualService(text: string, verb: Step['verb'], { namespace, name }: Ref, spec: TaskSpec): Step {
  const object = { apiVersion: spec.istioApiVersion, kind: 'VirtualService', namespace, name };
  return step(`${text}:${namespace}/${name}`, verb, object);
}

function ruleRef(spec: TaskSpec): ObjectRef {
  const { namespace, name } = spec.subsets?.destinationRule ?? { namespace: spec.namespace, name: spec.service.name };
  return { apiVersion: spec.istioApiVersion, kind: 'DestinationRule', namespace, name };
}

function refOf(
  { apiVersion, kind, metadata }: { apiVersion: string; kind: string; metadata: { name: string } },
  spec: TaskSpec,
): ObjectRef {
  return { apiVersion, kind, namespace: spec.namespace, name: metadata.name };
}

/** How many subsets of a task are its own. */
function madeSubsets({ subsets }: TaskSpec): number {
  return subsets?.subsets.filter(({ created }) => created).length ?? 0;
}

function perObject(items: { virtualService: Ref }[]): Ref[] {
  const byName = new Map(items.map(({ virtualService: object }) => [`${object.namespace}/${object.name}`, object]));
  return [...byName.values()];
}

function isAmongObjects({ namespace, name }: Ref, items: readonly { virtualService: Ref }[]): boolean {
  return items.some(({ virtualService: one }) => one.namespace === namespace && one.name === name);
}

function hasPins(spec: TaskSpec, object: Ref): boolean {
  return isAmongObjects(object, spec.pins);
}

function isOwn(spec: TaskSpec, { namespace, name }: Ref): boolean {
  const own = spec.virtualService?.metadata;
  return own?.namespace === namespace && own.name === name;
}

/** True for an object of somebody else that the task does not write. */
function isPatched(spec: TaskSpec, object: Ref): boolean {
  return spec.delivery === 'patch' && !isOwn(spec, object);
}

/** A VirtualService of ours that pins stays while the task is paused; one that only mirrors goes. */
function standsWhilePaused(spec: TaskSpec): boolean {
  return spec.pins.length > 0;
}
