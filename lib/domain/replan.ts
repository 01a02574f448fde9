import { before } from './edit.ts';
import type { KubeObject } from './kubernetes.ts';
import { isOurs } from './ownership.ts';
import { planCreate } from './plan-create.ts';
import type { PlanningInput, PlanningSnapshot } from './planning-snapshot.ts';
import type { TaskSpec } from './task.ts';

/**
 * A task as it would be planned today from what its operator asked for, as if nothing of it stood yet. Null when it
 * cannot be planned. What a continued creation writes is held to this: see `EditContext.planned`.
 */
export function planAnew(spec: TaskSpec, snapshot: PlanningSnapshot): TaskSpec | null {
  return planCreate(inputOf(spec), withoutTask(snapshot, spec)).spec;
}

function inputOf({ namespace, name, description, service, target, percentage, placement }: TaskSpec): PlanningInput {
  const { ports } = service;
  return { namespace, name, description, service: service.name, ports, target: target.input, percentage, placement };
}

function withoutTask(snapshot: PlanningSnapshot, spec: TaskSpec): PlanningSnapshot {
  const theirs = <T extends KubeObject>(objects: readonly T[]): T[] =>
    objects.flatMap((object) => {
      const found = before(spec, object);
      // The same object, less what is the task's.
      return found ? [found as T] : [];
    });
  return {
    ...snapshot,
    services: snapshot.services.filter((object) => !isOurs(object, spec)),
    deployments: snapshot.deployments.filter((object) => !isOurs(object, spec)),
    virtualServices: theirs(snapshot.virtualServices),
    destinationRules: theirs(snapshot.destinationRules),
  };
}
