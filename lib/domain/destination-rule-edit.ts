import type { DestinationRule, Subset } from './kubernetes.ts';
import { clone, sameJson } from './structure.ts';
import type { SubsetPlan } from './task.ts';

/** Subset names that stand in today's rule with other labels than planned: somebody else's, or changed. */
export function subsetConflicts(object: DestinationRule, plan: SubsetPlan): string[] {
  return plan.subsets
    .filter(({ name, labels }) => {
      const found = findSubset(object, name);
      return found !== undefined && !sameJson(found.labels ?? {}, labels);
    })
    .map(({ name }) => name);
}

/** Planned subsets that today's rule does not have. */
export function missingSubsets(object: DestinationRule, plan: SubsetPlan): string[] {
  return plan.subsets.filter(({ name }) => findSubset(object, name) === undefined).map(({ name }) => name);
}

/** Today's rule with the task's subsets where they are missing, behind the owner's, in their own order; idempotent. */
export function putSubsets(object: DestinationRule, plan: SubsetPlan): DestinationRule {
  const made = plan.subsets.filter(({ created }) => created);
  const missing = made.filter(({ name }) => findSubset(object, name) === undefined);
  if (missing.length === 0) return object;
  const edited = clone(object);
  const subsets = edited.spec.subsets ?? [];
  for (const subset of missing.toReversed()) {
    const later = new Set(made.slice(made.indexOf(subset) + 1).map(({ name }) => name));
    const next = subsets.findIndex(({ name }) => later.has(name));
    subsets.splice(next === -1 ? subsets.length : next, 0, toSubset(subset));
  }
  edited.spec.subsets = subsets;
  return edited;
}

/** Today's rule with the labels of the task's own subsets as they were made, where they stand; idempotent. */
export function resetSubsets(object: DestinationRule, plan: SubsetPlan): DestinationRule {
  const made = plan.subsets.filter(({ created }) => created);
  const subsets = object.spec.subsets?.map((subset) => {
    const own = made.find(({ name }) => name === subset.name);
    return own && !sameJson(subset.labels ?? {}, own.labels) ? { ...subset, labels: { ...own.labels } } : subset;
  });
  return subsets ? { ...object, spec: { ...object.spec, subsets } } : object;
}

/** Today's rule without the subsets that the task made; the owner's stay, in their order. Idempotent. */
export function takeSubsets(object: DestinationRule, plan: SubsetPlan): DestinationRule {
  const made = new Set(plan.subsets.filter(({ created }) => created).map(({ name }) => name));
  if (!object.spec.subsets?.some(({ name }) => made.has(name))) return object;
  const edited = clone(object);
  const others = object.spec.subsets.filter(({ name }) => !made.has(name));
  if (others.length > 0 || plan.hadSubsets) edited.spec.subsets = clone(others);
  else delete edited.spec.subsets;
  return edited;
}

/** The rule that a task makes where the service had none of its own. */
export function newDestinationRule(plan: SubsetPlan, apiVersion: string): DestinationRule {
  return {
    apiVersion,
    kind: 'DestinationRule',
    metadata: { ...plan.destinationRule },
    spec: {
      host: plan.host,
      ...(plan.trafficPolicy ? { trafficPolicy: clone(plan.trafficPolicy) } : {}),
      subsets: plan.subsets.map(toSubset),
    },
  };
}

function toSubset({ name, labels }: SubsetPlan['subsets'][number]): Subset {
  return { name, labels: { ...labels } };
}

function findSubset(object: DestinationRule, name: string): Subset | undefined {
  return object.spec.subsets?.find((subset) => subset.name === name);
}
