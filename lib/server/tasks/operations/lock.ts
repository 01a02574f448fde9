import type { Operation } from '@/lib/domain/task';
import type { Clock } from '../context';

/** How often the driver of an operation says that it is alive. */
export const renewIntervalMs = 5_000;
/** A lock that was not renewed this long belongs to nobody: its operation was interrupted. */
export const staleAfterMs = 30_000;

/** True when nobody drives the operation any more and it did not come to its end. */
export function isStale(operation: Operation, clock: Clock): boolean {
  return clock.now() - Date.parse(operation.renewedAt) > staleAfterMs;
}

/** True when a step failed: its driver has stopped and left the task Incomplete. */
export function hasFailed(operation: Operation): boolean {
  return operation.steps.some(({ state }) => state === 'failed');
}

/** True while somebody drives the operation. */
export function isRunning(operation: Operation | null, clock: Clock): operation is Operation {
  return operation !== null && !hasFailed(operation) && !isStale(operation, clock);
}
