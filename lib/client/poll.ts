import type { TaskState } from '@/lib/domain/task';

/**
 * How often a page asks again, in milliseconds. Events make lists and tasks fresh at once; polling is the net below
 * them and the only source while no event stream stands.
 */
export const pollMs = { withEvents: 30_000, withoutEvents: 5000, moving: 2000, metrics: 15_000, environment: 10_000 };

/** Whether this browser's event stream stands. Set by live-updates, read by the intervals when they are next due. */
export const eventStream = { connected: false };

const movingStates: readonly TaskState[] = ['Preparing', 'Deleting'];

/** The interval for a task or a list: short while something is under way that events may not show step by step. */
export function taskPollMs(tasks: readonly { state: TaskState; operation: unknown }[]): number {
  const moving = tasks.some((task) => task.operation !== null || movingStates.includes(task.state));
  if (moving) return pollMs.moving;
  return eventStream.connected ? pollMs.withEvents : pollMs.withoutEvents;
}
