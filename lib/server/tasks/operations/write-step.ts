import { editFor, isHeldToPlan, movesPods, type Edit } from '@/lib/domain/edit';
import type { KubeObject } from '@/lib/domain/kubernetes';
import { stepTextKey } from '@/lib/domain/steps';
import type { MessageRef } from '@/lib/domain/message';
import type { Step, TaskSpec, TargetWorkloadChange } from '@/lib/domain/task';
import type { Cluster } from '@/lib/server/cluster/cluster';
import { ClusterError, isClusterError } from '@/lib/server/cluster/cluster-error';
import { isKind } from '@/lib/server/cluster/kinds';
import { delay, isoNow, type TaskContext } from '../context';
import { planTaskAnew } from '../planning/plan-anew';
import { readEverywhere } from '../planning/readable';
import { readStanding } from '../view/read-standing';
import { OperationEnded, StepFailure } from './step-failure';

/** How long a step keeps planning again after conflicts and outages before it fails. */
export const retryBoundMs = 120_000;
/** A request to the API server that had no answer for so long takes effect no more: its own bound is 35 s. */
const answerBoundMs = 40_000;
const backoffMinMs = 200;
const backoffMaxMs = 5_000;

export interface WriteStep {
  context: TaskContext;
  spec: TaskSpec;
  step: Step;
  /** As `EditContext`'s. */
  recordUid: string | null;
  /** What the running change makes of the Deployments of new versions. */
  workloads: readonly TargetWorkloadChange[];
  /** The spec was read from a record that others may have edited, not planned by this process just now. */
  isFromRecord: boolean;
  signal: AbortSignal;
  /** The spec by the object as it stands, noted in the record before anything of it is written; absent: `spec`. */
  specFor?: (live: KubeObject | null) => Promise<TaskSpec>;
  /** Tells the operator what is tried again; what cannot be told now delays nothing. */
  report(message: MessageRef): void;
  /** Called before each write; throws when the lock is not ours any more. */
  assertHeld(): Promise<void>;
}

/**
 * Brings one object to where the step wants it: reads it, plans on what it read, writes with that very version as
 * precondition. On a conflict, or when the outcome of a write is unknown, it reads and plans again, so a foreign
 * edit is never overwritten and a write is never made twice. True when it may have written, false when there was
 * nothing to do.
 *
 * A write that got no answer may still take effect. Who cancels or takes back what is left of this operation must not
 * find nothing to undo and then have it land: so the step neither stops nor fails before a further look or write (a
 * changed resourceVersion, which the first one does not carry) has settled what became of it, or it is too old to land.
 */
export async function runWriteStep(work: WriteStep): Promise<boolean> {
  const { clock, cluster } = work.context;
  const startedAt = isoNow(clock);
  const deadline = clock.now() + retryBoundMs;
  let wrote = false;
  /** Until then a write that got no answer may still land. */
  let openUntil = -Infinity;
  /** Why that one got none, or no clear one. */
  let unanswered: ClusterError | null = null;
  const isOpen = () => clock.now() < openUntil;
  const assertWanted = () => {
    if (work.signal.aborted && !isOpen()) throw new OperationEnded('cancelled');
  };
  for (let attempt = 0; ; attempt++) {
    assertWanted();
    let isSent = false;
    try {
      const edit = await planEdit(work);
      if (edit.kind === 'none') return wrote;
      if (edit.kind === 'blocked') throw new StepFailure(edit.reason);
      // No further one is begun, which could land in its turn: what became of the last is all that is waited for.
      if (unanswered && clock.now() >= deadline) throw unanswered;
      await work.assertHeld();
      assertWanted();
      wrote = true;
      isSent = true;
      await applyEdit(cluster, work.step, edit);
      // What was to be deleted and is handed over to its owner instead takes a second write: see `released`.
      if (edit.kind === 'update' && work.step.verb === 'delete') continue;
      return true;
    } catch (error) {
      if (error instanceof OperationEnded) throw error;
      const isFinal = !isWorthRetrying(error) || clock.now() >= deadline;
      if (isFinal && !isOpen()) throw error;
      // One conflict is nothing to tell.
      if (attempt > 0 && isClusterError(error)) work.report(retried(error, startedAt));
      const ceiling = Math.min(backoffMaxMs, backoffMinMs * 2 ** Math.min(attempt, 10));
      if (isClusterError(error, 'conflict')) {
        // The object has moved on: what was sent before carries a version that is no longer taken.
        openUntil = -Infinity;
        unanswered = null;
      } else if (isSent && isClusterError(error) && error.isTransient) {
        openUntil = clock.now() + answerBoundMs;
        unanswered = error;
      }
      await delay(clock, ceiling * (0.5 + Math.random() / 2), isOpen() ? new AbortController().signal : work.signal);
    }
  }
}

/** What the step would do to the object as it stands now. */
async function planEdit(work: WriteStep): Promise<Edit> {
  const { context, step, recordUid, isFromRecord, workloads } = work;
  const { kind, namespace, name } = objectOf(step);
  const live: KubeObject | null = await context.cluster.get(kind, namespace, name);
  const spec = work.specFor ? await work.specFor(live) : work.spec;
  // Before something is removed: who else routes to it?
  const routing = removes(step) ? (await readEverywhere(context.cluster, 'VirtualService')).items : null;
  const isHeld = isFromRecord && isHeldToPlan(step, spec);
  const standing = movesPods(step) ? await readStanding(context.cluster, spec) : null;
  return editFor(step, spec, live, {
    recordUid,
    workloads,
    ...(routing ? { virtualServices: routing } : {}),
    ...(standing ? { standing } : {}),
    ...(isHeld ? { planned: (await planTaskAnew(context, spec)).spec } : {}),
  });
}

async function applyEdit(
  cluster: Cluster,
  step: Step,
  edit: Exclude<Edit, { kind: 'none' | 'blocked' }>,
): Promise<void> {
  switch (edit.kind) {
    case 'create':
      await cluster.create(edit.object);
      return;
    case 'update':
      await cluster.update(edit.object);
      return;
    case 'delete': {
      const { kind, namespace, name } = objectOf(step);
      const { uid, resourceVersion } = edit;
      await cluster.delete({ kind, namespace, name, uid, ...(resourceVersion ? { resourceVersion } : {}) });
    }
  }
}

function removes({ id }: Step): boolean {
  return stepTextKey(id).startsWith('remove-');
}

function objectOf(step: Step) {
  if (!step.object || !isKind(step.object.kind)) throw new ClusterError('invalid', `step ${step.id} names no object`);
  return { ...step.object, kind: step.object.kind };
}

/** What is tried again, and since when (ISO). */
export function retried(error: ClusterError, since: string): MessageRef {
  const code = isClusterError(error, 'conflict', 'alreadyExists') ? 'retrying_conflict' : 'retrying_write';
  return { code, params: { since, message: error.message } };
}

function isWorthRetrying(error: unknown): error is ClusterError {
  return isClusterError(error) && (error.isTransient || isClusterError(error, 'conflict', 'alreadyExists', 'notFound'));
}
