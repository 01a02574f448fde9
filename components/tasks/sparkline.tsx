import type { MetricSeries } from '@/lib/contract/metrics';
import { prepareSparkline } from './prepare-sparkline';

const width = 104;
const height = 34;

/** Live and mirrored request rate of the last half hour. The numbers beside it are the text version. */
export function Sparkline({ series, label }: { series: readonly MetricSeries[]; label: string }) {
  const line = prepareSparkline(series, width, height);
  return (
    <svg className="spark" viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" role="img" aria-label={label}>
      {line?.gaps.map((gap) => (
        <rect key={gap.x} x={gap.x} y={0} width={gap.width} height={height - 0.5} fill="var(--gap)" />
      ))}
      <path d={`M0 ${height - 0.5}H${width}`} stroke="var(--line-2)" />
      {line?.sides.map(({ side, path }) => (
        <path
          key={side}
          d={path}
          fill="none"
          stroke={side === 'primary' ? 'var(--live)' : 'var(--mirror)'}
          strokeWidth={1.6}
          strokeDasharray={side === 'mirror' ? '4 2.5' : undefined}
          strokeLinecap="round"
          strokeLinejoin="round"
          vectorEffect="non-scaling-stroke"
        />
      ))}
    </svg>
  );
}
