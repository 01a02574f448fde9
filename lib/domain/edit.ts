import type {
  ConfigMap,
  Deployment,
  DestinationRule,
  KubeObject,
  Service,
  ServiceEntry,
  VirtualService,
} from './kubernetes.ts';
import {
  missingSubsets,
  newDestinationRule,
  putSubsets,
  resetSubsets,
  subsetConflicts,
  takeSubsets,
} from './destination-rule-edit.ts';
import { exposureOf, type StandingTask } from './containment.ts';
import { deploymentOf } from './drift.ts';
import { usedDestinations } from './mesh-routing.ts';
import type { MessageRef } from './message.ts';
import { fqdn, leadsTo, serviceHost } from './names.ts';
import { handedOver, hasOurManagedFields, isOurs, ownLabels, withoutOurManagedFields } from './ownership.ts';
import { policyNamed, type PolicyObject } from './policies.ts';
import { leavingOf } from './retarget.ts';
import { stepTextKey, targetOfStep } from './steps.ts';
import { clone, sameJson } from './structure.ts';
import { subsetOfTarget, workloadOf } from './targets.ts';
import {
  recordNamePrefix,
  type Step,
  type SubsetPlan,
  type TargetWorkloadChange,
  type TaskSpec,
  type TaskTarget,
} from './task.ts';
import {
  putEntries,
  putPins,
  routeText,
  takeEntries,
  takePins,
  type RouteEdit,
  type RouteProblem,
} from './virtual-service-edit.ts';
import { changeWorkload } from './workload-change.ts';

/** What a step does to the object as it stands now. `update` carries the object whole, with its resourceVersion. */
export type Edit =
  | { kind: 'none' }
  | { kind: 'create'; object: KubeObject }
  | { kind: 'update'; object: KubeObject }
  | { kind: 'delete'; uid: string; resourceVersion?: string }
  | { kind: 'blocked'; reason: MessageRef };

export interface EditContext {
  /** Uid of the record's ConfigMap: owner of what garbage collection may remove in any order. Null: it is to own nothing. */
  recordUid: string | null;
  /**
   * VirtualServices that the user can read. Where given, nothing is removed that a live route of somebody else
   * names: that route's requests would fail.
   */
  virtualServices?: readonly VirtualService[];
  /**
   * What stands of the task. Where given, no pods are put in that clients would reach, and none are taken away whose
   * requests nobody else answers.
   */
  standing?: StandingTask;
  /**
   * Where a creation is continued, or what others changed is put back: the task as it would be planned today; null when
   * its creation would be refused today. The record is no authority on what its objects hold, since others may have
   * edited it, nor on what surrounds them: they are written if they come out the same.
   */
  planned?: TaskSpec | null;
  /** What the running change makes of the Deployments of new versions. */
  workloads?: readonly TargetWorkloadChange[];
}

const none: Edit = { kind: 'none' };

/**
 * The write that a step needs on today's object (`live`; null: there is none). Pure and idempotent: applied twice
 * it gives `none`, and it changes nothing that is not the task's own. Steps that write no object give `none`;
 * the record is the caller's. Reasons of `blocked` are `reason.<code>`.
 */
export function editFor(step: Step, spec: TaskSpec, live: KubeObject | null, context: EditContext): Edit {
  const edit = stepEdit(step, spec, live, context);
  const writes = edit.kind === 'create' || edit.kind === 'update';
  if (!writes || context.planned === undefined || comesOutSame(step, edit, spec, context.planned)) return edit;
  const isRestored = stepTextKey(step.id) === 'restore-workload' && edit.kind === 'update';
  if (isRestored && isOwnAgain(edit.object, live, context.planned && targetOfStep(step, context.planned))) return edit;
  return blocked('not_as_reviewed', { ...step.object, service: spec.service.name });
}

/**
 * A workload that stands gets its scale and its labels back; what runs in it is not touched, whatever the live version
 * has become since. Labels decide whose requests reach it: they stay, or are those that a plan gives it today.
 */
function isOwnAgain(wanted: KubeObject, live: KubeObject | null, planned: TaskTarget | null): boolean {
  const labelsOf = (object: KubeObject | null | undefined) =>
    (object as Deployment | null | undefined)?.spec.template.metadata?.labels;
  const labels = labelsOf(wanted);
  return sameJson(labels, labelsOf(live)) || sameJson(labels, labelsOf(planned?.deployment));
}

