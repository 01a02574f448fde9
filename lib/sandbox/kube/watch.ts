/** The watch verb: replays history from a resourceVersion, then streams changes as they commit. */
import type { ServerResponse } from 'node:http';
import type { Clock } from '../core/clock.ts';
import type { KubeObject } from '../core/objects.ts';
import { groupVersion, splitApiVersion, type Resource } from './resources.ts';
import type { Selector } from './selectors.ts';
import { badRequest, gone, type ApiError } from './status.ts';
import type { Store, StoreEvent } from './store.ts';

const bookmarkEveryMs = 60_000;
const defaultTimeoutMs = 30 * 60_000;

export interface WatchRequest {
  resource: Resource;
  version: string;
  namespace: string | undefined;
  selects: Selector;
  /** Empty or "0" starts with the present objects. */
  resourceVersion: string;
  bookmarks: boolean;
  timeoutMs: number | undefined;
  /** Puts an object into the shape that the client asked for. */
  present: (object: KubeObject, isFirst: boolean) => unknown;
}

interface WireEvent {
  type: 'ADDED' | 'MODIFIED' | 'DELETED';
  object: KubeObject;
}

/** What a selective watcher sees of a change: objects enter and leave its selection. */
function toWireEvent(event: StoreEvent, selects: Selector): WireEvent | undefined {
  const wasIn = event.previous !== undefined && selects(event.previous);
  const isIn = event.type !== 'DELETED' && selects(event.object);
  if (isIn) return { type: wasIn ? 'MODIFIED' : 'ADDED', object: event.object };
  if (!wasIn) return undefined;
  // The last state that was selected, with the revision at which it left.
  const { resourceVersion } = event.object.metadata;
  const previous = event.previous ?? event.object;
  return {
    type: 'DELETED',
    object: { ...previous, metadata: { ...previous.metadata, ...(resourceVersion ? { resourceVersion } : {}) } },
  };
}

/** Streams events until the client leaves, the time is up or the server shuts down. */
export class WatchStream {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #request: WatchRequest;
  readonly #response: ServerResponse;
  readonly #cleanups: (() => void)[] = [];
  #lastRevision = 0;
  #isFirst = true;

  constructor(store: Store, clock: Clock, request: WatchRequest, response: ServerResponse) {
    this.#store = store;
    this.#clock = clock;
    this.#request = request;
    this.#response = response;
  }

  /** Throws before anything is sent when the request is malformed; 410 inside the stream when it is too old. */
  start(): void {
    const { resourceVersion } = this.#request;
    if (!/^\d*$/.test(resourceVersion)) throw badRequest(`invalid resource version "${resourceVersion}"`);
    const from = Number(resourceVersion);
    const missed = from === 0 ? [] : this.#store.eventsSince(from);
    this.#response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-cache, private' });
    this.#response.flushHeaders();
    if (missed === undefined) {
      this.#sendError(gone(from, this.#store.oldestRevision));
      return;
    }
    this.#response.once('close', () => this.#release());
    if (from === 0) this.#sendPresentObjects();
    for (const event of missed) this.#sendChange(event);
    this.#lastRevision = Math.max(from, this.#store.revision);
    this.#cleanups.push(this.#store.subscribe((event) => this.#sendChange(event)));
    if (this.#request.bookmarks) this.#scheduleBookmark();
    this.#cleanups.push(this.#clock.after(this.#request.timeoutMs ?? defaultTimeoutMs, () => this.#finish()));
  }

  #concerns(object: KubeObject): boolean {
    const { resource, namespace } = this.#request;
    return (
      object.kind === resource.kind &&
      splitApiVersion(object.apiVersion).group === resource.group &&
      (namespace === undefined || object.metadata.namespace === namespace)
    );
  }

  #sendPresentObjects(): void {
    const { resource, namespace, selects } = this.#request;
    for (const object of this.#store.list(resource.group, resource.kind, namespace)) {
      if (selects(object)) this.#send('ADDED', object);
    }
  }

  #sendChange(event: StoreEvent): void {
    this.#lastRevision = event.revision;
    if (!this.#concerns(event.object)) return;
    const wire = toWireEvent(event, this.#request.selects);
    if (wire) this.#send(wire.type, wire.object);
  }

  #send(type: string, object: KubeObject): void {
    this.#write({ type, object: this.#request.present(object, this.#isFirst) });
    this.#isFirst = false;
  }

  #sendError(error: ApiError): void {
    this.#write({ type: 'ERROR', object: error.toStatus() });
    this.#response.end();
  }

  #sendBookmark(): void {
    const { resource, version } = this.#request;
    const bookmark = {
      kind: resource.kind,
      apiVersion: groupVersion(resource.group, version),
      metadata: { resourceVersion: String(this.#lastRevision), creationTimestamp: null },
    };
    this.#write({ type: 'BOOKMARK', object: bookmark });
  }

  #scheduleBookmark(): void {
    this.#cleanups.push(
      this.#clock.after(bookmarkEveryMs, () => {
        this.#sendBookmark();
        this.#scheduleBookmark();
      }),
    );
  }

  #finish(): void {
    if (this.#request.bookmarks) this.#sendBookmark();
    this.#release();
    this.#response.end();
  }

  #write(line: unknown): void {
    if (!this.#response.writableEnded) this.#response.write(`${JSON.stringify(line)}\n`);
  }

  #release(): void {
    for (const cleanup of this.#cleanups.splice(0)) cleanup();
  }
}
