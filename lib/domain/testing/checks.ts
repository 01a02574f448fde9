import type { Check, CheckCode } from '../check.ts';
import { planCreate } from '../plan-create.ts';
import type { PlanningInput, PlanningSnapshot, SelectingObject } from '../planning-snapshot.ts';
import { reviews } from './snapshot.ts';

/** Namespace of the world that `checksOf` plans in. */
export const namespace = 'demo-project';

/** Checks of a task on Bookinfo's reviews, with parts of its world or of what is asked for replaced. */
export function checksOf(snapshot: Partial<PlanningSnapshot> = {}, input: Partial<PlanningInput> = {}): Check[] {
  const seed = reviews();
  return planCreate({ ...seed.input, ...input }, { ...seed.snapshot, ...snapshot }).checks;
}

/** The findings of one code as `severity reason`. */
export function found(checks: readonly Check[], code: CheckCode): string[] {
  return checks
    .filter((check) => check.code === code)
    .map(({ severity, params }) => `${severity} ${params.reason ?? ''}`.trim());
}

/** A policy of the world's namespace. */
export function policy(kind: string, spec?: SelectingObject['spec'], where = namespace): SelectingObject {
  return {
    apiVersion: 'x/v1',
    kind,
    metadata: { name: `some-${kind.toLowerCase()}`, namespace: where },
    ...(spec ? { spec } : {}),
  };
}