type PlannedPart = (spec: TaskSpec, target: TaskTarget) => unknown;

/** Of all targets: the object's name tells whose policy it is. */
function policiesPart({ targets }: TaskSpec): unknown {
  return targets.map(({ policies = null }) => policies);
}

/** What a step writes that only planning can tell. */
const partsOfSteps: Record<string, PlannedPart> = {
  'mirror-service': (_, { mirrorService }) => mirrorService,
  workload: (_, { deployment }) => deployment,
  subsets: ({ subsets }) => subsets,
  'restore-service': (_, { mirrorService }) => mirrorService,
  'restore-workload': (_, { deployment }) => deployment,
  'restore-subsets': ({ subsets }) => subsets,
  pin: ({ subsets }) => subsets,
  policies: policiesPart,
  'restore-policies': policiesPart,
};

/** Whether there is to be a VirtualService of the task's at all: not beside one that its owner has made since. */
const ownRoutes: PlannedPart = ({ virtualService }) => virtualService?.spec ?? null;

function plannedParts({ id }: Step, edit: Edit): PlannedPart[] {
  const part = partsOfSteps[stepTextKey(id)];
  const makesRoutes = edit.kind === 'create' && edit.object.kind === 'VirtualService';
  return [...(part ? [part] : []), ...(makesRoutes ? [ownRoutes] : [])];
}

/** True for a step whose edit depends on `EditContext.planned`. */
export function isHeldToPlan(step: Step, spec: TaskSpec): boolean {
  return stepTextKey(step.id) in partsOfSteps || ownVirtualService(step, spec) !== null;
}

/** True for a step that puts pods in or takes them out: its edit depends on `EditContext.standing`. */
export function movesPods({ id }: Step): boolean {
  return ['workload', 'change-workload', 'restore-workload', 'remove-workload'].includes(stepTextKey(id));
}

function comesOutSame(step: Step, edit: Edit, spec: TaskSpec, planned: TaskSpec | null): boolean {
  return plannedParts(step, edit).every(
    (part) =>
      planned !== null && sameJson(part(spec, targetOfStep(step, spec)), part(planned, targetOfStep(step, planned))),
  );
}

function stepEdit(step: Step, spec: TaskSpec, live: KubeObject | null, context: EditContext): Edit {
  const target = targetOfStep(step, spec);
  switch (stepTextKey(step.id)) {
    case 'mirror-service':
      return target.mirrorService
        ? makeOwn(target.mirrorService, spec, live as Service | null, context.recordUid)
        : none;
    case 'workload':
      return putIn(spec, target, makeWorkload(spec, target, live as Deployment | null, context.recordUid), context);
    case 'tls-rule':
    case 'restore-tls-rule':
      return putExternal(target.external?.tlsRule ?? null, spec, live);
    case 'service-entry':
    case 'restore-service-entry':
      return putExternal(target.external?.serviceEntry ?? null, spec, live);
    case 'restore-service':
      return restoreService(spec, target, live as Service | null, context.recordUid);
    case 'restore-workload':
      return putIn(spec, target, restoreWorkload(spec, target, live as Deployment | null, context.recordUid), context);
    case 'change-workload': {
      const edit = changeOwnWorkload(spec, target, live as Deployment | null, context);
      return putIn(spec, target, edit, context, 'change_would_serve');
    }
    case 'keep-workload':
    case 'keep-service':
      return outliveRecord(spec, live);
    case 'restore-subsets':
      return restoreSubsets(spec, live as DestinationRule | null);
    case 'policies':
    case 'restore-policies':
      return putPolicy(step, spec, live as PolicyObject | null);
    case 'subsets':
      return makeSubsets(spec, live as DestinationRule | null);
    case 'pin':
      return editRoutes(step, spec, live as VirtualService | null, (object) => putPins(object, spec));
    case 'mirror':
      return editRoutes(step, spec, live as VirtualService | null, (object) => putEntries(object, spec));
    case 'unmirror':
      return unmirror(step, spec, live as VirtualService | null);
    case 'rest':
      return rest(spec, live as VirtualService | null);
    case 'unpin':
      return unpin(step, spec, live as VirtualService | null);
    case 'release':
    case 'release-rule':
      return released(live);
    case 'remove-workload':
      return (
        leaveAlone(spec, context, { what: 'workload', target }) ??
        answersAlone(spec, target, context) ??
        removeOwn(spec, live)
      );
    case 'remove-mirror-service':
      return leaveAlone(spec, context, { what: 'service', target }) ?? removeOwn(spec, live);
    case 'remove-service-entry':
      return leaveHostAlone(target, context) ?? removeOwn(spec, live);
    case 'remove-tls-rule':
    case 'remove-policies':
      return removeOwn(spec, live);
    case 'remove-subsets':
      return (
        leaveAlone(leavingOf(spec), context, { what: 'subset' }) ??
        removeSubsets(step, leavingOf(spec), live as DestinationRule | null)
      );
    default:
      return none;
  }
}

