import type { Operation, TaskRecord } from '@/lib/domain/task';
import { signOfLife } from '@/lib/domain/ramp';
import { isAbandoned } from '@/lib/domain/state';
import type { TaskContext } from '../context';

/** How often the driver of an operation says that it is alive. */
export const renewIntervalMs = 5_000;
/** A lock that nobody asked about for this long is forgotten. */
const forgetMs = 3_600_000;

/** True when a step failed: its driver has stopped and left the task Incomplete. */
export function hasFailed(operation: Operation): boolean {
  return operation.steps.some(({ state }) => state === 'failed');
}

/** True while somebody drives the operation that a record names. */
export function isRunning({ locks }: Pick<TaskContext, 'locks'>, record: TaskRecord): boolean {
  const { operation } = record;
  return operation !== null && !hasFailed(operation) && !isAbandoned(operation, locks.unrenewedMs(record));
}

interface Sighting {
  /** Changes with every renewal and with every other operation. */
  mark: string;
  /** When this process first saw the mark, and when it was last asked about it. */
  firstAtMs: number;
  lastAtMs: number;
}

/**
 * For how long this process has seen each lock unchanged, as client-go's leader election judges a lease: the times of
 * two machines are never compared, so a clock that is wrong neither makes a running operation look left nor one
 * that was left look alive. What is seen for the first time counts as fresh, however old it says it is.
 */
export class ObservedLocks {
  readonly #elapsedMs: () => number;
  readonly #isReachable: () => boolean;
  readonly #sightings = new Map<string, Sighting>();

  /** `elapsedMs` never jumps. While the API server is not reachable a record says nothing about its driver. */
  constructor(elapsedMs: () => number, isReachable: () => boolean) {
    this.#elapsedMs = elapsedMs;
    this.#isReachable = isReachable;
  }

  /** Milliseconds since the lock in this record was first seen as it is; 0 when there is none. */
  unrenewedMs({ spec, operation }: TaskRecord): number {
    const mark = operation && `${operation.holder} ${operation.startedAt} ${operation.renewedAt}`;
    return this.#unchangedMs(`${spec.namespace}/${spec.name}`, mark);
  }

  /** Milliseconds since the sign of life of a ramp's driver was first seen as it is; 0 when there is no ramp. */
  rampUnrenewedMs(record: TaskRecord): number {
    return this.#unchangedMs(`ramp ${record.spec.namespace}/${record.spec.name}`, signOfLife(record));
  }

  #unchangedMs(key: string, mark: string | null): number {
    if (mark === null) {
      this.#sightings.delete(key);
      return 0;
    }
    const now = this.#elapsedMs();
    const known = this.#sightings.get(key);
    if (known?.mark === mark && this.#isReachable()) {
      known.lastAtMs = now;
      return now - known.firstAtMs;
    }
    if (!known) this.#forgetOld(now);
    this.#sightings.set(key, { mark, firstAtMs: now, lastAtMs: now });
    return 0;
  }

  #forgetOld(now: number): void {
    for (const [key, { lastAtMs }] of this.#sightings) if (now - lastAtMs > forgetMs) this.#sightings.delete(key);
  }
}
