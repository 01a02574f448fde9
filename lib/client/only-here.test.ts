import { afterEach, expect, it, vi } from 'vitest';
import { doOnlyHere, TakenOver } from './only-here';

/** Locks of a browser as far as stealing goes. */
function stubLocks() {
  let lose: ((error: Error) => void) | null = null;
  const request = (_name: string, _options: object, work: () => Promise<void>) =>
    new Promise<void>((resolve, reject) => {
      lose?.(new DOMException('stolen', 'AbortError'));
      lose = reject;
      work().then(resolve, reject);
    });
  vi.stubGlobal('navigator', { locks: { request } });
}

const untilEnded = (signal: AbortSignal) =>
  new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));

afterEach(() => vi.unstubAllGlobals());

it('ends what another page does when this one takes over, and tells that page', async () => {
  stubLocks();
  const ended = vi.fn();
  const first = doOnlyHere('log', new AbortController().signal, (signal) => untilEnded(signal).then(ended));
  const closing = new AbortController();
  const second = doOnlyHere('log', closing.signal, untilEnded);
  await expect(first).rejects.toBeInstanceOf(TakenOver);
  await vi.waitFor(() => expect(ended).toHaveBeenCalled());
  closing.abort();
  await expect(second).resolves.toBeUndefined();
});

it('ends quietly when the page needs it no more, even if it has asked for the same again', async () => {
  stubLocks();
  const closing = new AbortController();
  const first = doOnlyHere('log', closing.signal, untilEnded);
  closing.abort();
  const next = new AbortController();
  const second = doOnlyHere('log', next.signal, untilEnded);
  await expect(first).resolves.toBeUndefined();
  next.abort();
  await expect(second).resolves.toBeUndefined();
});

it('tells what went wrong with the work itself', async () => {
  stubLocks();
  const work = () => Promise.reject(new Error('broken'));
  await expect(doOnlyHere('log', new AbortController().signal, work)).rejects.toThrow('broken');
});

it('does the work in every page where the browser has no locks', async () => {
  vi.stubGlobal('navigator', {});
  const work = vi.fn(() => Promise.resolve());
  await doOnlyHere('log', new AbortController().signal, work);
  expect(work).toHaveBeenCalledOnce();
});
