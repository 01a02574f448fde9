import { ApiError } from './http/api-error';
import { processWide } from './process-state';

interface Streams {
  open: Set<() => void>;
  stopping: boolean;
}

const streams = () => processWide<Streams>('streams', () => ({ open: new Set(), stopping: false }));

/**
 * Registers an endless response: `next start` waits for open responses when it is told to stop, so `close` is
 * called then (at once if that has begun). The returned function takes it off the list.
 */
export function registerStream(close: () => void): () => void {
  const { open, stopping } = streams();
  if (stopping) {
    close();
    return () => {};
  }
  open.add(close);
  return () => open.delete(close);
}

/** How many endless responses are open. */
export function openStreamCount(): number {
  return streams().open.size;
}

/** Throws upstream_unavailable from the moment the process was told to stop: nothing may be begun any more. */
export function assertNotStopping(): void {
  if (isStopping()) throw new ApiError('upstream_unavailable', { upstream: 'Mirror Console', reason: 'stopping' });
}

/** True from the moment the process was told to stop. */
export function isStopping(): boolean {
  return streams().stopping;
}

/** Ends every open stream, and those that open from now on: the process stops. */
export function closeStreams(): void {
  const state = streams();
  state.stopping = true;
  const open = [...state.open];
  state.open.clear();
  for (const close of open) close();
}
