import type { TaskEvent } from '@/lib/contract/inventory';
import { closeStreams, openStreamCount } from '@/lib/server/streams';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { eventStream } from './event-stream';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function openStream({
  namespace,
  visible = new Set(['demo', 'other']),
}: { namespace?: string; visible?: Set<string> } = {}) {
  let listener: ((event: TaskEvent) => void) | null = null;
  const abort = new AbortController();
  const probes = vi.fn<() => void>();
  const response = eventStream(
    {
      subscribe(callback) {
        listener = callback;
        return () => (listener = null);
      },
      isVisible: (name) => Promise.resolve(visible.has(name)),
      probe: probes,
    },
    namespace,
    abort.signal,
  );
  const reader = response.body!.getReader();
  const next = async () => {
    const { value, done } = await reader.read();
    return done ? null : new TextDecoder().decode(value);
  };
  return {
    response,
    next,
    abort,
    visible,
    probes,
    reader,
    emit: (event: TaskEvent) => listener?.(event),
    isFollowed: () => listener !== null,
  };
}

const changed = (namespace: string): TaskEvent => ({ type: 'changed', namespace, name: 'reviews-v2' });
const data = (event: TaskEvent) => `data: ${JSON.stringify(event)}\n\n`;

it('sends what changes, and a sign of life every 15 seconds', async () => {
  const stream = openStream();
  expect(stream.response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
  expect(stream.response.headers.get('cache-control')).toContain('no-transform');
  expect(await stream.next()).toBe('retry: 2000\n\n');
  stream.emit(changed('demo'));
  expect(await stream.next()).toBe(data(changed('demo')));
  vi.advanceTimersByTime(15_000);
  expect(await stream.next()).toBe(': still here\n\n');
  expect(stream.probes).toHaveBeenCalledOnce();
  stream.abort.abort();
  expect(await stream.next()).toBeNull();
});

it('never tells of a namespace that the user may not see, nor of one that was not asked for', async () => {
  const stream = openStream({ namespace: 'demo' });
  await stream.next();
  stream.emit(changed('hidden'));
  stream.emit(changed('other'));
  stream.emit({ type: 'environment' });
  expect(await stream.next()).toBe(data({ type: 'environment' }));

  const everywhere = openStream();
  await everywhere.next();
  everywhere.emit(changed('hidden'));
  everywhere.emit(changed('demo'));
  expect(await everywhere.next()).toBe(data(changed('demo')));
  for (const open of [stream, everywhere]) open.abort.abort();
});

it('ends when its namespace is no longer visible', async () => {
  const stream = openStream({ namespace: 'demo' });
  await stream.next();
  stream.visible.delete('demo');
  await vi.advanceTimersByTimeAsync(15_000);
  expect(await stream.next()).toBe(': still here\n\n');
  expect(await stream.next()).toBeNull();
  expect(stream.isFollowed()).toBe(false);
});

it('leaves nothing behind when the browser goes, whichever way it is noticed', async () => {
  const before = openStreamCount();
  const aborted = openStream();
  const cancelled = openStream();
  expect(openStreamCount()).toBe(before + 2);
  aborted.abort.abort();
  await cancelled.reader.cancel();
  for (const stream of [aborted, cancelled]) expect(stream.isFollowed()).toBe(false);
  expect(openStreamCount()).toBe(before);
  expect(vi.getTimerCount()).toBe(0);
});

it('ends a browser that takes nothing, rather than keeping everything for it', () => {
  const stream = openStream();
  for (let count = 0; count < 2_000; count++) stream.emit({ type: 'environment' });
  expect(stream.isFollowed()).toBe(false);
});

// The last one: the process "stops" in it.
it('ends with the process, and so do streams that open while it stops', async () => {
  const stream = openStream();
  await stream.next();
  closeStreams();
  expect(await stream.next()).toBeNull();
  const late = openStream();
  expect(late.isFollowed()).toBe(false);
  expect(openStreamCount()).toBe(0);
});
