import type { TaskEvent } from '@/lib/contract/inventory';
import { registerStream } from '@/lib/server/streams';

export interface EventSources {
  /** Calls back for every event; returns the unsubscribe function. */
  subscribe(listener: (event: TaskEvent) => void): () => void;
  /** May the user (still) see tasks of this namespace? */
  isVisible(namespace: string): Promise<boolean>;
  /** Called with every heartbeat: looks at what tells nobody by itself that it went. */
  probe(): void;
}

const heartbeatMs = 15_000;
/** A browser that takes nothing for this many messages has gone without a word. */
const backlogLimit = 1_000;

/**
 * Server-sent events of one browser. Every event is checked against what the user may see at that moment; a stream
 * for one namespace ends when that namespace is no longer visible.
 */
export function eventStream(sources: EventSources, namespace: string | undefined, signal: AbortSignal): Response {
  let end = () => {};
  const body = new ReadableStream<Uint8Array>(
    {
      start(controller) {
        end = follow(controller, sources, namespace, signal);
      },
      cancel() {
        end();
      },
    },
    { highWaterMark: backlogLimit },
  );
  return new Response(body, {
    headers: {
      'content-type': 'text/event-stream; charset=utf-8',
      // Compression would hold events back.
      'cache-control': 'no-store, no-transform',
      'x-accel-buffering': 'no',
    },
  });
}

function follow(
  controller: ReadableStreamDefaultController<Uint8Array>,
  sources: EventSources,
  namespace: string | undefined,
  signal: AbortSignal,
): () => void {
  let open = true;
  const send = (text: string) => {
    if (!open) return;
    if ((controller.desiredSize ?? 0) <= 0) end();
    else controller.enqueue(new TextEncoder().encode(text));
  };
  const end = () => {
    if (!open) return;
    open = false;
    clearInterval(heartbeat);
    unsubscribe();
    unregister();
    signal.removeEventListener('abort', end);
    try {
      controller.close();
    } catch {
      // The browser closed it first.
    }
  };
  const heartbeat = setInterval(() => {
    send(': still here\n\n');
    sources.probe();
    if (namespace !== undefined)
      void sources.isVisible(namespace).then(
        (visible) => visible || end(),
        () => {},
      );
  }, heartbeatMs);
  const unsubscribe = sources.subscribe((event) => {
    if (namespace !== undefined && event.namespace !== undefined && event.namespace !== namespace) return;
    const text = `data: ${JSON.stringify(event)}\n\n`;
    if (event.namespace === undefined) send(text);
    else
      void sources.isVisible(event.namespace).then(
        (visible) => visible && send(text),
        () => {},
      );
  });
  let unregister = () => {};
  signal.addEventListener('abort', end, { once: true });
  send('retry: 2000\n\n');
  unregister = registerStream(end);
  if (!open) unregister();
  if (signal.aborted) end();
  return end;
}
