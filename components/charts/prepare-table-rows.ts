import type { MetricSide } from '@/lib/contract/metrics';
import type { PreparedMarker } from './prepare-markers';
import type { TimeChart } from './prepare-time-chart';

/** A line of a chart's table view: a measured step, a span without samples, or a change of the task. */
export type TableRow =
  | { kind: 'sample'; at: number; primary: number | null; mirror: number | null }
  | { kind: 'gap'; at: number; start: number; end: number }
  | { kind: 'change'; at: number; marker: PreparedMarker };

/**
 * The same content as the chart, newest first. Neighbouring steps in which no shown side was measured become one line
 * that names their times.
 */
export function prepareTableRows(
  chart: TimeChart,
  markers: readonly PreparedMarker[],
  shown: readonly MetricSide[],
): TableRow[] {
  const rows: TableRow[] = [];
  for (const row of chart.rows) {
    const measured = shown.some((side) => row[side] !== null);
    const previous = rows.at(-1);
    if (measured) rows.push({ kind: 'sample', ...row });
    else if (previous?.kind === 'gap') previous.end = row.at;
    else rows.push({ kind: 'gap', at: row.at, start: row.at, end: row.at });
  }
  const changes = markers.map((marker): TableRow => ({ kind: 'change', at: marker.at, marker }));
  return [...rows, ...changes].toSorted((left, right) => right.at - left.at);
}
