import type { PlacementChoice } from './placement.ts';
import type { RoutePlan } from './plan-entries.ts';
import type { PlanFacts } from './plan-facts.ts';
import type { Labels } from './selectors.ts';
import type { TaskSpec, TaskTarget } from './task.ts';

/** Everything a check may look at once the task is planned. */
export interface Planned {
  facts: PlanFacts;
  spec: TaskSpec;
  /** The target that is looked at; `facts`, `choice` and `labels` are its. */
  target: TaskTarget;
  choice: PlacementChoice;
  routes: RoutePlan;
  /** Labels of the mirror's pods. */
  labels: Labels;
}
