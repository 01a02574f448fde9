import { setTimeout } from 'node:timers/promises';
import type { RunningOperation } from '../context';

/**
 * Stops every operation that this process drives, where nothing is half written: each gives its lock up, so that its
 * task says Incomplete and may be continued at once, by another replica or the next start. Resolves when all have
 * stopped, or after `boundMs`: what has not stopped by then is found by its lock, as after a crash.
 */
export async function stopOperations(running: ReadonlyMap<string, RunningOperation>, boundMs: number): Promise<void> {
  const late = setTimeout(boundMs, 'late' as const, { ref: false });
  while (running.size > 0) {
    const stopping = [...running.values()].map((operation) => {
      operation.cancel();
      return operation.ended;
    });
    if ((await Promise.race([Promise.all(stopping), late])) === 'late') return;
  }
}
