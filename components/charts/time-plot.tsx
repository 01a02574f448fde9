import { memo, useState, type KeyboardEvent, type PointerEvent, type ReactNode } from 'react';
import { Curve, Layer, Surface } from 'recharts';
import type { MetricSide } from '@/lib/contract/metrics';
import { layOutPlot, nearestStep, type Plot } from './lay-out-plot';
import { PlotGaps, PlotLonePoints, PlotMarkers } from './plot-annotations';
import { placeFlags, rowsOf, type PlacedFlag, type PreparedMarker } from './prepare-markers';
import { prepareTimeTicks, type Axis } from './prepare-ticks';
import type { ChartGap, ChartRow, TimeChart } from './prepare-time-chart';
import { sideLook } from './side-look';
import { useWidth } from './use-width';

export interface TimePlotProps {
  /** Accessible name. */
  label: string;
  start: number;
  end: number;
  chart: TimeChart;
  axis: Axis;
  markers: readonly PreparedMarker[];
  shown: readonly MetricSide[];
  formatTick: (value: number) => string;
  formatTime: (at: number) => string;
  formatFlag: (marker: PreparedMarker) => string;
  formatGap: (gap: ChartGap) => string;
  renderTooltip: (row: ChartRow) => ReactNode;
}

const height = 212;
const flagRows = 2;
const flagRowHeight = 20;
const pixelsPerTimeLabel = 76;

/** The lines of one chart over time, drawn at the width it has. The arrow keys move the cursor when it has the focus. */
export function TimePlot(props: TimePlotProps) {
  const [width, measure] = useWidth();
  return (
    <div ref={measure} className="relative" style={{ height }}>
      {width > 0 ? <PlotOfWidth {...props} width={width} /> : null}
    </div>
  );
}

/**
 * Drawn with the shapes of recharts, not with its charts: see docs/decisions/0010-shapes-of-recharts.md. Nothing is
 * animated: a new sample must not look like a change of the old ones.
 */
function PlotOfWidth({ width, ...props }: TimePlotProps & { width: number }) {
  const { rows } = props.chart;
  const [active, setActive] = useState<number | null>(null);
  const { plot, flags } = layOut(props, width);
  const row = active === null ? undefined : rows[Math.min(active, rows.length - 1)];

  const follow = (event: PointerEvent<SVGSVGElement>) => {
    const x = event.clientX - event.currentTarget.getBoundingClientRect().left;
    setActive(nearestStep(plot, x, rows.length));
  };
  const move = (event: KeyboardEvent) => {
    const next = stepOfKey(event.key, active, rows.length);
    if (next === undefined) return;
    event.preventDefault();
    setActive(next);
  };

  return (
    <>
      <Surface
        width={width}
        height={height}
        role="application"
        tabIndex={0}
        aria-label={props.label}
        className="block touch-pan-y"
        onPointerMove={follow}
        onPointerDown={follow}
        onPointerLeave={() => setActive(null)}
        onFocus={() => setActive((before) => before ?? 0)}
        onBlur={() => setActive(null)}
        onKeyDown={move}
      >
        <Drawing {...props} width={width} />
        <PlotMarkers plot={plot} flags={flags} rowHeight={flagRowHeight} />
        {row ? <Cursor plot={plot} row={row} shown={props.shown} /> : null}
      </Surface>
      {row ? <div {...besideCursor(plot.x(row.at), width)}>{props.renderTooltip(row)}</div> : null}
    </>
  );
}

/** Everything that the cursor does not move. */
const Drawing = memo(function Drawing({ width, ...props }: TimePlotProps & { width: number }) {
  const { chart, axis, shown } = props;
  const { plot } = layOut(props, width);
  const timeTicks = prepareTimeTicks(
    props.start,
    props.end,
    (width - 60) / pixelsPerTimeLabel,
    -new Date(props.end * 1000).getTimezoneOffset() * 60,
  );
  return (
    <>
      <g className="chart-grid" stroke="var(--grid)" strokeDasharray="2 3">
        {axis.ticks.map((value) => (
          <path key={value} d={`M${plot.left} ${plot.y(value)}H${plot.right}`} />
        ))}
      </g>
      <PlotGaps plot={plot} gaps={chart.gaps} format={props.formatGap} />
      <path d={`M${plot.left} ${plot.bottom}H${plot.right}`} stroke="var(--line-2)" />
      <g fontSize={11} fill="var(--axis)" textAnchor="middle">
        {timeTicks.map((at) => (
          <text key={at} x={plot.x(at)} y={plot.bottom + 16}>
            {props.formatTime(at)}
          </text>
        ))}
      </g>
      <g fontSize={11} fill="var(--axis)" textAnchor="end">
        {axis.ticks.map((value) => (
          <text key={value} x={plot.left - 8} y={plot.y(value) + 4}>
            {props.formatTick(value)}
          </text>
        ))}
      </g>
      {shown.map((side) => (
        <Layer key={side} className="chart-line">
          <Curve
            type="linear"
            points={chart.rows.map((row) => pointOf(plot, row, side))}
            fill="none"
            stroke={sideLook[side].stroke}
            strokeWidth={2}
            {...(sideLook[side].dash && { strokeDasharray: sideLook[side].dash })}
          />
        </Layer>
      ))}
      <PlotLonePoints plot={plot} points={chart.lonePoints} />
    </>
  );
});

/** The step that the tooltip speaks of. */
function Cursor({ plot, row, shown }: { plot: Plot; row: ChartRow; shown: readonly MetricSide[] }) {
  return (
    <g className="chart-cursor">
      <path d={`M${plot.x(row.at)} ${plot.top}V${plot.bottom}`} stroke="var(--control-line)" />
      {shown.map((side) => {
        const { x, y } = pointOf(plot, row, side);
        if (y === null) return null;
        const { dotFill, dotStroke } = sideLook[side];
        return <circle key={side} cx={x} cy={y} r={4.5} fill={dotFill} stroke={dotStroke} strokeWidth={2} />;
      })}
    </g>
  );
}

function layOut({ start, end, axis, markers, formatFlag }: TimePlotProps, width: number) {
  const span = { start, end, axis };
  const flat = layOutPlot({ width, height, above: 0 }, span);
  const flags: PlacedFlag[] = placeFlags(
    markers.map((marker) => ({ x: flat.x(marker.at), text: formatFlag(marker) })),
    flat.left,
    flat.right,
    flagRows,
  );
  return { flags, plot: layOutPlot({ width, height, above: rowsOf(flags) * flagRowHeight }, span) };
}

/** Null where the side was not measured: the line ends before and begins again after it. */
function pointOf(plot: Plot, row: ChartRow, side: MetricSide) {
  const value = row[side];
  return { x: plot.x(row.at), y: value === null ? null : plot.y(value) };
}

/** Where a key moves the cursor; undefined: the key is not the chart's. */
function stepOfKey(key: string, active: number | null, count: number): number | null | undefined {
  if (key === 'ArrowRight') return Math.min(count - 1, (active ?? -1) + 1);
  if (key === 'ArrowLeft') return Math.max(0, (active ?? count) - 1);
  if (key === 'Home') return 0;
  if (key === 'End') return count - 1;
  return key === 'Escape' && active !== null ? null : undefined;
}

/** A box beside the cursor, on the side that has more room, that never stands in the pointer's way. */
function besideCursor(x: number, width: number) {
  const style = x < width / 2 ? { left: x + 10 } : { right: width - x + 10 };
  return { className: 'pointer-events-none absolute top-2 z-5', style };
}
