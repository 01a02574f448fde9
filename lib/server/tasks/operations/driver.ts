import type { MessageRef } from '@/lib/domain/message';
import type { KubeObject, VirtualService } from '@/lib/domain/kubernetes';
import type {
  ActivityEntry,
  StepProgress,
  TargetReport,
  TaskRecord,
  TaskReport,
  TaskSpec,
  TaskVerb,
} from '@/lib/domain/task';
import { countedClonesBefore } from '@/lib/domain/counted-clones';
import { entriesAnew } from '@/lib/domain/entries-anew';
import { withStepBegun } from '@/lib/domain/ramp';
import { withoutLeaving } from '@/lib/domain/reselect';
import { afterRetargeting, leavingOf, rivalsStep } from '@/lib/domain/retarget';
import { isAwaited, putsIn, stepTextKey } from '@/lib/domain/steps';
import { eachTarget, percentagesOf, sharesOf } from '@/lib/domain/targets';
import { isClusterError } from '@/lib/server/cluster/cluster-error';
import { log } from '@/lib/server/log';
import { isStopping } from '@/lib/server/streams';
import { delay, isoNow, type RunningOperation, type TaskContext } from '../context';
import { mayListPods } from '@/lib/server/metrics/chart-access';
import { deleteRecord, owningUid, type StoredRecord } from '../record-store';
import { routesIn } from '../planning/routes-today';
import { LiveObjects } from '../view/live-objects';
import { withoutFigures } from '../view/report-view';
import { Journal } from './journal';
import { assertNoObstacle } from './rival';
import { OperationEnded, reasonOf, StepFailure } from './step-failure';
import { settle, waitUntilAllGone, waitUntilGone, waitUntilLanded, waitUntilReady } from './wait-step';
import { retried, retryBoundMs, runWriteStep } from './write-step';

const deleteRetryMs = 1_000;

export interface DriveOptions {
  /** The spec was read from a record that others may have edited, not planned by this process just now. */
  isFromRecord: boolean;
}

/** Drives the operation that stands in a record which this process has just written, in the background. */
export function drive(context: TaskContext, stored: StoredRecord, options: DriveOptions): RunningOperation {
  const { namespace, name } = stored.record.spec;
  const key = `${namespace}/${name}`;
  const abort = new AbortController();
  const journal = new Journal(context, stored, () => abort.abort());
  const ended = new OperationDriver(context, journal, abort.signal, options)
    .run()
    .catch((error: unknown) => log.error({ err: error, task: key }, 'an operation could not write its journal'))
    .finally(() => {
      journal.close();
      if (context.running.get(key) === running) context.running.delete(key);
    });
  const running: RunningOperation = { cancel: () => abort.abort(), ended };
  context.running.set(key, running);
  // The process was told to stop while the record was being written.
  if (isStopping()) running.cancel();
  return running;
}

class OperationDriver {
  readonly #context: TaskContext;
  readonly #journal: Journal;
  readonly #signal: AbortSignal;
  readonly #options: DriveOptions;
  /** Something was written that no settle step has waited for yet. */
  #unsettled = false;
  #index = 0;

  constructor(context: TaskContext, journal: Journal, signal: AbortSignal, options: DriveOptions) {
    this.#options = options;
    this.#context = context;
    this.#journal = journal;
    this.#signal = signal;
  }

