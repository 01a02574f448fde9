import { QueryClient, type QueryKey } from '@tanstack/react-query';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { followEvents } from './live-updates';
import { environmentOptions, meOptions, namespacesOptions } from './inventory';
import { eventStream } from './poll';
import { taskOptions } from './tasks';

class FakeEventSource {
  static readonly CLOSED = 2;
  static open: FakeEventSource[] = [];
  readyState = 1;
  onopen: (() => void) | null = null;
  onerror: (() => void) | null = null;
  onmessage: ((message: { data: string }) => void) | null = null;
  readonly url: string;
  constructor(url: string) {
    this.url = url;
    FakeEventSource.open.push(this);
  }
  close(): void {
    this.readyState = FakeEventSource.CLOSED;
    FakeEventSource.open = FakeEventSource.open.filter((source) => source !== this);
  }
  send(event: object): void {
    this.onmessage?.({ data: JSON.stringify(event) });
  }
}

const ofTask: QueryKey[] = [environmentOptions().queryKey, taskOptions('demo', 'a').queryKey];
const asked: QueryKey[] = [meOptions('demo').queryKey, namespacesOptions().queryKey, ...ofTask];

/** Tabs of one browser: each with its own cache, sharing lock and channel. */
function openTab() {
  const client = new QueryClient();
  const invalidated: string[] = [];
  let answered = Promise.resolve();
  for (const queryKey of asked) client.setQueryData(queryKey, null);
  vi.spyOn(client, 'invalidateQueries').mockImplementation((filters) => {
    const keys = filters?.queryKey
      ? [filters.queryKey]
      : client
          .getQueryCache()
          .findAll(filters)
          .map((query) => query.queryKey);
    invalidated.push(...keys.map((key) => JSON.stringify(key)));
    return answered;
  });
  const stop = followEvents(client);
  /** From now on requests stay under way until the returned function is called. */
  const holdAnswers = () => {
    const held = Promise.withResolvers<void>();
    answered = held.promise;
    return held.resolve;
  };
  return { invalidated, stop, holdAnswers };
}

const first = () => {
  const [source] = FakeEventSource.open;
  if (!source) throw new Error('no stream is open');
  return source;
};

beforeEach(() => {
  vi.stubGlobal('EventSource', FakeEventSource);
  vi.stubGlobal('navigator', { locks: lockManager() });
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  FakeEventSource.open = [];
  eventStream.connected = false;
});

/** The part of the Web Locks API that is used: one holder, the rest wait in order, an abort leaves the queue. */
function lockManager() {
  const waiting: (() => void)[] = [];
  let held = false;
  const next = () => {
    held = false;
    waiting.shift()?.();
  };
  return {
    async request(_: string, { signal }: { signal: AbortSignal }, work: () => Promise<void>) {
      if (held) {
        await new Promise<void>((resolve, reject) => {
          waiting.push(resolve);
          signal.addEventListener('abort', () => {
            waiting.splice(waiting.indexOf(resolve), 1);
            reject(signal.reason as Error);
          });
        });
      }
      held = true;
      try {
        await work();
      } finally {
        next();
      }
    },
  };
}

const taskKey = JSON.stringify(taskOptions('demo', 'a').queryKey.slice(0, 3));

