import type { MessageRef } from '@/lib/domain/message';
import { heldBy } from '@/lib/domain/ramp';
import type { TaskRecord } from '@/lib/domain/task';
import type { TaskContext } from '../context';

/** Since when a ramp stands still, and why. */
export interface RampHeld {
  since: string;
  reason: MessageRef;
}

/** Why a task's ramp stands still; null: it goes on, or there is none. */
export function rampHeld(context: TaskContext, record: TaskRecord): RampHeld | null {
  const { ramp } = record;
  return ramp ? (unwrittenHold(context, record) ?? heldBy(ramp, context.locks.rampUnrenewedMs(record))) : null;
}

/** For how long nobody has been seen to raise a task's ramp, in milliseconds: for ever where it is this process that does not. */
export function rampUnrenewedMs(context: TaskContext, record: TaskRecord): number {
  return unwrittenHold(context, record) ? Infinity : context.locks.rampUnrenewedMs(record);
}

/** Why this process raises a ramp no more, where the record does not say so yet. */
function unwrittenHold({ holder, ramps }: TaskContext, { spec, ramp }: TaskRecord): RampHeld | null {
  if (!ramp || ramp.held || ramp.holder !== holder) return null;
  return ramps.get(`${spec.namespace}/${spec.name}`)?.unwrittenHold ?? null;
}
