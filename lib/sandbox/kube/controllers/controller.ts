/** What all controllers share: a queue of keys, writes under their own name, events. */
import type { Clock } from '../../core/clock.ts';
import type { KubeObject, OwnerReference } from '../../core/objects.ts';
import type { Random } from '../../core/random.ts';
import { toTime, type Registry } from '../registry.ts';
import { resourceOfKind, splitApiVersion } from '../resources.ts';
import { ApiError } from '../status.ts';
import type { Store } from '../store.ts';

export interface ControllerContext {
  registry: Registry;
  store: Store;
  clock: Clock;
  random: Random;
}

export interface Controller {
  stop(): void;
}

/** Retries of a key double from this to the limit. */
const firstRetryMs = 200;
const lastRetryMs = 10_000;

/** Runs `reconcile` once per pending key; a failing key is tried again, later each time. */
export class WorkQueue {
  readonly #clock: Clock;
  readonly #reconcile: (key: string) => void;
  readonly #timers = new Map<string, { dueMs: number; cancel: () => void }>();
  readonly #failures = new Map<string, number>();

  constructor(clock: Clock, reconcile: (key: string) => void) {
    this.#clock = clock;
    this.#reconcile = reconcile;
  }

  /** Plans a run; one that is planned sooner stays, so that a busy key is not put off for ever. */
  add(key: string, delayMs = 0): void {
    const dueMs = this.#clock.now() + delayMs;
    const planned = this.#timers.get(key);
    if (planned && planned.dueMs <= dueMs) return;
    planned?.cancel();
    const cancel = this.#clock.after(delayMs, () => {
      this.#timers.delete(key);
      this.#run(key);
    });
    this.#timers.set(key, { dueMs, cancel });
  }

  stop(): void {
    for (const { cancel } of this.#timers.values()) cancel();
    this.#timers.clear();
  }

  #run(key: string): void {
    try {
      this.#reconcile(key);
      this.#failures.delete(key);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      const failures = this.#failures.get(key) ?? 0;
      this.#failures.set(key, failures + 1);
      this.add(key, Math.min(firstRetryMs * 2 ** failures, lastRetryMs));
    }
  }
}

export function groupOf(object: KubeObject): string {
  return splitApiVersion(object.apiVersion).group;
}

export function keyOf(object: KubeObject): string {
  return `${object.metadata.namespace ?? ''}/${object.metadata.name}`;
}

export function splitKey(key: string): { namespace: string; name: string } {
  const [namespace = '', name = ''] = key.split('/');
  return { namespace, name };
}

/** The owner that controls an object. */
export function controllerOf(object: KubeObject): OwnerReference | undefined {
  return object.metadata.ownerReferences?.find((owner) => owner.controller);
}

export function ownerReference(owner: KubeObject): OwnerReference {
  return {
    apiVersion: owner.apiVersion,
    kind: owner.kind,
    name: owner.metadata.name,
    uid: owner.metadata.uid ?? '',
    controller: true,
    blockOwnerDeletion: true,
  };
}

/** Objects of a kind that `owner` controls. */
export function controlledBy(owner: KubeObject, group: string, kind: string, store: Store): KubeObject[] {
  return store
    .list(group, kind, owner.metadata.namespace)
    .filter((object) => controllerOf(object)?.uid === owner.metadata.uid);
}

/** Replaces an object's status; nothing is written when it is the same. */
export function writeStatus(
  { registry }: ControllerContext,
  object: KubeObject,
  status: object,
  manager: string,
): KubeObject {
  const resource = resourceOfKind(groupOf(object), object.kind);
  const body = { ...object, status };
  return registry.update(
    resource,
    resource.storageVersion,
    object.metadata.namespace,
    object.metadata.name,
    body,
    { manager },
    'status',
  );
}

export function writeObject({ registry }: ControllerContext, object: KubeObject, manager: string): KubeObject {
  const resource = resourceOfKind(groupOf(object), object.kind);
  return registry.update(resource, resource.storageVersion, object.metadata.namespace, object.metadata.name, object, {
    manager,
  });
}

export function createObject({ registry }: ControllerContext, object: KubeObject, manager: string): KubeObject {
  const resource = resourceOfKind(groupOf(object), object.kind);
  return registry.create(resource, resource.storageVersion, object.metadata.namespace, object, { manager });
}

export interface Condition {
  type: string;
  status: 'True' | 'False' | 'Unknown';
  reason?: string;
  message?: string;
  lastUpdateTime?: string;
  lastTransitionTime?: string;
}

/**
 * Conditions with `next` in them; its transition time changes only when its status does. The same status
 * and reason with another message is no change, as in the real controllers: messages may name attempts.
 */
export function withCondition(conditions: readonly Condition[], next: Condition, nowMs: number): Condition[] {
  const current = conditions.find((condition) => condition.type === next.type);
  if (current && current.status === next.status && current.reason === next.reason) return [...conditions];
  const now = toTime(nowMs);
  const updated: Condition = {
    ...next,
    ...(next.lastUpdateTime === undefined ? {} : { lastUpdateTime: now }),
    lastTransitionTime: current && current.status === next.status ? (current.lastTransitionTime ?? now) : now,
  };
  return current
    ? conditions.map((condition) => (condition === current ? updated : condition))
    : [...conditions, updated];
}