describe('live updates', () => {
  it('open one stream for all tabs, and every tab hears what it says', async () => {
    const tabs = [openTab(), openTab(), openTab()];
    await vi.waitFor(() => expect(FakeEventSource.open).toHaveLength(1));
    expect(first().url).toBe('/api/events');
    first().send({ type: 'changed', namespace: 'demo', name: 'a' });
    await vi.waitFor(() => {
      for (const tab of tabs) expect(tab.invalidated).toContain(taskKey);
    });
    for (const tab of tabs) tab.stop();
    expect(FakeEventSource.open).toHaveLength(0);
  });

  it('pass the stream on when the leading tab closes', async () => {
    const [leader, other] = [openTab(), openTab()];
    await vi.waitFor(() => expect(FakeEventSource.open).toHaveLength(1));
    leader.stop();
    await vi.waitFor(() => expect(FakeEventSource.open).toHaveLength(1));
    first().send({ type: 'deleted', namespace: 'demo', name: 'a' });
    await vi.waitFor(() => expect(other.invalidated).toContain(taskKey));
    other.stop();
  });

  it('catch up with what was missed between the stream of a tab that closes and that of the next one', async () => {
    const [leader, next, last] = [openTab(), openTab(), openTab()];
    await vi.waitFor(() => expect(FakeEventSource.open).toHaveLength(1));
    first().onopen?.();
    await vi.waitFor(() => expect(last.invalidated).not.toEqual([]));
    for (const tab of [next, last]) tab.invalidated.length = 0;
    leader.stop();
    await vi.waitFor(() => expect(FakeEventSource.open).toHaveLength(1));
    first().onopen?.();
    const everything = asked.map((queryKey) => JSON.stringify(queryKey));
    await vi.waitFor(() => {
      for (const tab of [next, last]) expect(tab.invalidated).toEqual(everything);
    });
    next.stop();
    last.stop();
  });

  it('gather what comes within a moment into one round per query', async () => {
    const tab = openTab();
    await vi.waitFor(() => expect(FakeEventSource.open).toHaveLength(1));
    for (let count = 0; count < 20; count++) first().send({ type: 'changed', namespace: 'demo', name: 'a' });
    await vi.waitFor(() => expect(tab.invalidated).toContain(taskKey));
    expect(tab.invalidated.filter((key) => key === taskKey)).toHaveLength(1);
    tab.stop();
  });

  it('let what is asked for be answered before they ask again, and then ask for all that came meanwhile', async () => {
    const tab = openTab();
    await vi.waitFor(() => expect(FakeEventSource.open).toHaveLength(1));
    vi.useFakeTimers();
    const answer = tab.holdAnswers();
    first().send({ type: 'changed', namespace: 'demo', name: 'a' });
    await vi.advanceTimersByTimeAsync(100);
    expect(tab.invalidated).toContain(taskKey);
    const asked = tab.invalidated.length;
    for (let count = 0; count < 20; count++) {
      first().send({ type: 'changed', namespace: 'demo', name: count % 2 ? 'a' : 'b' });
      await vi.advanceTimersByTimeAsync(200);
    }
    expect(tab.invalidated).toHaveLength(asked);
    answer();
    await vi.advanceTimersByTimeAsync(1000);
    expect(tab.invalidated.slice(asked).filter((key) => key === taskKey)).toHaveLength(1);
    expect(tab.invalidated.slice(asked)).toContain(taskKey.replace('"a"', '"b"'));
    tab.stop();
  });

  it('ask on a new page again for what may have changed before they stood, and for nothing else', async () => {
    const tab = openTab();
    await vi.waitFor(() => expect(FakeEventSource.open).toHaveLength(1));
    first().onopen?.();
    expect(tab.invalidated).toEqual(ofTask.map((queryKey) => JSON.stringify(queryKey)));
    tab.stop();
  });

  it('catch up with everything when the stream is back, and say meanwhile that it is away', async () => {
    const tab = openTab();
    await vi.waitFor(() => expect(FakeEventSource.open).toHaveLength(1));
    first().onopen?.();
    expect(eventStream.connected).toBe(true);
    first().readyState = 0;
    first().onerror?.();
    expect(eventStream.connected).toBe(false);
    tab.invalidated.length = 0;
    first().onopen?.();
    expect(tab.invalidated).toEqual(asked.map((queryKey) => JSON.stringify(queryKey)));
    tab.stop();
  });

  it('live through a message that is not JSON', async () => {
    const tab = openTab();
    await vi.waitFor(() => expect(FakeEventSource.open).toHaveLength(1));
    first().onmessage?.({ data: 'not json' });
    first().send({ type: 'environment' });
    await vi.waitFor(() => expect(tab.invalidated).toContain('["environment"]'));
    tab.stop();
  });
});