/**
 * Today's object with everything of the task taken out: what its owner would have without us. Null for an object
 * that the task made and nobody else wrote into.
 */
export function before(spec: TaskSpec, live: KubeObject): KubeObject | null {
  if (live.kind === 'VirtualService') {
    const object = live as VirtualService;
    if (isOurs(live, spec) && !hasForeignRoutes(object, spec)) return null;
    const unmirrored = withRoutes(object, takeEntries(object, spec));
    return withRoutes(unmirrored, takePins(unmirrored, spec));
  }
  if (live.kind === 'DestinationRule') {
    const object = live as DestinationRule;
    const isTlsRule = spec.targets.some(({ external }) => external?.tlsRule?.metadata.name === live.metadata.name);
    if (isTlsRule && isOurs(live, spec)) return null;
    if (!spec.subsets || !isRuleOfService(object, spec)) return object;
    if (isOurs(live, spec) && !hasForeignPolicy(object, spec.subsets, spec)) return null;
    return takeSubsets(object, spec.subsets);
  }
  return isOurs(live, spec) ? null : live;
}

/** Made where it is missing. What stands of ours is left as it is, but for what `mend` sets in a copy of it. */
function makeOwn<T extends KubeObject>(
  wanted: T,
  spec: TaskSpec,
  live: T | null,
  recordUid: string | null,
  mend: (object: T) => void = () => {},
): Edit {
  if (live && !isOurs(live, spec)) return foreign(live);
  if (live?.metadata.deletionTimestamp) return blocked('object_leaving', { kind: live.kind, ...nameOf(live) });
  const object = clone(live ?? wanted);
  if (live) {
    mend(object);
    return changed(live, object);
  }
  if (recordUid !== null) object.metadata.ownerReferences = [recordReference(spec, recordUid)];
  return { kind: 'create', object };
}

function restoreService(
  spec: TaskSpec,
  { mirrorService }: TaskTarget,
  live: Service | null,
  recordUid: string | null,
): Edit {
  if (!mirrorService) return none;
  return makeOwn(mirrorService, spec, live, recordUid, (object) => {
    object.spec.selector = clone(mirrorService.spec.selector ?? {});
    belongToRecord(object, spec, recordUid);
  });
}

/**
 * Nobody else has a say in what a policy of ours holds. It has no owner: garbage collection, which goes in any order,
 * would take it from pods that still get copies.
 */
function putPolicy(step: Step, spec: TaskSpec, live: PolicyObject | null): Edit {
  const wanted = policyNamed(spec, step.object);
  if (!wanted) return none;
  return makeOwn(wanted, spec, live, null, (object) => {
    object.spec = clone(wanted.spec);
  });
}

/** What stands scaled to none, because a pin was lost meanwhile, gets its pods back. */
function makeWorkload(
  spec: TaskSpec,
  { deployment }: TaskTarget,
  live: Deployment | null,
  recordUid: string | null,
): Edit {
  if (!deployment) return none;
  return makeOwn(deployment, spec, live, recordUid, (object) => givePods(object, deployment));
}

/** Its labels, which decide what reaches its pods, and its pods, where it was scaled to none. */
function restoreWorkload(
  spec: TaskSpec,
  { deployment }: TaskTarget,
  live: Deployment | null,
  recordUid: string | null,
): Edit {
  if (!deployment) return none;
  const { labels } = deployment.spec.template.metadata ?? {};
  return makeOwn(deployment, spec, live, recordUid, (object) => {
    const { template } = object.spec;
    template.metadata = { ...template.metadata, ...(labels ? { labels: clone(labels) } : {}) };
    givePods(object, deployment);
    belongToRecord(object, spec, recordUid);
  });
}

