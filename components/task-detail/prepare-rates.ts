import type { MetricSide, TaskMetrics } from '@/lib/contract/metrics';

/**
 * A side's request rate now: the newest measured step, or the one before it while the newest is on its way. Null when
 * neither was measured: an older value is not the current one.
 */
export function currentRate(metrics: TaskMetrics | undefined, side: MetricSide): number | null {
  const points = metrics?.series.find((series) => series.metric === 'rate' && series.side === side)?.points ?? [];
  const recent = points.filter(([at]) => at > (metrics?.end ?? 0) - 2 * (metrics?.stepSeconds ?? 0));
  return recent.findLast(([, value]) => value !== null)?.[1] ?? null;
}
