import type { KubeObject } from '@/lib/domain/kubernetes';
import type { ApiClient } from './api-client';
import { ClusterError, isClusterError } from './cluster-error';
import { readList } from './read-list';

const backoffMinMs = 250;
const backoffMaxMs = 10_000;
/** A loop that ran this long before it failed starts over with the shortest backoff. */
const steadyMs = 10_000;
/** Far above the largest object that etcd takes: what sends more without a line's end is no watch. */
const lineMaxChars = 32 * 1024 * 1024;
/** The server ends a watch after this long; the client gives up a little later if the connection is dead. */
const watchTimeoutSeconds = 240;

export interface ListedChange {
  type: 'ADDED' | 'MODIFIED' | 'DELETED';
  object: KubeObject;
  /** See `ClusterChange`. */
  isInferred?: boolean;
}

const none: readonly KubeObject[] = Object.freeze([]);

type WatchEnd = 'again' | 'relist';

/**
 * One collection kept current by list and watch. Heals itself after any loss of the connection and keeps its
 * last objects meanwhile; gives them up when the user may no longer list them. Never runs two loops.
 */
export class WatchedList {
  readonly #client: ApiClient;
  readonly #path: string;
  readonly #labelSelector: string | undefined;
  readonly #onChange: (change: ListedChange) => void;
  #objects = new Map<string, KubeObject>();
  #snapshot: readonly KubeObject[] | null = null;
  #byNamespace: { of: readonly KubeObject[]; lists: ReadonlyMap<string | undefined, readonly KubeObject[]> } | null =
    null;
  #resourceVersion = '';
  #synced = false;
  #error: ClusterError | null = null;
  #stop = new AbortController();
  #wake: (() => void) | null = null;
  #waiters = new Set<() => void>();

  constructor(
    client: ApiClient,
    path: string,
    labelSelector: string | undefined,
    onChange: (change: ListedChange) => void,
  ) {
    this.#client = client;
    this.#path = path;
    this.#labelSelector = labelSelector;
    this.#onChange = onChange;
    void this.#run();
  }

  /** The objects, once the first list is there; rejects when there is none (unreachable, forbidden, not served). */
  async objects(): Promise<readonly KubeObject[]> {
    while (!this.#synced && !this.#error && !this.#stop.signal.aborted) await this.#nextChange();
    if (!this.#synced) throw this.#error ?? new ClusterError('other', 'the watch was stopped');
    this.#snapshot ??= Object.freeze([...this.#objects.values()]);
    return this.#snapshot;
  }

  /** Those of one namespace; like `objects` the same list until something changes. */
  async objectsIn(namespace: string): Promise<readonly KubeObject[]> {
    const objects = await this.objects();
    if (this.#byNamespace?.of !== objects)
      this.#byNamespace = { of: objects, lists: groupByNamespace(objects, this.#byNamespace?.lists) };
    return this.#byNamespace.lists.get(namespace) ?? none;
  }

  /** True when the loop ended for good: the user may not list this, or the cluster does not serve it. */
  get isRefused(): boolean {
    return this.#stop.signal.aborted;
  }

  /** Resolves true once a condition on the list holds, false after `boundMs`. */
  async until(condition: (list: WatchedList) => boolean, boundMs: number): Promise<boolean> {
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      this.#announce();
    }, boundMs);
    try {
      while (!condition(this)) {
        if (late || this.#stop.signal.aborted) return false;
        await this.#nextChange();
      }
      return true;
    } finally {
      clearTimeout(timer);
    }
  }

  /** True when the list is at least as new as a write that got this resourceVersion. */
  hasSeen(resourceVersion: string): boolean {
    return this.#synced && isAtLeast(this.#resourceVersion, resourceVersion);
  }

  peek(namespace: string, name: string): KubeObject | undefined {
    return this.#objects.get(`${namespace}/${name}`);
  }

  /** Tries again at once if the loop waits after a failure. */
  wake(): void {
    this.#wake?.();
  }

  stop(): void {
    this.#stop.abort();
    this.#wake?.();
    this.#announce();
  }

  async #run(): Promise<void> {
    let failures = 0;
    let relist = true;
    while (!this.#stop.signal.aborted) {
      const startedAt = Date.now();
      try {
        if (relist) await this.#list();
        relist = false;
        relist = (await this.#watch()) === 'relist';
        failures = 0;
      } catch (error) {
        if (this.#stop.signal.aborted) break;
        if (Date.now() - startedAt > steadyMs) failures = 0;
        const problem = isClusterError(error) ? error : new ClusterError('other', String(error), { cause: error });
        relist = relist || problem.code === 'gone';
        if (isFinal(problem)) this.#giveUp(problem);
        else this.#fail(problem);
        failures += 1;
        await this.#pause(failures, problem.retryAfterSeconds);
      }
    }
  }

  async #list(): Promise<void> {
    const { items, resourceVersion } = await readList(this.#client, this.#path, this.#labelSelector);
    const found = new Map(items.map((item) => [keyOf(item), deepFreeze(item)]));
    if (this.#stop.signal.aborted) return;
    const before = this.#objects;
    this.#objects = found;
    this.#resourceVersion = resourceVersion;
    this.#snapshot = null;
    this.#error = null;
    const first = !this.#synced;
    this.#synced = true;
    this.#announce();
    if (!first) this.#reportDifferences(before, found);
  }

  #reportDifferences(before: Map<string, KubeObject>, now: Map<string, KubeObject>): void {
    for (const [key, object] of now) {
      const old = before.get(key);
      if (!old) this.#onChange({ type: 'ADDED', object });
      else if (old.metadata.resourceVersion !== object.metadata.resourceVersion)
        this.#onChange({ type: 'MODIFIED', object });
    }
    for (const [key, object] of before)
      if (!now.has(key)) this.#onChange({ type: 'DELETED', object, isInferred: true });
  }

  async #watch(): Promise<WatchEnd> {
    const limit = AbortSignal.timeout((watchTimeoutSeconds + 30) * 1000);
    const signal = AbortSignal.any([this.#stop.signal, limit]);
    const startedAt = Date.now();
    const stream = await this.#client.stream(
      {
        method: 'GET',
        path: this.#path,
        query: {
          watch: 'true',
          labelSelector: this.#labelSelector,
          resourceVersion: this.#resourceVersion,
          allowWatchBookmarks: 'true',
          timeoutSeconds: String(watchTimeoutSeconds),
        },
      },
      signal,
    );
    try {
      for await (const line of lines(stream)) {
        if (this.#apply(JSON.parse(line) as WatchEvent) === 'relist') return 'relist';
      }
    } catch (error) {
      if (limit.aborted) return 'again';
      throw isClusterError(error) ? error : new ClusterError('unreachable', 'the watch broke off', { cause: error });
    }
    // A server (or a proxy before it) that ends every watch at once must not be asked in a tight loop.
    if (Date.now() - startedAt < 1000) throw new ClusterError('other', 'the watch ended at once');
    return 'again';
  }

  #apply(event: WatchEvent): WatchEnd {
    if (event.type === 'ERROR') {
      const status = event.object as unknown as { code?: number; message?: string };
      if (status.code === 410) return 'relist';
      throw new ClusterError('other', status.message ?? 'the watch failed', { status: status.code ?? 500 });
    }
    this.#resourceVersion = event.object.metadata.resourceVersion ?? this.#resourceVersion;
    if (event.type === 'BOOKMARK') {
      this.#announce();
      return 'again';
    }
    const object = deepFreeze(event.object);
    if (event.type === 'DELETED') this.#objects.delete(keyOf(object));
    else this.#objects.set(keyOf(object), object);
    this.#snapshot = null;
    this.#announce();
    this.#onChange({ type: event.type, object });
    return 'again';
  }

  #fail(problem: ClusterError): void {
    this.#error = problem;
    this.#announce();
  }

  #giveUp(problem: ClusterError): void {
    this.#objects = new Map();
    this.#snapshot = null;
    this.#synced = false;
    this.#error = problem;
    this.stop();
  }

  async #pause(failures: number, retryAfterSeconds: number | null): Promise<void> {
    if (this.#stop.signal.aborted) return;
    const ceiling = Math.min(backoffMaxMs, backoffMinMs * 2 ** Math.min(failures - 1, 10));
    const delayMs = Math.max(ceiling * (0.5 + Math.random() / 2), (retryAfterSeconds ?? 0) * 1000);
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, delayMs);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#wake = null;
  }