/** Only what the change touches: the rest of the Deployment is as whoever wrote it last left it. */
function changeOwnWorkload(
  spec: TaskSpec,
  target: TaskTarget,
  live: Deployment | null,
  { workloads = [] }: EditContext,
): Edit {
  const change = workloads.find(({ target: id }) => id === target.id);
  if (!change) return none;
  const workload = workloadOf(target);
  if (!live) return change.takesBack ? none : blocked('workload_missing', { workload });
  if (!isOurs(live, spec)) return foreign(live);
  if (live.metadata.deletionTimestamp) return blocked('object_leaving', { kind: live.kind, ...nameOf(live) });
  const result = changeWorkload(live, change);
  return 'conflict' in result
    ? blocked('workload_field_changed', { workload, field: result.conflict })
    : changed(live, result.object);
}

function givePods(object: Deployment, { spec: { replicas } }: Deployment): void {
  if (object.spec.replicas === 0 && replicas !== undefined) object.spec.replicas = replicas;
}

/**
 * What makes a host outside known: made, or set back to what it was. It belongs to no record: garbage collection could
 * take the rule for TLS before the entry, and copies would leave in the clear.
 */
function putExternal<T extends DestinationRule | ServiceEntry>(
  wanted: T | null,
  spec: TaskSpec,
  live: KubeObject | null,
) {
  if (!wanted) return none;
  return makeOwn<KubeObject & { spec: object }>(wanted, spec, live as T | null, null, (object) => {
    object.spec = clone(wanted.spec);
  });
}

/** Blocked while a route of somebody else sends live requests to the host that an entry of ours made known. */
function leaveHostAlone({ external }: TaskTarget, { virtualServices = [] }: EditContext): Edit | null {
  const [host] = external?.serviceEntry.spec.hosts ?? [];
  if (host === undefined) return null;
  const user = virtualServices.find(({ metadata, spec }) =>
    (spec.http ?? [])
      .flatMap(usedDestinations)
      .some(({ destination }) => leadsTo(destination, metadata.namespace ?? '', host)),
  );
  return user ? blocked('still_used', nameOf(user)) : null;
}

/** Blocked while clients would reach the pods: what keeps them away was taken out since it was put in. */
function putIn(
  { namespace, service }: TaskSpec,
  target: TaskTarget,
  edit: Edit,
  { standing }: EditContext,
  code = 'workload_would_serve',
): Edit {
  if (!standing || (edit.kind !== 'create' && edit.kind !== 'update')) return edit;
  const exposure = exposureOf({ namespace, service }, edit.object as Deployment, standing);
  return exposure === 'shared' || exposure === 'alone'
    ? blocked(code, { service: service.name, workload: target.workload })
    : edit;
}

/** Blocked while clients reach the mirror on some way on which no live pod would answer them. */
function answersAlone(spec: TaskSpec, target: TaskTarget, { standing }: EditContext): Edit | null {
  if (!standing) return null;
  const { service } = spec;
  if (exposureOf(spec, deploymentOf(target, standing), standing) !== 'alone') return null;
  return blocked('mirror_answers_alone', { service: service.name, workload: target.workload });
}

/** What is kept belongs to the record no more: it stays when somebody deletes that. */
function outliveRecord(spec: TaskSpec, live: KubeObject | null): Edit {
  if (!live || !isOurs(live, spec)) return none;
  const others = ownersBesideRecord(live, spec);
  if (others.length === (live.metadata.ownerReferences ?? []).length) return none;
  const object = clone(live);
  object.metadata.ownerReferences = others;
  return { kind: 'update', object };
}

/** What was to be kept and is needed again goes with the record, as when it was made. */
function belongToRecord(object: KubeObject, spec: TaskSpec, recordUid: string | null): void {
  if (recordUid === null || object.metadata.ownerReferences?.some(({ uid }) => uid === recordUid)) return;
  object.metadata.ownerReferences = [...ownersBesideRecord(object, spec), recordReference(spec, recordUid)];
}

function ownersBesideRecord({ metadata: { ownerReferences = [] } }: KubeObject, spec: TaskSpec) {
  return ownerReferences.filter(({ kind, name }) => kind !== 'ConfigMap' || name !== recordNamePrefix + spec.name);
}

/** Subsets that the task made get their labels back; those of the owner are his. */
function restoreSubsets(spec: TaskSpec, live: DestinationRule | null): Edit {
  if (!live || !spec.subsets) return makeSubsets(spec, live);
  const reset = resetSubsets(live, spec.subsets);
  const edit = makeSubsets(spec, reset);
  return edit.kind === 'none' ? changed(live, reset) : edit;
}

