import { DefaultZIndexes, usePlotArea, useXAxisScale, useYAxisScale, ZIndexLayer } from 'recharts';
import { estimateTextWidth, type PlacedFlag } from './prepare-markers';
import type { ChartGap, TimeChart } from './prepare-time-chart';
import { sideLook } from './side-look';

/** Shades the spans without samples and says so where there is room; the table view says it everywhere. */
export function PlotGaps({ gaps, format }: { gaps: readonly ChartGap[]; format: (gap: ChartGap) => string }) {
  const plot = usePlotArea();
  const scale = useXAxisScale();
  if (!plot || !scale) return null;
  return gaps.map((gap) => {
    const left = Number(scale(gap.start));
    const width = Number(scale(gap.end)) - left;
    // While the chart is being set up its scale has no range yet.
    if (!Number.isFinite(width)) return null;
    const text = format(gap);
    const textWidth = estimateTextWidth(text);
    const [x, y] = [left + width / 2, plot.y + plot.height / 2];
    return (
      <g key={`${gap.start} ${gap.sides.join(' ')}`} className="chart-gap" opacity={gap.sides.length > 1 ? 1 : 0.75}>
        <rect x={left} y={plot.y} width={width} height={plot.height} fill="var(--gap)" />
        <path
          d={`M${left} ${plot.y}v${plot.height}M${left + width} ${plot.y}v${plot.height}`}
          stroke="var(--gap-line)"
        />
        {textWidth < width ? (
          <text x={x} y={y} textAnchor="middle" fontSize={11} fill="var(--axis)">
            {text}
          </text>
        ) : width >= 15 && textWidth <= plot.height ? (
          <text transform={`translate(${x + 4} ${y}) rotate(-90)`} textAnchor="middle" fontSize={11} fill="var(--axis)">
            {text}
          </text>
        ) : null}
      </g>
    );
  });
}

/** A vertical line and a flag for each change of the task. */
export function PlotMarkers({
  flags,
  rows,
  rowHeight,
}: {
  flags: readonly PlacedFlag[];
  rows: number;
  rowHeight: number;
}) {
  const plot = usePlotArea();
  if (!plot || flags.length === 0) return null;
  const top = plot.y - rows * rowHeight;
  return (
    <ZIndexLayer zIndex={DefaultZIndexes.axis}>
      {flags.map((flag, index) => {
        const flagTop = flag.row === null ? plot.y : top + flag.row * rowHeight;
        return (
          <g key={`${flag.x} ${index}`} className="chart-marker">
            <path d={`M${flag.x} ${flagTop}V${plot.y + plot.height}`} stroke="var(--text-2)" />
            {flag.row === null ? null : (
              <>
                <rect x={flag.left} y={flagTop} width={flag.width} height={17} rx={2} fill="var(--ink-block)" />
                <text
                  x={flag.left + flag.width / 2}
                  y={flagTop + 12}
                  textAnchor="middle"
                  fontSize={11}
                  fontWeight={600}
                  fill="var(--on-ink)"
                >
                  {flag.text}
                </text>
              </>
            )}
          </g>
        );
      })}
    </ZIndexLayer>
  );
}

/** Samples between two gaps. */
export function PlotLonePoints({ points }: { points: TimeChart['lonePoints'] }) {
  const xScale = useXAxisScale();
  const yScale = useYAxisScale();
  if (!xScale || !yScale) return null;
  return (
    <ZIndexLayer zIndex={DefaultZIndexes.scatter}>
      {points.map((point) => (
        <circle
          key={`${point.side} ${point.at}`}
          cx={Number(xScale(point.at))}
          cy={Number(yScale(point.value))}
          r={3}
          fill={sideLook[point.side].dotFill}
          stroke={sideLook[point.side].stroke}
          strokeWidth={1.5}
        />
      ))}
    </ZIndexLayer>
  );
}