  #nextChange(): Promise<void> {
    return new Promise((resolve) => this.#waiters.add(resolve));
  }

  #announce(): void {
    const waiters = this.#waiters;
    this.#waiters = new Set();
    for (const resolve of waiters) resolve();
  }
}

interface WatchEvent {
  type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  object: KubeObject;
}

/** Of namespaces in which nothing changed, the lists are the ones of before: what was made of them is still good. */
function groupByNamespace(
  objects: readonly KubeObject[],
  before: ReadonlyMap<string | undefined, readonly KubeObject[]> | undefined,
): ReadonlyMap<string | undefined, readonly KubeObject[]> {
  const lists = new Map<string | undefined, readonly KubeObject[]>();
  for (const [namespace, list] of Map.groupBy(objects, ({ metadata }) => metadata.namespace)) {
    const old = before?.get(namespace);
    const isSame = old?.length === list.length && list.every((object, index) => object === old[index]);
    lists.set(namespace, isSame ? old : Object.freeze(list));
  }
  return lists;
}

/** Refusals that trying again every few seconds would not change. */
function isFinal(problem: ClusterError): boolean {
  return problem.code === 'forbidden' || problem.code === 'unauthorized' || problem.code === 'notFound';
}

function keyOf(object: KubeObject): string {
  return `${object.metadata.namespace ?? ''}/${object.metadata.name}`;
}

/** Compares resourceVersions as etcd makes them (growing integers); anything else only by equality. */
export function isAtLeast(seen: string, wanted: string): boolean {
  if (seen === wanted) return true;
  if (!/^\d+$/.test(seen) || !/^\d+$/.test(wanted)) return false;
  return BigInt(seen) >= BigInt(wanted);
}

function deepFreeze<T extends object>(value: T): T {
  for (const part of Object.values(value)) {
    if (typeof part === 'object' && part !== null && !Object.isFrozen(part)) deepFreeze(part as object);
  }
  return Object.freeze(value);
}

async function* lines(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of stream) {
    const [first = '', ...more] = decoder.decode(chunk, { stream: true }).split('\n');
    const parts = [rest + first, ...more];
    rest = parts.pop() ?? '';
    if (rest.length > lineMaxChars) throw new ClusterError('other', 'an event of the watch is too large');
    for (const part of parts) if (part.trim() !== '') yield part;
  }
}
