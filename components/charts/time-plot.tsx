import type { ReactNode } from 'react';
import { CartesianGrid, Line, LineChart, Tooltip, XAxis, YAxis } from 'recharts';
import type { MetricSide } from '@/lib/contract/metrics';
import { PlotGaps, PlotLonePoints, PlotMarkers } from './plot-annotations';
import { placeFlags, type PreparedMarker } from './prepare-markers';
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
const flagRowHeight = 20;
const plotLeft = 46;
const plotRightMargin = 18;
const pixelsPerTimeLabel = 76;
/** Without it the grid measures the text of every time, to place lines that it does not draw. */
const noLines = (): number[] => [];

/**
 * The lines of one chart over time, drawn at the width it has. The arrow keys move the cursor when it has the focus.
 * Nothing is animated: a new sample must not look like a change of the old ones.
 */
export function TimePlot(props: TimePlotProps) {
  const { chart, axis, markers, shown } = props;
  const [width, measure] = useWidth();
  const flags = placeFlags(
    markers.map((marker) => ({ x: xOf(marker.at, props, width), text: props.formatFlag(marker) })),
    plotLeft,
    width - plotRightMargin,
    2,
  );
  const flagRows = Math.max(0, ...flags.map((flag) => (flag.row ?? -1) + 1));
  const ticks = prepareTimeTicks(
    props.start,
    props.end,
    (width - 60) / pixelsPerTimeLabel,
    -new Date(props.end * 1000).getTimezoneOffset() * 60,
  );

  return (
    <div ref={measure} style={{ height }}>
      {width > 0 ? (
        <LineChart
          width={width}
          height={height}
          data={chart.rows}
          margin={{ top: 8 + flagRows * flagRowHeight, right: plotRightMargin, bottom: 0, left: 0 }}
          aria-label={props.label}
        >
          <CartesianGrid
            vertical={false}
            verticalCoordinatesGenerator={noLines}
            stroke="var(--grid)"
            strokeDasharray="2 3"
          />
          <PlotGaps gaps={chart.gaps} format={props.formatGap} />
          <XAxis
            dataKey="at"
            type="number"
            domain={[props.start, props.end]}
            allowDataOverflow
            ticks={ticks}
            interval={0}
            tickFormatter={props.formatTime}
            tick={{ fontSize: 11, fill: 'var(--axis)' }}
            tickLine={false}
            axisLine={{ stroke: 'var(--line-2)' }}
            height={26}
          />
          <YAxis
            type="number"
            domain={[axis.min, axis.max]}
            allowDataOverflow
            ticks={axis.ticks}
            interval={0}
            tickFormatter={props.formatTick}
            tick={{ fontSize: 11, fill: 'var(--axis)' }}
            tickLine={false}
            axisLine={false}
            width={plotLeft}
          />
          {shown.map((side) => (
            <Line
              key={side}
              dataKey={side}
              type="linear"
              stroke={sideLook[side].stroke}
              strokeWidth={2}
              strokeDasharray={sideLook[side].dash}
              dot={false}
              activeDot={{ r: 4.5, fill: sideLook[side].dotFill, stroke: sideLook[side].dotStroke, strokeWidth: 2 }}
              connectNulls={false}
              isAnimationActive={false}
            />
          ))}
          <PlotLonePoints points={chart.lonePoints} />
          <PlotMarkers flags={flags} rows={flagRows} rowHeight={flagRowHeight} />
          <Tooltip
            isAnimationActive={false}
            cursor={{ stroke: 'var(--control-line)' }}
            wrapperStyle={{ zIndex: 5 }}
            content={({ active, label }) => {
              const row = active ? chart.rows.find((candidate) => candidate.at === label) : undefined;
              return row ? props.renderTooltip(row) : null;
            }}
          />
        </LineChart>
      ) : null}
    </div>
  );
}

/** Where a time stands in a chart of this width, px. */
function xOf(at: number, { start, end }: Pick<TimePlotProps, 'start' | 'end'>, width: number): number {
  return plotLeft + ((at - start) / (end - start)) * (width - plotLeft - plotRightMargin);
}