function recordReference(spec: TaskSpec, uid: string) {
  const { apiVersion, kind }: Pick<ConfigMap, 'apiVersion' | 'kind'> = { apiVersion: 'v1', kind: 'ConfigMap' };
  return { apiVersion, kind, name: recordNamePrefix + spec.name, uid };
}

function makeSubsets(spec: TaskSpec, live: DestinationRule | null): Edit {
  const plan = spec.subsets;
  if (!plan) return none;
  if (!live) {
    if (!plan.created) return blocked('destination_rule_gone', plan.destinationRule);
    const object = newDestinationRule(plan, spec.istioApiVersion);
    object.metadata.labels = ownLabels(spec.name);
    return { kind: 'create', object };
  }
  if (plan.created && !isOurs(live, spec)) return foreign(live);
  if (!isRuleOfService(live, spec)) return blocked('rule_elsewhere', { ...nameOf(live), service: spec.service.name });
  const conflict = subsetConflicts(live, plan)[0];
  if (conflict !== undefined) return blocked('subset_taken', { ...nameOf(live), subset: conflict });
  const missing = missingSubsets(live, plan).find(
    (name) => !plan.subsets.some((own) => own.name === name && own.created),
  );
  if (missing !== undefined) return blocked('subset_gone', { ...nameOf(live), subset: missing });
  return changed(live, putSubsets(live, plan));
}

function editRoutes(
  step: Step,
  spec: TaskSpec,
  live: VirtualService | null,
  edit: (object: VirtualService) => RouteEdit,
): Edit {
  const own = ownVirtualService(step, spec);
  if (live) {
    if (own && !isOurs(live, spec)) return foreign(live);
    const result = edit(live);
    return 'problem' in result ? problem(result.problem, live) : changed(live, withRoutes(live, result.http));
  }
  if (!own) return blocked('virtual_service_gone', step.object ?? {});
  // Ours is born with its pins: no moment at which it routes without them.
  const start = pinned(own, spec);
  if ('problem' in start) return problem(start.problem, own);
  const result = edit(start);
  if ('problem' in result) return problem(result.problem, own);
  return { kind: 'create', object: withRoutes(start, result.http) };
}

function pinned(own: VirtualService, spec: TaskSpec): VirtualService | { problem: RouteProblem } {
  const result = putPins(own, spec);
  return 'problem' in result ? result : withRoutes(own, result.http);
}

function unmirror(step: Step, spec: TaskSpec, live: VirtualService | null): Edit {
  if (!live) return none;
  const own = ownVirtualService(step, spec);
  // Once it was handed over it is still noted as written by us, the handing over included.
  if (own && !isOurs(live, spec)) return step.verb === 'delete' ? released(live) : none;
  if (own && step.verb === 'delete') return removeVirtualService(spec, live);
  return changed(live, withRoutes(live, takeEntries(live, spec)));
}

/** While a task is paused its VirtualService goes, or stays the task's with what somebody put into it: it copies again. */
function rest(spec: TaskSpec, live: VirtualService | null): Edit {
  if (!live || !isOurs(live, spec)) return none;
  if (!hasForeignRoutes(live, spec)) return removal(live);
  return changed(live, withRoutes(live, takeEntries(live, spec)));
}

function unpin(step: Step, spec: TaskSpec, live: VirtualService | null): Edit {
  if (!live) return none;
  const own = ownVirtualService(step, spec);
  if (own && !isOurs(live, spec)) return released(live);
  if (own && step.verb === 'delete') return removeVirtualService(spec, live);
  return changed(live, withRoutes(live, takePins(live, leavingOf(spec))));
}
/** A VirtualService of ours into which somebody put routes stays, as theirs. */
function removeVirtualService(spec: TaskSpec, live: VirtualService): Edit {
  if (!hasForeignRoutes(live, spec)) return removal(live);
  return changed(live, handedOver(before(spec, live) as VirtualService));
}

function removeSubsets(step: Step, spec: TaskSpec, live: DestinationRule | null): Edit {
  if (!live || !spec.subsets || !isRuleOfService(live, spec)) return none;
  if (step.verb !== 'delete') return changed(live, takeSubsets(live, spec.subsets));
  if (!isOurs(live, spec)) return released(live);
  if (!hasForeignPolicy(live, spec.subsets, spec)) return removal(live);
  return changed(live, handedOver(takeSubsets(live, spec.subsets)));
}

