import type { Task } from '@/lib/contract/task';

/** True while the task's operation waits, or had waited when it stopped, for somebody else's change. */
export function isAwaitingPatch({ operation, steps }: Task): boolean {
  const next = steps.find(({ state }) => state !== 'done');
  return operation !== null && /^await-(un)?mirror:/.test(next?.id ?? '');
}
