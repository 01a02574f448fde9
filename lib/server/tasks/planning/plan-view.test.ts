import { expect, test } from 'vitest';
import { finding } from '@/lib/domain/check';
import { planCreate } from '@/lib/domain/plan-create';
import { reviews } from '@/lib/domain/testing/snapshot';
import { toPlan, type PlanView } from './plan-view';

const { input, snapshot } = reviews();
const { spec } = planCreate(input, snapshot);

test.each<[string, Pick<PlanView, 'spec' | 'checks'>, boolean]>([
  ['no check fails', { spec, checks: [finding('warn', 'shared_state', null)] }, true],
  ['a verb on a task that stands has no check that fails', { checks: [] }, true],
  ['a check fails', { spec, checks: [finding('fail', 'quota', null)] }, false],
  ['there is no plan, whatever the checks say', { spec: null, checks: [] }, false],
])('a plan’s answer says whether it can be carried out: %s', (_, part, feasible) => {
  const view: PlanView = {
    placement: null,
    placementReason: null,
    delivery: null,
    basis: [],
    steps: [],
    patches: [],
    changes: [],
    ...part,
  };
  expect(toPlan(view, 'en').feasible).toBe(feasible);
});
