/**
 * Objects, their revisions and the recent history of changes: the sandbox's etcd and watch cache.
 * Objects are frozen; a write replaces them and takes the next revision as resourceVersion.
 */
import type { Clock } from '../core/clock.ts';
import type { KubeObject, ObjectChange, ObjectReader } from '../core/objects.ts';
import { deepFreeze } from './json.ts';
import { splitApiVersion } from './resources.ts';

export interface StoreEvent extends ObjectChange {
  revision: number;
  timeMs: number;
  /** The object before the change; a watch with a selector needs it to see objects leave. */
  previous: KubeObject | undefined;
}

export interface StoreOptions {
  /** How long a change can still be watched from, in milliseconds (etcd compacts after 5 minutes). */
  historyMs?: number;
  /** How many changes can still be watched from. */
  historyLength?: number;
}

const firstRevision = 1000;

export class Store implements ObjectReader {
  readonly #clock: Clock;
  readonly #historyMs: number;
  readonly #historyLength: number;
  readonly #objects = new Map<string, Map<string, KubeObject>>();
  readonly #listeners = new Set<(event: StoreEvent) => void>();
  #history: StoreEvent[] = [];
  #revision = firstRevision;
  #compactedRevision = firstRevision;

  constructor(clock: Clock, { historyMs = 5 * 60_000, historyLength = 20_000 }: StoreOptions = {}) {
    this.#clock = clock;
    this.#historyMs = historyMs;
    this.#historyLength = historyLength;
  }

  /** The revision of the latest change. */
  get revision(): number {
    return this.#revision;
  }

  /** Watches can start at this revision or later. */
  get oldestRevision(): number {
    this.#forgetOld();
    return this.#compactedRevision;
  }

  list(group: string, kind: string, namespace?: string): readonly KubeObject[] {
    const all = [...this.#table(group, kind).values()];
    const inScope = namespace ? all.filter((object) => object.metadata.namespace === namespace) : all;
    return inScope.toSorted((a, b) => (storageKey(a) < storageKey(b) ? -1 : 1));
  }

  /** Every object of every kind. */
  all(): KubeObject[] {
    return [...this.#objects.values()].flatMap((table) => [...table.values()]);
  }

  get(group: string, kind: string, namespace: string | undefined, name: string): KubeObject | undefined {
    return this.#table(group, kind).get(`${namespace ?? ''}/${name}`);
  }

  /** Stores a new object or the next state of an old one; answers it with its resourceVersion. */
  put(object: KubeObject): KubeObject {
    const table = this.#tableOf(object);
    const previous = table.get(storageKey(object));
    const stored = this.#stamp(object);
    table.set(storageKey(stored), stored);
    this.#record(previous ? 'MODIFIED' : 'ADDED', stored, previous);
    return stored;
  }

  /** Removes an object; watchers get its last state with the revision of the removal. */
  remove(object: KubeObject): KubeObject {
    const table = this.#tableOf(object);
    const previous = table.get(storageKey(object));
    if (!previous) return object;
    table.delete(storageKey(object));
    const last = this.#stamp(object);
    this.#record('DELETED', last, previous);
    return last;
  }

  subscribe(listener: (change: StoreEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Changes after `revision`, oldest first; undefined when the history does not go back that far. */
  eventsSince(revision: number): readonly StoreEvent[] | undefined {
    this.#forgetOld();
    if (revision < this.#compactedRevision) return undefined;
    return this.#history.filter((event) => event.revision > revision);
  }

  /** Forgets the history, as etcd's compaction does: watches from earlier revisions get 410. */
  compact(): void {
    this.#history = [];
    this.#compactedRevision = this.#revision;
  }

  #tableOf(object: KubeObject): Map<string, KubeObject> {
    return this.#table(splitApiVersion(object.apiVersion).group, object.kind);
  }

  #table(group: string, kind: string): Map<string, KubeObject> {
    const key = `${group}/${kind}`;
    let table = this.#objects.get(key);
    if (!table) this.#objects.set(key, (table = new Map()));
    return table;
  }

  #stamp(object: KubeObject): KubeObject {
    this.#revision += 1;
    return deepFreeze({ ...object, metadata: { ...object.metadata, resourceVersion: String(this.#revision) } });
  }

  #record(type: StoreEvent['type'], object: KubeObject, previous: KubeObject | undefined): void {
    const event: StoreEvent = { type, object, previous, revision: this.#revision, timeMs: this.#clock.now() };
    this.#history.push(event);
    this.#forgetOld();
    for (const listener of this.#listeners) listener(event);
  }

  #forgetOld(): void {
    const horizon = this.#clock.now() - this.#historyMs;
    const surplus = this.#history.length - this.#historyLength;
    let forgotten = 0;
    while (forgotten < this.#history.length) {
      const event = this.#history[forgotten];
      if (!event || (forgotten >= surplus && event.timeMs >= horizon)) break;
      this.#compactedRevision = event.revision;
      forgotten += 1;
    }
    if (forgotten > 0) this.#history.splice(0, forgotten);
  }
}

function storageKey(object: KubeObject): string {
  return `${object.metadata.namespace ?? ''}/${object.metadata.name}`;
}
