import type { MetricName, MetricSide } from '@/lib/contract/metrics';
import { dash, formatDifference, formatRate, formatShare, formatTime } from '@/lib/format/format';

/** Name of a side with its version, e.g. `Live v1`. */
export type SideNames = Record<MetricSide, string>;

/** A metric's value without its unit (the unit stands in the chart's title); a dash when it was not measured. */
export function formatMetric(metric: MetricName, value: number | null, language: string): string {
  if (value === null) return dash;
  if (metric === 'success') return formatDecimals(floorTo(value, 2), 2, language);
  if (metric === 'latency') return formatDecimals(value, value < 10 ? 1 : 0, language);
  return formatRate(value, language);
}

/** Mirror minus live with its sign and unit, or the mirror's share of live for rates; null without both values. */
export function formatAgainstLive(
  metric: MetricName,
  primary: number | null,
  mirror: number | null,
  language: string,
): string | null {
  if (primary === null || mirror === null) return null;
  if (metric === 'success') return formatDifference(mirror - primary, 'percentage_points', language);
  if (metric === 'latency') return formatDifference(mirror - primary, 'milliseconds', language);
  return primary > 0 ? formatShare(mirror / primary, language) : null;
}

/** Number with exactly `decimals` digits after the point, thousands apart. */
export function formatDecimals(value: number, decimals: number, language: string): string {
  return value.toLocaleString(language, { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
}

/** `14:25`, with the day in front when it is not the day of `end`; both unix seconds. */
export function formatChartTime(at: number, end: number, seconds = false): string {
  return formatTime(new Date(at * 1000).toISOString(), end * 1000, seconds);
}

/** 99.996 is not 100.00: a failure stays visible. */
function floorTo(value: number, decimals: number): number {
  const factor = 10 ** decimals;
  return Math.floor(value * factor + 1e-9) / factor;
}
