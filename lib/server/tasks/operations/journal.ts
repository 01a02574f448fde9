import type { MessageRef } from '@/lib/domain/message';
import type { ActivityEntry, Operation, StepProgress, TaskRecord, TaskReport, TaskSpec } from '@/lib/domain/task';
import { operationStaleMs } from '@/lib/domain/state';
import { sameJson } from '@/lib/domain/structure';
import { isClusterError } from '@/lib/server/cluster/cluster-error';
import { delay, isoNow, type TaskContext } from '../context';
import { readRecord, replaceRecord, type StoredRecord } from '../record-store';
import { renewIntervalMs } from './lock';
import { OperationEnded } from './step-failure';

const retryMs = 500;

/** What a step is waiting for. */
interface Told {
  index: number;
  message: MessageRef | null;
}

/**
 * The record of a task while this process drives its operation: keeps the lock alive and writes each step's
 * outcome down before the next one starts. All writes go one after the other.
 */
export class Journal {
  readonly #context: TaskContext;
  readonly #stopDriving: () => void;
  #stored: StoredRecord;
  #writtenAt: number;
  #isLost = false;
  #queue: Promise<unknown> = Promise.resolve();
  #toTell: Told | null = null;
  #isTelling = false;
  /** Writes that are queued or on their way. */
  #underWay = 0;
  #stopRenewing: () => void = () => {};

  constructor(context: TaskContext, stored: StoredRecord, stopDriving: () => void) {
    this.#context = context;
    this.#stored = stored;
    this.#stopDriving = stopDriving;
    this.#writtenAt = context.clock.now();
    this.#scheduleRenewal();
  }

  get stored(): StoredRecord {
    return this.#stored;
  }

  get record(): TaskRecord {
    return this.#stored.record;
  }

  /** True once somebody else took the lock or removed the record: nothing may be written any more. */
  get isLost(): boolean {
    return this.#isLost;
  }

  get operation(): Operation {
    const { operation } = this.#stored.record;
    if (!operation) throw new OperationEnded('the operation is over');
    return operation;
  }

