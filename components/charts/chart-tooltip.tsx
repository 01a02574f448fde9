import type { MetricName, MetricSide } from '@/lib/contract/metrics';
import { formatAgainstLive, formatMetric, type SideNames } from './chart-format';
import type { ChartRow } from './prepare-time-chart';

/** The values of one step beside the cursor; announced when the arrow keys move it. */
export function ChartTooltip(props: {
  row: ChartRow;
  metric: MetricName;
  unit: string;
  names: SideNames;
  shown: readonly MetricSide[];
  time: string;
  noData: string;
  change: string | null;
  language: string;
}) {
  const { row, metric, language } = props;
  const against = props.shown.length > 1 ? formatAgainstLive(metric, row.primary, row.mirror, language) : null;
  return (
    <output className="tooltip block whitespace-nowrap">
      <div className="font-semibold">{props.time}</div>
      {props.shown.map((side) => (
        <div key={side}>
          {props.names[side]}{' '}
          {row[side] === null ? props.noData : `${formatMetric(metric, row[side], language)} ${props.unit}`}
          {side === 'mirror' && against ? ` · ${against}` : ''}
        </div>
      ))}
      {props.change ? <div className="text-on-block-2">{props.change}</div> : null}
    </output>
  );
}
