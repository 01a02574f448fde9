import type { KubeObject } from '@/lib/domain/kubernetes';
import type { ApiClient } from './api-client';
import { kinds, watchSelectorOf, type Kind } from './kinds';
import { resourcePath } from './resource-path';
import { WatchedList, type ListedChange } from './watched-list';

/** A watch that nobody asked for this long is stopped. */
const idleStopMs = 5 * 60_000;
/** How long a refusal (forbidden, not served) is taken for granted before the server is asked again. */
const refusalMs = 5_000;
/** A write's caller waits at most this long for the watches to see it. */
const freshnessBoundMs = 3_000;

interface Entry {
  kind: Kind;
  namespace: string | null;
  list: WatchedList;
  startedAt: number;
  usedAt: number;
}

/** The watches that run: at most one per kind and scope, started on demand, stopped when idle. */
export class WatchPool {
  readonly #client: ApiClient;
  readonly #apiVersionOf: (kind: Kind) => Promise<string>;
  readonly #onChange: (change: ListedChange) => void;
  readonly #entries = new Map<string, Entry>();
  /** How many hold each key: a watch that was refused is replaced by another one, which they hold just as well. */
  readonly #holders = new Map<string, number>();
  readonly #sweep: NodeJS.Timeout;
  #closed = false;

  constructor(
    client: ApiClient,
    apiVersionOf: (kind: Kind) => Promise<string>,
    onChange: (change: ListedChange) => void,
  ) {
    this.#client = client;
    this.#apiVersionOf = apiVersionOf;
    this.#onChange = onChange;
    this.#sweep = setInterval(() => this.#stopIdle(), idleStopMs / 5);
    this.#sweep.unref();
  }

  /** Objects of a kind, from a watch of all namespaces if one runs already, else from one of this namespace. */
  async list(kind: Kind, namespace: string | null): Promise<readonly KubeObject[]> {
    const everywhere = this.#entries.get(entryKey(kind, null));
    if (namespace !== null && everywhere && !everywhere.list.isRefused) {
      everywhere.usedAt = Date.now();
      return everywhere.list.objectsIn(namespace);
    }
    return (await this.#entry(kind, namespace)).list.objects();
  }

  /** Keeps a watch running until the returned function is called. */
  async hold(kind: Kind, namespace: string | null): Promise<() => void> {
    await this.#entry(kind, namespace);
    const key = entryKey(kind, namespace);
    this.#holders.set(key, (this.#holders.get(key) ?? 0) + 1);
    let held = true;
    return () => {
      if (held) this.#letGo(key);
      held = false;
    };
  }

  /** Waits, within bounds, until every running watch that covers the object has seen this write. */
  async sawWrite(kind: Kind, namespace: string, resourceVersion: string): Promise<void> {
    await this.#untilEach(kind, namespace, (list) => list.hasSeen(resourceVersion));
  }

  /** Waits, within bounds, until every running watch shows the object gone or going. */
  async sawDelete(kind: Kind, namespace: string, name: string, uid: string): Promise<void> {
    await this.#untilEach(kind, namespace, (list) => {
      const object = list.peek(namespace, name);
      return !object || object.metadata.uid !== uid || object.metadata.deletionTimestamp !== undefined;
    });
  }

  /** Lets every watch that waits after a failure try again at once. */
  wake(): void {
    for (const { list } of this.#entries.values()) list.wake();
  }

  close(): void {
    this.#closed = true;
    clearInterval(this.#sweep);
    for (const { list } of this.#entries.values()) list.stop();
    this.#entries.clear();
  }

  async #entry(kind: Kind, namespace: string | null): Promise<Entry> {
    const key = entryKey(kind, namespace);
    const apiVersion = await this.#apiVersionOf(kind);
    const now = Date.now();
    const old = this.#entries.get(key);
    if (old && !(old.list.isRefused && now - old.startedAt > refusalMs)) {
      old.usedAt = now;
      return old;
    }
    const path = resourcePath(kind, apiVersion, namespace);
    const list = new WatchedList(this.#client, path, watchSelectorOf(kind), (change) =>
      this.#forward(kind, namespace, change),
    );
    if (this.#closed) list.stop();
    const entry = { kind, namespace, list, startedAt: now, usedAt: now };
    this.#entries.set(key, entry);
    return entry;
  }

  /** Listeners hear of a change once, even when a watch of one namespace and one of all run side by side. */
  #forward(kind: Kind, namespace: string | null, change: ListedChange): void {
    const everywhere = this.#entries.get(entryKey(kind, null));
    if (namespace !== null && everywhere && !everywhere.list.isRefused) return;
    this.#onChange(change);
  }

  async #untilEach(kind: Kind, namespace: string, condition: (list: WatchedList) => boolean): Promise<void> {
    const covering = [...this.#entries.values()].filter(
      (entry) =>
        entry.kind === kind && (entry.namespace === null || entry.namespace === namespace) && !entry.list.isRefused,
    );
    await Promise.all(covering.map(({ list }) => list.until(condition, freshnessBoundMs)));
  }

  #letGo(key: string): void {
    const left = (this.#holders.get(key) ?? 0) - 1;
    if (left > 0) this.#holders.set(key, left);
    else this.#holders.delete(key);
    const entry = this.#entries.get(key);
    if (entry) entry.usedAt = Date.now();
  }

  #stopIdle(): void {
    const limit = Date.now() - idleStopMs;
    for (const [key, entry] of this.#entries) {
      if (this.#holders.has(key) || entry.usedAt > limit) continue;
      entry.list.stop();
      this.#entries.delete(key);
    }
  }
}

function entryKey(kind: Kind, namespace: string | null): string {
  return `${kind}/${kinds[kind].namespaced ? (namespace ?? '*') : '*'}`;
}
