'use client';
import { useQueryClient, type QueryClient, type QueryKey } from '@tanstack/react-query';
import { useEffect } from 'react';
import type { TaskEvent } from '@/lib/contract/inventory';
import { environmentOptions, inventoryKey } from './inventory';
import { metricsKey } from './metrics';
import { eventStream } from './poll';
import { invalidateTasks, taskKeys } from './tasks';

const lockName = 'mirror-console-events';
const channelName = 'mirror-console-events';
/** One change of a task makes several events: they come together. */
const gatherMs = 50;
/** Between rounds, however many events there are. */
const gapMs = 300;

/** First parts of the keys of what events make fresh; measurements come by the clock. */
const toldByEvents: readonly unknown[] = [
  taskKeys.lists[0],
  taskKeys.one('', '')[0],
  inventoryKey,
  environmentOptions().queryKey[0],
];

type Told = { kind: 'event'; event: TaskEvent } | { kind: 'connected'; connected: boolean } | { kind: 'who' };

/**
 * Follows GET /api/events and makes what changed fresh. One stream per browser: the tab that holds the Web Lock
 * opens it and tells the others over a BroadcastChannel, because a handful of tabs with a stream each would use up
 * the browser's connections. When the leader closes, the next tab gets the lock.
 */
export function LiveUpdates() {
  const client = useQueryClient();
  useEffect(() => followEvents(client), [client]);
  return null;
}

/** Follows events until the returned function is called. Exported for tests; the app uses LiveUpdates. */
export function followEvents(client: QueryClient): () => void {
  const invalidate = gatherInvalidations(client);
  const channel = new BroadcastChannel(channelName);
  const closing = new AbortController();
  let leading = false;
  let stands = false;
  let hasStood = false;

  const setConnected = (connected: boolean) => {
    const back = connected && !stands;
    stands = connected;
    eventStream.connected = connected;
    // Events were missed while the stream was away, on a new page since its first answers: those of what events tell of.
    const isMissed = ({ queryKey }: { queryKey: QueryKey }) =>
      hasStood ? queryKey[0] !== metricsKey : toldByEvents.includes(queryKey[0]);
    if (back) void client.invalidateQueries({ predicate: isMissed });
    hasStood ||= connected;
  };
  const tell = (message: Told) => {
    // The lock may be granted in the moment in which the page goes.
    if (closing.signal.aborted) return;
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a BroadcastChannel has no target origin
    channel.postMessage(message);
  };

  channel.onmessage = ({ data }: MessageEvent<Told>) => {
    if (data.kind === 'event') invalidate.add(data.event);
    else if (data.kind === 'connected') setConnected(data.connected);
    else if (leading) tell({ kind: 'connected', connected: stands });
  };
  tell({ kind: 'who' });

  const lead = () =>
    new Promise<void>((resolve) => {
      if (closing.signal.aborted) return resolve();
      leading = true;
      const announce = (connected: boolean) => {
        setConnected(connected);
        tell({ kind: 'connected', connected });
      };
      // The stream of the tab that led before has gone with it: until this one stands events are missed.
      if (stands) announce(false);
      const source = new EventSource('/api/events');
      source.onopen = () => announce(true);
      source.onerror = () => {
        announce(false);
        // A refused stream (401, 404, 503 …) is closed for good by the browser; it is tried again here.
        if (source.readyState === EventSource.CLOSED && !closing.signal.aborted) restart();
      };
      source.onmessage = ({ data }: MessageEvent<string>) => {
        const event = parseEvent(data);
        if (!event) return;
        invalidate.add(event);
        tell({ kind: 'event', event });
      };
      const end = () => {
        source.close();
        leading = false;
        resolve();
      };
      const restart = () => {
        source.close();
        const timer = setTimeout(end, retryMs);
        closing.signal.addEventListener('abort', () => clearTimeout(timer), { once: true });
      };
      closing.signal.addEventListener('abort', end, { once: true });
    });

  void leadWhileOpen(lead, closing.signal);
  return () => {
    closing.abort();
    invalidate.stop();
    channel.close();
  };
}

const retryMs = 5000;

/** Waits for the lock and leads, again and again, until the page goes. */
async function leadWhileOpen(lead: () => Promise<void>, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      // Without locks (an address that is not loopback and not https) every tab leads itself.
      if (navigator.locks) await navigator.locks.request(lockName, { signal }, lead);
      else await lead();
    } catch {
      // The wait for the lock was aborted: the loop's condition ends it.
    }
  }
}

function parseEvent(data: string): TaskEvent | null {
  try {
    return JSON.parse(data) as TaskEvent;
  } catch {
    return null;
  }
}

/**
 * Several events within a moment make one round of requests. A round waits for the one before: asking again would
 * drop requests that are under way, and where events never end nothing would ever be answered.
 */
function gatherInvalidations(client: QueryClient) {
  let tasks = new Map<string, { namespace: string; name: string }>();
  let environment = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isUnderWay = false;
  let isStopped = false;

  const round = async () => {
    timer = undefined;
    isUnderWay = true;
    const told = [...tasks.values()];
    const rounds = [invalidateTasks(client, told)];
    if (environment) rounds.push(client.invalidateQueries({ queryKey: environmentOptions().queryKey }));
    tasks = new Map();
    environment = false;
    const gap = new Promise((resolve) => setTimeout(resolve, gapMs));
    await Promise.allSettled([...rounds, gap]);
    isUnderWay = false;
    if (tasks.size > 0 || environment) schedule();
  };
  const schedule = () => {
    if (!isUnderWay && !isStopped) timer ??= setTimeout(() => void round(), gatherMs);
  };
  return {
    add(event: TaskEvent) {
      if (event.type === 'environment') environment = true;
      else if (event.namespace && event.name)
        tasks.set(`${event.namespace}/${event.name}`, { namespace: event.namespace, name: event.name });
      schedule();
    },
    stop: () => {
      isStopped = true;
      clearTimeout(timer);
    },
  };
}