  async run(): Promise<void> {
    try {
      const { steps } = this.#journal.operation;
      for (const [index, step] of steps.entries()) {
        this.#index = index;
        if (isRecordRemoval(step)) return await this.#removeRecord(index);
        if (isRecordCreation(step)) await this.#begin(index, step);
        else if (await this.#runStep(index, step)) await this.#journal.stepDone(index);
      }
      await this.#journal.finished((record) => afterOperation(record, isoNow(this.#context.clock)));
    } catch (error) {
      await this.#stopAfter(error);
    }
  }

  /** From here on there may be more to undo than the record. */
  async #begin(index: number, { state }: StepProgress): Promise<void> {
    if (this.#signal.aborted) throw new OperationEnded('cancelled');
    if (state === 'done') return;
    await this.#journal.begun(index, await assertNoObstacle(this.#context.cluster, this.#journal.record.spec));
  }

  /** False when the step needed nothing: it was done before. */
  async #runStep(index: number, step: StepProgress): Promise<boolean> {
    if (this.#signal.aborted) throw new OperationEnded('cancelled');
    const context = this.#context;
    const { spec } = this.#journal.record;
    const signal = this.#signal;
    const report = (message: MessageRef | null) => this.#journal.waiting(index, message);
    if (step.verb === 'settle') {
      if (step.state === 'done' && !this.#unsettled) return false;
      await settle({ context, signal, report });
      this.#unsettled = false;
      return true;
    }
    if (step.state === 'done') return false;
    if (step.id === 'report') {
      await this.#freezeReport();
      return true;
    }
    if (isAwaited(step)) {
      const specFor = (live: KubeObject | null) => (putsIn(step) ? this.#entriesBy(live) : Promise.resolve(spec));
      await waitUntilLanded({ context, spec, step, signal, report, specFor });
      // Somebody wrote: the proxies do not have it before they were waited for, whatever was settled before.
      this.#unsettled = true;
      return true;
    }
    if (step.id === rivalsStep) {
      await assertNoObstacle(context.cluster, spec);
      return true;
    }
    if (step.verb === 'wait') {
      const wait = stepTextKey(step.id) === 'gone' ? waitUntilGone : waitUntilReady;
      await wait({ context, spec, step, signal, report });
      return true;
    }
    // A pod that came or was let go after the wait for its end must not be reached by what goes now.
    if (shieldsClients(step)) await waitUntilAllGone({ context, spec: leavingOf(spec), step, signal, report });
    const assertHeld = () => this.#journal.assertHeld();
    const tell = (message: MessageRef) => void report(message).catch(() => {});
    const wrote = await runWriteStep({
      context,
      spec,
      step,
      recordUid: owningUid(this.#journal.stored),
      workloads: this.#journal.operation.workloads ?? [],
      signal,
      report: tell,
      assertHeld,
      ...(putsIn(step) && { specFor: (live) => this.#entriesBy(live) }),
      ...this.#options,
    });
    this.#unsettled ||= wrote;
    return true;
  }

  /** What other tasks have put into the object since the task was planned is narrowed by it in turn. */
  async #entriesBy(live: KubeObject | null): Promise<TaskSpec> {
    const { spec } = this.#journal.record;
    if (live === null) return spec;
    const routes = await routesIn(this.#context.cluster, spec, [live as VirtualService]);
    if (!routes) return spec;
    const entries = entriesAnew(spec, routes);
    if (entries.length === spec.entries.length) return spec;
    await this.#journal.planned(entries);
    return this.#journal.record.spec;
  }

  /** Figures that cannot be had are said to be missing; a task is finished without them. */
  async #freezeReport(): Promise<void> {
    const { spec, report } = this.#journal.record;
    if (!report) return;
    const [allowed] = await mayListPods(this.#context.cluster, [spec.namespace]);
    const { cluster } = this.#context;
    const { otherPorts, virtualServices } = await new LiveObjects(cluster).of(spec);
    const routes = await routesIn(cluster, spec, virtualServices);
    const [first, ...others] = eachTarget(spec);
    const freeze = (part: TaskSpec, one: TaskReport) => {
      const clones = routes && countedClonesBefore(part, routes);
      return allowed ? this.#context.reportOf(part, one, { otherPorts, clones }) : withoutFigures(one, spec);
    };
    const { others: parts = [], ...own } = report;
    const rest = others.map(async (part): Promise<TargetReport[]> => {
      const found = parts.find(({ target }) => target === part.targets[0].id);
      if (!found) return [];
      const { percentage, figures, reason } = await freeze(part, { ...own, ...found });
      return [{ target: found.target, percentage, figures, reason }];
    });
    const frozen = await freeze(first ?? spec, own);
    await this.#journal.reported(others.length > 0 ? { ...frozen, others: (await Promise.all(rest)).flat() } : frozen);
  }

  /** The last step of delete and rollback: with the record the journal ends too. */
  async #removeRecord(index: number): Promise<void> {
    const { clock, cluster } = this.#context;
    const startedAt = isoNow(clock);
    const deadline = clock.now() + retryBoundMs;
    for (;;) {
      if (this.#signal.aborted) throw new OperationEnded('cancelled');
      await this.#journal.assertHeld();
      try {
        await deleteRecord(cluster, this.#journal.stored);
        return;
      } catch (error) {
        if (!isClusterError(error) || !error.isTransient || clock.now() >= deadline) throw error;
        void this.#journal.waiting(index, retried(error, startedAt)).catch(() => {});
        await delay(clock, deleteRetryMs, this.#signal);
      }
    }
  }

  async #stopAfter(error: unknown): Promise<void> {
    if (this.#journal.isLost) return;
    if (error instanceof OperationEnded) {
      await this.#journal.release();
      return;
    }
    if (!(error instanceof StepFailure) && !isClusterError(error)) log.error({ err: error }, 'a step failed');
    const { verb, startedBy, steps } = this.#journal.operation;
    const reason = reasonOf(error, steps[this.#index]?.object ?? null);
    const at = isoNow(this.#context.clock);
    await this.#journal.failed(this.#index, reason, {
      at,
      by: startedBy,
      verb,
      outcome: 'failed',
      detail: reason,
      ...sharesOf(this.#journal.record.spec),
    });
  }
}

function isRecordCreation({ id, verb }: StepProgress): boolean {
  return id === 'record' && verb === 'create';
}

function isRecordRemoval({ id, verb }: StepProgress): boolean {
  return id === 'record' && verb === 'delete';
}

/** True for a step that takes out what keeps live requests away from the mirror. */
function shieldsClients({ id }: StepProgress): boolean {
  return ['unpin', 'remove-subsets'].includes(stepTextKey(id));
}

/** What an operation leaves in the record when all of its steps are done. */
function afterOperation(before: TaskRecord, now: string): TaskRecord {
  const { operation } = before;
  if (!operation) return before;
  const record = afterRetargeting(before);
  // A change without steps says something of the ramp and of nothing that is copied.
  const isRecordOnly = operation.verb === 'change' && operation.steps.length === 0;
  const startsCopies = !isRecordOnly && ['create', 'change', 'resume', 'restore', 'adopt'].includes(operation.verb);
  const begins = startsCopies && record.desired === 'mirroring';
  const entry: ActivityEntry = {
    at: now,
    by: operation.startedBy,
    verb: operation.verb satisfies TaskVerb,
    outcome: 'done',
    detail: null,
    ...sharesOf(record.spec),
  };
  return {
    ...(begins ? withStepBegun(record, now) : record),
    spec: withoutLeaving(record.spec),
    ...(begins ? { percentageSince: now, mirroredPercentages: percentagesOf(record.spec) } : {}),
    activity: [...record.activity, entry],
  };
}
