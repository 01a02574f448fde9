'use client';

import { useTranslations } from 'next-intl';
import { useMemo, useState, type ReactNode } from 'react';
import type { MetricSeries, MetricSide, TaskMetrics } from '@/lib/contract/metrics';
import { useFormat } from '@/lib/format/use-format';
import { formatAgainstLive, formatChartTime, formatDecimals, formatMetric, type SideNames } from './chart-format';
import { ChartFrame } from './chart-frame';
import { ChartTooltip } from './chart-tooltip';
import { prepareMarkers, type PreparedMarker } from './prepare-markers';
import { prepareTableRows } from './prepare-table-rows';
import { prepareSuccessAxis, prepareZeroAxis, tickDecimals } from './prepare-ticks';
import { prepareTimeChart, type ChartGap } from './prepare-time-chart';
import { chartSides } from './side-look';
import { TimePlot } from './time-plot';
import { TimeTable } from './time-table';

export interface TimeChartProps {
  metric: 'rate' | 'success' | 'latency';
  title: string;
  metrics: TaskMetrics;
  /** The series to draw, one of a side. */
  series: Partial<Record<MetricSide, MetricSeries>>;
  names: SideNames;
  options?: ReactNode;
}

/** One metric of live and mirrored version over time, on one axis. */
export function TimeChart({ metric, title, metrics, series, names, options }: TimeChartProps) {
  const t = useTranslations('charts');
  const { language } = useFormat();
  const [hidden, setHidden] = useState<ReadonlySet<MetricSide>>(new Set());
  const shown = useMemo(() => chartSides.filter((side) => !hidden.has(side)), [hidden]);

  const { start, end, stepSeconds } = metrics;
  const whole = useMemo(
    () =>
      prepareTimeChart({ start, end, stepSeconds, primary: pointsOf(series.primary), mirror: pointsOf(series.mirror) }),
    [start, end, stepSeconds, series],
  );
  const chart = useMemo(
    () =>
      hidden.size === 0
        ? whole
        : prepareTimeChart({
            start,
            end,
            stepSeconds,
            primary: hidden.has('primary') ? null : pointsOf(series.primary),
            mirror: hidden.has('mirror') ? null : pointsOf(series.mirror),
          }),
    [whole, hidden, start, end, stepSeconds, series],
  );
  const markers = useMemo(() => prepareMarkers(metrics.markers, start, end), [metrics.markers, start, end]);
  const axis = metric === 'success' ? prepareSuccessAxis(chart.lowest) : prepareZeroAxis(chart.highest);
  const decimals = tickDecimals(axis.ticks);

  const unit = t(`unit.${metric}`);
  const changeText = (marker: PreparedMarker) => describeChange(marker, t, language);
  const gapText = (gap: ChartGap) => {
    const span = { from: formatChartTime(gap.start, end), to: formatChartTime(gap.end, end) };
    const [only] = gap.sides;
    return gap.sides.length === 1 && only && shown.length > 1
      ? t('noDataOfSide', { side: names[only], ...span })
      : t('noDataSpan', span);
  };

  return (
    <ChartFrame
      title={title}
      unit={axis.min > 0 ? t('unitWithStart', { unit, start: formatDecimals(axis.min, decimals, language) }) : unit}
      names={names}
      values={{
        primary: formatMetric(metric, whole.last.primary, language),
        mirror: formatMetric(metric, whole.last.mirror, language),
      }}
      note={noteOf(metric, formatAgainstLive(metric, whole.last.primary, whole.last.mirror, language), t)}
      queries={chartSides.flatMap((side) => {
        const query = series[side]?.query;
        return query ? [{ name: names[side], query }] : [];
      })}
      hidden={hidden}
      onToggle={(side) => setHidden((before) => toggled(before, side))}
      options={options}
      renderTable={() => (
        <TimeTable
          caption={title}
          metric={metric}
          rows={prepareTableRows(chart, markers, shown)}
          names={names}
          shown={shown}
          formatTime={(at) => formatChartTime(at, end, true)}
          formatChange={changeText}
        />
      )}
    >
      <TimePlot
        label={t('plotLabel', {
          chart: title,
          from: formatChartTime(start, end),
          to: formatChartTime(end, end),
        })}
        start={start}
        end={end}
        chart={chart}
        axis={axis}
        markers={markers}
        shown={shown}
        formatTick={(value) => formatDecimals(value, decimals, language)}
        formatTime={(at) => formatChartTime(at, at)}
        formatFlag={changeText}
        formatGap={gapText}
        renderTooltip={(row) => (
          <ChartTooltip
            row={row}
            metric={metric}
            unit={unit}
            names={names}
            shown={shown}
            time={formatChartTime(row.at, end, true)}
            noData={t('noData')}
            change={changesAt(markers, row.at, stepSeconds).map(changeText).join(' · ') || null}
            language={language}
          />
        )}
      />
    </ChartFrame>
  );
}

type Translate = ReturnType<typeof useTranslations<'charts'>>;

function pointsOf(series: MetricSeries | undefined) {
  return series?.points ?? [];
}

function toggled(hidden: ReadonlySet<MetricSide>, side: MetricSide): ReadonlySet<MetricSide> {
  const next = new Set(hidden);
  if (!next.delete(side)) next.add(side);
  return next;
}

function changesAt(markers: readonly PreparedMarker[], at: number, stepSeconds: number): PreparedMarker[] {
  return markers.filter((marker) => Math.abs(marker.at - at) <= stepSeconds / 2);
}

function describeChange(marker: PreparedMarker, t: Translate, language: string): string {
  const percent = (value: number) => value.toLocaleString(language, { maximumFractionDigits: 4 });
  if (marker.kind === 'change' && marker.from !== null)
    return t('marker.change', { from: percent(marker.from), to: percent(marker.to) });
  if (marker.kind === 'change') return t('marker.changeTo', { to: percent(marker.to) });
  return t(`marker.${marker.kind}`, { to: percent(marker.to) });
}

function noteOf(metric: TimeChartProps['metric'], against: string | null, t: Translate): string | null {
  if (against === null) return null;
  return metric === 'rate' ? t('ofLive', { share: against }) : t('againstLive', { difference: against });
}
