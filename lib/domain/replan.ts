import type { Check } from './check.ts';
import { before } from './edit.ts';
import type { KubeObject } from './kubernetes.ts';
import { isOurs } from './ownership.ts';
import { planCreate } from './plan-create.ts';
import type { PlanningInput, PlanningSnapshot } from './planning-snapshot.ts';
import type { TaskSpec } from './task.ts';
import { podsOf } from './workloads.ts';

/** A task as its creation would be planned today. */
export interface Replan {
  /** Null when the creation would be refused. */
  spec: TaskSpec | null;
  /** The checks that refuse it. */
  failures: Check[];
}

/**
 * A task as it would be planned today from what its operator asked for, as if nothing of it stood yet. What a continued
 * creation writes, and what is put back, is held to this: see `EditContext.planned`.
 */
export function planAnew(spec: TaskSpec, snapshot: PlanningSnapshot): Replan {
  const plan = planCreate(inputOf(spec), withoutTask(snapshot, spec));
  const failures = plan.checks.filter(({ severity }) => severity === 'fail');
  return { spec: failures.length > 0 ? null : plan.spec, failures };
}

function inputOf(spec: TaskSpec): PlanningInput {
  const { namespace, name, description, service, target, percentage, selection, placement } = spec;
  const { name: serviceName, ports } = service;
  return {
    namespace,
    name,
    description,
    service: serviceName,
    ports,
    target: target.input,
    percentage,
    ...(selection && { selection }),
    placement,
  };
}

function withoutTask(snapshot: PlanningSnapshot, spec: TaskSpec): PlanningSnapshot {
  const theirs = <T extends KubeObject>(objects: readonly T[]): T[] =>
    objects.flatMap((object) => {
      const found = before(spec, object);
      // The same object, less what is the task's.
      return found ? [found as T] : [];
    });
  const own = new Set(spec.deployment ? podsOf(spec.deployment, snapshot.pods) : []);
  return {
    ...snapshot,
    services: snapshot.services.filter((object) => !isOurs(object, spec)),
    deployments: snapshot.deployments.filter((object) => !isOurs(object, spec)),
    pods: snapshot.pods.filter((pod) => !own.has(pod)),
    virtualServices: theirs(snapshot.virtualServices),
    destinationRules: theirs(snapshot.destinationRules),
  };
}
