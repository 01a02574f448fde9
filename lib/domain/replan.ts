import type { Check } from './check.ts';
import { before } from './edit.ts';
import type { KubeObject, Pod } from './kubernetes.ts';
import { isOurs } from './ownership.ts';
import { planCreate, type CreatePlan } from './plan-create.ts';
import {
  protectionOf,
  type PlanningInput,
  type PlanningSnapshot,
  type ProtectionWish,
  type ResourceQuotaObject,
} from './planning-snapshot.ts';
import { podAmounts, sumOf } from './pod-resources.ts';
import { parseQuantity } from './quantity.ts';
import { isVersionTarget } from './targets.ts';
import type { TaskSpec, TaskTarget, VersionTarget } from './task.ts';
import { podsOf } from './workloads.ts';

/** A task as its creation would be planned today. */
export interface Replan {
  /** Null when the creation would be refused. */
  spec: TaskSpec | null;
  /** What was looked at. */
  checks: Check[];
  /** Those of the checks that refuse it. */
  failures: Check[];
}

/**
 * A task as it would be planned today from what its operator asked for, as if nothing of it stood yet. What a continued
 * creation writes, and what is put back, is held to this: see `EditContext.planned`. `more`: targets that it is to have
 * besides, protected as those that it has. What is wrong with a target that leaves is no reason to refuse: it may be why it leaves.
 */
export function planAnew(
  spec: TaskSpec,
  snapshot: PlanningSnapshot,
  more: NonNullable<PlanningInput['targets']> = [],
): Replan {
  const around = withoutTask(snapshot, spec);
  const plan = planCreate(askedAnew(spec, more), around);
  const staying = spec.targets.filter(({ passage }) => passage !== 'leaving');
  const checks =
    staying.length === spec.targets.length
      ? plan.checks
      : checksOf(plan, planCreate(askedAnew(spec, more, staying), around));
  const failures = checks.filter(({ severity }) => severity === 'fail');
  return { spec: failures.length > 0 ? null : plan.spec, checks, failures };
}

/** Those of the task that is left, but for what its pods may take: until the others are gone there are theirs, too. */
function checksOf(whole: CreatePlan, left: CreatePlan): Check[] {
  const isOfQuota = ({ code }: Check) => code === 'quota';
  return [...left.checks.filter((check) => !isOfQuota(check)), ...whole.checks.filter(isOfQuota)];
}

/** What was asked for, of some of the targets, and more; what stands keeps what it is called. */
function askedAnew(
  spec: TaskSpec,
  more: NonNullable<PlanningInput['targets']>,
  targets: readonly TaskTarget[] = spec.targets,
): PlanningInput {
  const isOnly = spec.targets.length === 1;
  const standing = targets.map(({ id, hasTaskName = isOnly }) => ({ id, hasTaskName }));
  const asked = inputOf(spec);
  if (more.length === 0 && targets === spec.targets) return { ...asked, standing };
  // What is said for an only target is not said for those beside it.
  const { target: _target, percentage: _percentage, placement: _placement, safety: _safety, ...rest } = asked;
  return { ...rest, targets: [...targets.map(listedWish), ...more.map((one) => protectedAs(spec, one))], standing };
}

/** One more target, as it is asked for. */
type MoreTarget = NonNullable<PlanningInput['targets']>[number];

/** One more target, with the task's protection where nothing else is said of its own. */
function protectedAs(spec: TaskSpec, more: MoreTarget): MoreTarget {
  return isVersionTarget(more) ? { ...more, safety: protectionOf(promisedTo(more, spec), more.safety) } : more;
}

/**
 * What a task promises of one more version: copies are marked and writes denied where they are for those that it has, and
 * an operator who lets writes through to its new versions means the next one, too. Of somebody's workload only what others
 * of that kind have: it is asked for there, as in `planPolicies`.
 */
function promisedTo(more: VersionTarget, { targets }: TaskSpec): ProtectionWish {
  const versions = targets.filter(({ input }) => isVersionTarget(input));
  const isNew = 'version' in more;
  // In records of older versions nobody was asked.
  const alike = versions.filter(({ input, policies }) => 'version' in input === isNew && policies !== undefined);
  const isPromised = (part: 'denyWrites' | 'marker') =>
    (isNew ? versions : alike).some(({ policies }) => policies?.[part]);
  const denyWrites = isPromised('denyWrites') || (alike.length > 0 ? false : undefined);
  return { denyWrites, marker: isPromised('marker') };
}

/** What the operator asked for, as of a task with these targets. */
export function inputOf(spec: TaskSpec): PlanningInput {
  const { namespace, name, description, service, targets, delivery, selection, routes } = spec;
  const [only, ...others] = targets.map(wishOf);
  return {
    namespace,
    name,
    description,
    service: service.name,
    ports: service.ports,
    ...(only && others.length === 0 ? only : { targets: targets.map(listedWish) }),
    ...(delivery && { delivery }),
    ...(selection && { selection }),
    ...(routes && { routes }),
  };
}

function wishOf({ input, percentage, placement, policies }: TaskTarget) {
  return {
    target: input,
    percentage,
    ...(placement !== null && { placement }),
    safety: { denyWrites: policies?.denyWrites ?? false, marker: policies?.marker ?? false },
  };
}

/** As one of several: nothing is said of the pods of what stands elsewhere. */
function listedWish(target: TaskTarget) {
  const { target: input, percentage, ...ofPods } = wishOf(target);
  return { ...input, percentage, ...(isVersionTarget(input) && ofPods) };
}

function withoutTask(snapshot: PlanningSnapshot, spec: TaskSpec): PlanningSnapshot {
  const theirs = <T extends KubeObject>(objects: readonly T[]): T[] =>
    objects.flatMap((object) => {
      const found = before(spec, object);
      // The same object, less what is the task's.
      return found ? [found as T] : [];
    });
  const own = new Set(spec.targets.flatMap(({ deployment }) => (deployment ? podsOf(deployment, snapshot.pods) : [])));
  return {
    ...snapshot,
    services: snapshot.services.filter((object) => !isOurs(object, spec)),
    authorizationPolicies: snapshot.authorizationPolicies.filter((object) => !isOurs(object, spec)),
    resourceQuotas: snapshot.resourceQuotas.map((quota) => withoutPods(quota, [...own])),
    deployments: snapshot.deployments.filter((object) => !isOurs(object, spec)),
    pods: snapshot.pods.filter((pod) => !own.has(pod)),
    virtualServices: theirs(snapshot.virtualServices),
    destinationRules: theirs(snapshot.destinationRules),
    ...(snapshot.external && {
      external: { ...snapshot.external, serviceEntries: theirs(snapshot.external.serviceEntries) },
    }),
  };
}

/** A quota as it would be without some pods that it counts. */
function withoutPods(quota: ResourceQuotaObject, pods: readonly Pod[]): ResourceQuotaObject {
  const used = quota.status?.used;
  if (!used || pods.length === 0) return quota;
  const counted = pods.filter(({ status }) => status?.phase !== 'Succeeded' && status?.phase !== 'Failed');
  const theirs = sumOf(counted.map(({ spec }) => podAmounts(spec)));
  const left = Object.entries(used).map(([name, amount]) => {
    const value = parseQuantity(amount);
    return [name, value === null ? amount : String(Math.max(value - (theirs[name] ?? 0), 0))];
  });
  return { ...quota, status: { ...quota.status, used: Object.fromEntries(left) as Record<string, string> } };
}
