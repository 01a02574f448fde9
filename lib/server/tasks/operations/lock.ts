import type { Operation } from '@/lib/domain/task';
import { isStale } from '@/lib/domain/state';
import { isoNow, type Clock } from '../context';

/** How often the driver of an operation says that it is alive. */
export const renewIntervalMs = 5_000;
/** True when a step failed: its driver has stopped and left the task Incomplete. */
export function hasFailed(operation: Operation): boolean {
  return operation.steps.some(({ state }) => state === 'failed');
}

/** True while somebody drives the operation. */
export function isRunning(operation: Operation | null, clock: Clock): operation is Operation {
  return operation !== null && !hasFailed(operation) && !isStale(operation, isoNow(clock));
}
