import type { TaskRecord, TaskSpec } from '@/lib/domain/task';
import { mayListPods } from '@/lib/server/metrics/chart-access';
import type { StopEvidence } from '@/lib/server/metrics/stop-evidence';
import type { TaskContext } from '../context';

/**
 * Evidence that the copies of a paused or finished task have stopped; null while it mirrors or something runs. Where
 * the mirror's workload went with them, nothing is left that could take one.
 */
export async function stopOf(context: TaskContext, record: TaskRecord): Promise<StopEvidence | null> {
  const { desired, spec, operation, keepsWorkload = false } = record;
  if (operation !== null || (desired !== 'paused' && desired !== 'finished')) return null;
  const stoppedAt = stopTime(record);
  const evidence = await evidenceOf(context, spec, stoppedAt);
  const isGone = desired === 'finished' && spec.target.created && !keepsWorkload;
  return isGone ? { lastCopyAt: evidence.lastCopyAt, confirmedAt: stoppedAt, reason: null } : evidence;
}

/** Requests are what pods do: their times are for who may list the pods, as in charts. */
async function evidenceOf(context: TaskContext, spec: TaskSpec, stoppedAt: string): Promise<StopEvidence> {
  const [allowed] = await mayListPods(context.cluster, [spec.namespace]);
  if (allowed) return context.stopOf(spec, stoppedAt);
  const reason = { code: 'stop_forbidden', params: { namespace: spec.namespace } };
  return { lastCopyAt: null, confirmedAt: null, reason };
}

/** The operation that took the entries out ends when every proxy knows it. */
function stopTime({ activity, desiredSince }: TaskRecord): string {
  const ended = activity.findLast(({ verb, outcome }) => (verb === 'pause' || verb === 'finish') && outcome === 'done');
  return ended?.at ?? desiredSince;
}
