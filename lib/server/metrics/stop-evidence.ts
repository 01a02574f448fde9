import type { MessageRef } from '@/lib/domain/message';
import { externalTargetOf, targetText, workloadOf } from '@/lib/domain/targets';
import type { TaskSpec } from '@/lib/domain/task';
import { configuredMatcher, getPrometheus } from './get-prometheus';
import type { Prometheus, RangeValues } from './prometheus';
import { isPrometheusError, PrometheusError } from './prometheus-error';
import { requestTotals, type WorkloadSet } from './promql';
import { sidesOf } from './sides';

/** `TaskStop` of the contract before its reason is put into words. */
export interface StopEvidence {
  /** ISO time of the last copy that was counted, to within a scrape; null when none was seen. */
  lastCopyAt: string | null;
  /** ISO time since which the count is known to stand still; null while that cannot be said. */
  confirmedAt: string | null;
  reason: MessageRef | null;
}

export interface StopOptions {
  prometheus: Prometheus | null;
  matcher: string | null;
}

/** How far back the last copy is looked for. */
const lookBackSeconds = 600;
/** Scrapes over which no copy may have been counted. */
const quietScrapes = 3;

/** `measureStop` with this process' Prometheus. */
export function readStop(spec: TaskSpec, stoppedAt: string, nowMs: number): Promise<StopEvidence> {
  return measureStop(spec, stoppedAt, nowMs, { prometheus: getPrometheus(), matcher: configuredMatcher() });
}

/**
 * Whether copies have stopped, by the count of the mirror's own sidecars: it must be there and stand still.
 * `stoppedAt` (ISO): when every proxy had the change. Never rejects for want of metrics.
 */
export async function measureStop(
  spec: TaskSpec,
  stoppedAt: string,
  nowMs: number,
  options: StopOptions,
): Promise<StopEvidence> {
  const { mirror, mirrorIsAlone } = sidesOf(spec);
  if (!mirror || !mirrorIsAlone) {
    // What arrives there is its own clients' too, or nobody in the mesh counts it.
    const code = externalTargetOf(spec) ? 'stop_external' : 'stop_own_traffic';
    return { lastCopyAt: null, ...untold({ code, params: { target: targetText(spec) } }) };
  }
  try {
    return await measure(workloadOf(spec), mirror, stoppedAt, nowMs, options);
  } catch (error) {
    if (isPrometheusError(error)) return { lastCopyAt: null, ...untold(error.toMessageRef()) };
    throw error;
  }
}

async function measure(
  workload: string,
  mirror: WorkloadSet,
  stoppedAt: string,
  nowMs: number,
  { prometheus, matcher }: StopOptions,
): Promise<StopEvidence> {
  if (!prometheus) throw new PrometheusError('not_configured');
  const stepSeconds = await prometheus.scrapeIntervalSeconds();
  const align = (ms: number) => Math.floor(ms / 1000 / stepSeconds) * stepSeconds;
  // The scrape under way and the next one may still bring what came before.
  const quietFrom = align(Date.parse(stoppedAt)) + 2 * stepSeconds;
  const quietUntil = quietFrom + quietScrapes * stepSeconds;
  const end = Math.min(align(nowMs), quietUntil);
  const grid = { start: quietFrom - Math.ceil(lookBackSeconds / stepSeconds) * stepSeconds, end, stepSeconds };
  const series = await prometheus.queryRange(requestTotals(mirror, matcher), grid);
  const rises = series.flatMap(({ points }) => risesOf(points));
  const last = rises.length === 0 ? null : Math.max(...rises);
  const lastCopyAt = last === null ? null : new Date(last * 1000).toISOString();
  if (last !== null && last > quietFrom)
    return { lastCopyAt, ...untold({ code: 'stop_still_arriving', params: { workload } }) };
  if (end < quietUntil) {
    const seconds = Math.max(1, Math.ceil(quietUntil + stepSeconds - nowMs / 1000));
    return { lastCopyAt, ...untold({ code: 'stop_settling', params: { seconds } }) };
  }
  const isCounted = ({ points }: RangeValues) => points.slice(-quietScrapes).every(([, value]) => value !== null);
  if (series.length === 0 || !series.every(isCounted)) {
    return { lastCopyAt, ...untold({ code: 'stop_unseen', params: { workload } }) };
  }
  return { lastCopyAt, confirmedAt: new Date(quietFrom * 1000).toISOString(), reason: null };
}

/** When a counter grew, in Unix seconds; by how much it had grown before it was first seen is not known. */
function risesOf(points: readonly (readonly [number, number | null])[]): number[] {
  let known: number | null = null;
  return points.flatMap(([time, value]) => {
    if (value === null) return [];
    const grew = known !== null && value > known;
    known = value;
    return grew ? [time] : [];
  });
}

function untold(reason: MessageRef): Pick<StopEvidence, 'confirmedAt' | 'reason'> {
  return { confirmedAt: null, reason };
}
