import type { Plot } from './lay-out-plot';
import { estimateTextWidth, rowsOf, type PlacedFlag } from './prepare-markers';
import type { ChartGap, TimeChart } from './prepare-time-chart';
import { sideLook } from './side-look';

/** Shades the spans without samples and says so where there is room; the table view says it everywhere. */
export function PlotGaps({
  plot,
  gaps,
  format,
}: {
  plot: Plot;
  gaps: readonly ChartGap[];
  format: (gap: ChartGap) => string;
}) {
  const height = plot.bottom - plot.top;
  return gaps.map((gap) => {
    const left = plot.x(gap.start);
    const width = plot.x(gap.end) - left;
    const text = format(gap);
    const textWidth = estimateTextWidth(text);
    const [x, y] = [left + width / 2, plot.top + height / 2];
    return (
      <g key={`${gap.start} ${gap.sides.join(' ')}`} className="chart-gap" opacity={gap.sides.length > 1 ? 1 : 0.75}>
        <rect x={left} y={plot.top} width={width} height={height} fill="var(--gap)" />
        <path d={`M${left} ${plot.top}v${height}M${left + width} ${plot.top}v${height}`} stroke="var(--gap-line)" />
        {textWidth < width ? (
          <text x={x} y={y} textAnchor="middle" fontSize={11} fill="var(--axis)">
            {text}
          </text>
        ) : width >= 15 && textWidth <= height ? (
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
  plot,
  flags,
  rowHeight,
}: {
  plot: Plot;
  flags: readonly PlacedFlag[];
  rowHeight: number;
}) {
  const top = plot.top - rowsOf(flags) * rowHeight;
  return (
    <>
      {flags.map((flag, index) => {
        const flagTop = flag.row === null ? plot.top : top + flag.row * rowHeight;
        return (
          <g key={`${flag.x} ${index}`} className="chart-marker">
            <path d={`M${flag.x} ${flagTop}V${plot.bottom}`} stroke="var(--text-2)" />
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
    </>
  );
}

/** Samples between two gaps. */
export function PlotLonePoints({ plot, points }: { plot: Plot; points: TimeChart['lonePoints'] }) {
  return points.map((point) => (
    <circle
      key={`${point.side} ${point.at}`}
      cx={plot.x(point.at)}
      cy={plot.y(point.value)}
      r={3}
      fill={sideLook[point.side].dotFill}
      stroke={sideLook[point.side].stroke}
      strokeWidth={1.5}
    />
  ));
}