/** True while a rule is for the task's service: subsets of another one's are never the task's, whatever its record says. */
function isRuleOfService({ metadata, spec: { host } }: DestinationRule, { service }: TaskSpec): boolean {
  return fqdn(host, metadata.namespace ?? '') === service.host;
}

/** The server notes us as a writer no more: the owner's next server-side apply meets no conflict with us. */
function released(live: KubeObject | null): Edit {
  return live && hasOurManagedFields(live) ? { kind: 'update', object: withoutOurManagedFields(live) } : none;
}

function removeOwn(spec: TaskSpec, live: KubeObject | null): Edit {
  return live && isOurs(live, spec) ? removal(live) : none;
}

function removal({ metadata }: KubeObject): Edit {
  if (metadata.deletionTimestamp) return none;
  return {
    kind: 'delete',
    uid: metadata.uid ?? '',
    ...(metadata.resourceVersion ? { resourceVersion: metadata.resourceVersion } : {}),
  };
}

/** What a step would remove: a target's, or the subsets of all. */
type Leaving = { what: 'workload' | 'service'; target: TaskTarget } | { what: 'subset'; target?: never };

/** Blocked when a live route of somebody else names what the step would remove. */
function leaveAlone(spec: TaskSpec, context: EditContext, { what, target }: Leaving): Edit | null {
  const own = target && subsetOfTarget(spec, target);
  const subsets = (spec.subsets?.subsets ?? []).filter(({ name, role, created }) =>
    what === 'workload' ? role === 'mirror' && name === own : created,
  );
  const mirrorService = target?.mirrorService ?? null;
  const mirrorHost = mirrorService && serviceHost(mirrorService.metadata.name, spec.namespace);
  for (const { metadata, spec: rules } of context.virtualServices ?? []) {
    const namespace = metadata.namespace ?? '';
    const routes = (rules.http ?? []).flatMap(usedDestinations);
    const user = routes.find(
      ({ destination }) =>
        (what !== 'subset' && mirrorHost !== null && leadsTo(destination, namespace, mirrorHost)) ||
        (what !== 'service' &&
          leadsTo(destination, namespace, spec.service.host) &&
          subsets.some(({ name }) => name === destination.subset)),
    );
    if (user) return blocked('still_used', { namespace, name: metadata.name });
  }
  return null;
}

function hasForeignRoutes(live: VirtualService, spec: TaskSpec): boolean {
  const own = spec.virtualService;
  if (!own) return true;
  const unmirrored = withRoutes(live, takeEntries(live, spec));
  const http = takePins(unmirrored, spec);
  return !sameJson({ ...live.spec, http }, own.spec);
}

/** True when somebody put subsets or policies into a rule of ours: it stays then, as theirs. */
function hasForeignPolicy(live: DestinationRule, plan: SubsetPlan, { istioApiVersion }: TaskSpec): boolean {
  const made = newDestinationRule(plan, istioApiVersion);
  const bare = (object: DestinationRule) => ({ ...takeSubsets(object, plan).spec, subsets: [] });
  const others = takeSubsets(live, plan).spec.subsets?.length ?? 0;
  return others > 0 || !sameJson(bare(live), bare(made));
}

function ownVirtualService({ object }: Step, { virtualService }: TaskSpec): VirtualService | null {
  const isOwn =
    virtualService?.metadata.name === object?.name && virtualService?.metadata.namespace === object?.namespace;
  return virtualService && isOwn ? virtualService : null;
}

function withRoutes(object: VirtualService, http: VirtualService['spec']['http']): VirtualService {
  if (object.spec.http === undefined && http?.length === 0) return object;
  return { ...object, spec: { ...object.spec, http } };
}

function changed(live: KubeObject, object: KubeObject): Edit {
  return sameJson(live, object) ? none : { kind: 'update', object: clone(object) };
}

function foreign(live: KubeObject): Edit {
  return blocked('foreign_object', { kind: live.kind, ...nameOf(live) });
}

function problem({ code, route }: RouteProblem, object: VirtualService): Edit {
  return blocked(code, { ...nameOf(object), route: routeText(route) });
}

function blocked(code: string, params: object): Edit {
  const plain = Object.entries(params).filter(([, value]) => typeof value === 'string' || typeof value === 'number');
  return { kind: 'blocked', reason: { code, params: Object.fromEntries(plain) } };
}

function nameOf({ metadata }: KubeObject): { namespace: string; name: string } {
  return { namespace: metadata.namespace ?? '', name: metadata.name };
}