  /** Before a write to the cluster: makes sure that no other replica could have taken the lock by now. */
  async assertHeld(): Promise<void> {
    if (this.#isLost) throw new OperationEnded('the lock is lost');
    if (this.#context.clock.now() - this.#writtenAt > operationStaleMs / 2) await this.#renew();
  }

  /**
   * Writes down what a step is waiting for; nothing when it already says so. While the server takes nothing only the
   * latest is kept.
   */
  async waiting(index: number, message: MessageRef | null): Promise<void> {
    this.#toTell = { index, message };
    if (this.#isTelling) return;
    this.#isTelling = true;
    try {
      for (let next: Told | null = this.#toTell; next !== null; next = this.#toTell) {
        this.#toTell = null;
        // One after the other: each has the latest by then.
        // oxlint-disable-next-line no-await-in-loop -- see above
        await this.#tell(next);
      }
    } finally {
      this.#isTelling = false;
    }
  }

  async #tell({ index, message }: Told): Promise<void> {
    const step = this.operation.steps[index];
    if (step?.state !== 'pending' || sameJson(step.message, message)) return;
    await this.#change((record) => withStep(record, index, { message }));
  }

  async stepDone(index: number): Promise<void> {
    await this.#change((record) => withStep(record, index, { state: 'done', message: null }));
  }

  /**
   * Writes down, in one, that the creation's first step is done, that from here on there may be more to undo, and what
   * could not be looked at (null: nothing).
   */
  async begun(index: number, unread: MessageRef | null): Promise<void> {
    await this.#change((record) => ({
      ...withStep(record, index, { state: 'done', message: null }),
      begun: true,
      ...(unread && { activity: withDetail(record.activity, unread) }),
    }));
  }

  /** Writes down what entries the task has by now, before anything of them is written. */
  async planned(entries: TaskSpec['entries']): Promise<void> {
    await this.#change((record) => ({ ...record, spec: { ...record.spec, entries } }));
  }

  /** Writes the figures of a finished task down. */
  async reported(report: TaskReport): Promise<void> {
    await this.#change((record) => ({ ...record, report }));
  }

  /** Writes down that a step failed, which gives up the lock: the task is Incomplete from then on. */
  async failed(index: number, message: MessageRef, activity: ActivityEntry): Promise<void> {
    this.#stopRenewing();
    await this.#change((record) => ({
      ...withStep(record, index, { state: 'failed', message }),
      activity: [...record.activity, activity],
    }));
  }

  /** Writes down that all steps are done and gives up the lock. */
  async finished(change: (record: TaskRecord) => TaskRecord): Promise<void> {
    this.#stopRenewing();
    await this.#change((record) => ({ ...change(record), operation: null }));
  }

  /** Gives up the lock without an outcome: whoever asked this driver to stop takes over at once. */
  async release(): Promise<void> {
    this.#stopRenewing();
    await this.#change(released);
  }

  close(): void {
    this.#stopRenewing();
  }

  #scheduleRenewal(): void {
    this.#stopRenewing = this.#context.clock.after(renewIntervalMs, () => {
      this.#scheduleRenewal();
      // Every write renews the lock. Where one takes longer than the interval, renewals would pile up behind it.
      if (this.#underWay > 0) return;
      // A failed renewal is tried again by the next one; after 30 s without, the lock is anybody's.
      this.#renew().catch(() => {});
    });
  }

  #renew(): Promise<void> {
    return this.#change((record) => record);
  }

  #change(change: (record: TaskRecord) => TaskRecord): Promise<void> {
    this.#underWay += 1;
    const written = this.#queue.then(() => this.#write(change)).finally(() => (this.#underWay -= 1));
    this.#queue = written.catch(() => {});
    return written;
  }

  async #write(change: (record: TaskRecord) => TaskRecord): Promise<void> {
    const { cluster, clock } = this.#context;
    const deadline = clock.now() + operationStaleMs;
    for (;;) {
      const wanted = touched(change(this.record), isoNow(clock));
      try {
        this.#stored = await replaceRecord(cluster, this.#stored, wanted);
        this.#writtenAt = clock.now();
        return;
      } catch (error) {
        const overtaken = isClusterError(error, 'conflict', 'notFound');
        if (!overtaken) {
          if (!isClusterError(error) || !error.isTransient || clock.now() > deadline) throw error;
          await delay(clock, retryMs, new AbortController().signal);
        }
        if (await this.#isWritten(wanted)) return;
      }
    }
  }

  /**
   * After a write whose outcome is not known or that was overtaken: reads what stands in the record now. True when
   * that is what was to be written; throws when the lock is somebody else's.
   */
  async #isWritten(wanted: TaskRecord): Promise<boolean> {
    const { namespace, name } = this.record.spec;
    const { holder, startedAt } = this.operation;
    let now;
    try {
      now = await readRecord(this.#context.cluster, namespace, name);
    } catch (error) {
      if (isClusterError(error) && error.isTransient) return false;
      throw error;
    }
    const operation = now?.record.operation;
    const ours = now?.uid === this.#stored.uid;
    if (now && ours && sameJson(now.record, wanted)) {
      this.#stored = now;
      return true;
    }
    if (!now || !ours || operation?.holder !== holder || operation.startedAt !== startedAt) {
      this.#stopRenewing();
      this.#isLost = true;
      this.#stopDriving();
      throw new OperationEnded('the lock is lost');
    }
    // Whoever edits a record by hand while it is driven does not change what is driven; only a request to stop counts.
    this.#stored = { ...now, record: asked(this.record, operation.cancelRequestedBy) };
    if (operation.cancelRequestedBy) this.#stopDriving();
    return false;
  }
}

function touched(record: TaskRecord, renewedAt: string): TaskRecord {
  return record.operation ? { ...record, operation: { ...record.operation, renewedAt } } : record;
}

function released(record: TaskRecord): TaskRecord {
  return record.operation ? { ...record, operation: { ...record.operation, released: true } } : record;
}

function asked(record: TaskRecord, cancelRequestedBy: string | null | undefined): TaskRecord {
  if (!record.operation || !cancelRequestedBy) return record;
  return { ...record, operation: { ...record.operation, cancelRequestedBy } };
}

/** The last entry, which says that the operation was begun, with what there is to tell of it. */
function withDetail(activity: readonly ActivityEntry[], detail: MessageRef): ActivityEntry[] {
  return activity.map((entry, index) => (index === activity.length - 1 ? { ...entry, detail } : entry));
}

function withStep(record: TaskRecord, index: number, change: Partial<StepProgress>): TaskRecord {
  if (!record.operation) return record;
  const steps = record.operation.steps.map((step, at) => (at === index ? { ...step, ...change } : step));
  return { ...record, operation: { ...record.operation, steps } };
}
