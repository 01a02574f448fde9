'use client';

import { useTranslations } from 'next-intl';
import { memo, startTransition, useEffect, useMemo, useState, type ReactNode } from 'react';
import { Skeleton } from '@/components/ui/feedback';
import { Segmented } from '@/components/ui/tabs';
import type { MetricRange } from '@/lib/contract/metric-ranges';
import type { MetricName, MetricSeries, MetricSide, TaskMetrics } from '@/lib/contract/metrics';
import type { SideNames } from './chart-format';
import { CodesChart } from './codes-chart';
import { chartSides } from './side-look';
import { TimeChart } from './time-chart';

const quantiles = { p50: 0.5, p95: 0.95, p99: 0.99 } as const;
type Quantile = keyof typeof quantiles;

export interface TaskChartsProps {
  metrics: TaskMetrics;
  range: MetricRange;
  /** Version of each side, e.g. `v1`. */
  versions: Record<MetricSide, string>;
}

/** The four charts of a task: request rate, success rate, latency, responses by code. Loaded when they are shown. */
export const TaskCharts = memo(function TaskCharts({ metrics, range, versions }: TaskChartsProps) {
  const t = useTranslations('charts');
  const { series } = metrics;
  const rate = useMemo(() => pickSeries(series, 'rate', null), [series]);
  const success = useMemo(() => pickSeries(series, 'success', null), [series]);
  const names = {
    primary: t('liveVersion', { version: versions.primary }),
    mirror: t('mirrorVersion', { version: versions.mirror }),
  };
  const common = { metrics, names };
  return (
    <OneAfterTheOther
      charts={[
        <TimeChart key="rate" metric="rate" title={t('title.rate')} series={rate} {...common} />,
        <TimeChart key="success" metric="success" title={t('title.success')} series={success} {...common} />,
        <LatencyChart key="latency" {...common} />,
        <CodesChart key="codes" range={range} {...common} />,
      ]}
    />
  );
});

function LatencyChart({ metrics, names }: { metrics: TaskMetrics; names: SideNames }) {
  const t = useTranslations('charts');
  const [quantile, setQuantile] = useState<Quantile>('p95');
  const { series } = metrics;
  const latency = useMemo(() => pickSeries(series, 'latency', quantiles[quantile]), [series, quantile]);
  return (
    <TimeChart
      metric="latency"
      title={t('title.latency')}
      metrics={metrics}
      series={latency}
      names={names}
      options={
        <Segmented
          small
          label={t('percentile')}
          options={(Object.keys(quantiles) as Quantile[]).map((value) => ({ value, label: value }))}
          value={quantile}
          onChange={setQuantile}
        />
      }
    />
  );
}

/**
 * Draws each chart, and later what is new of it, in a task of its own, so that a slow processor answers between them.
 * The room of those that are still to come is kept free. `charts` that are the same elements are not drawn anew.
 */
function OneAfterTheOther({ charts }: { charts: ReactNode[] }) {
  const [drawn, setDrawn] = useState(() => charts.slice(0, 1));
  useEffect(() => {
    const next = charts.findIndex((chart, index) => chart !== drawn[index]);
    if (next === -1) return undefined;
    // The one before has its width, and is drawn, in the frame that comes.
    return afterFrame(() => startTransition(() => setDrawn([...charts.slice(0, next + 1), ...drawn.slice(next + 1)])));
  }, [charts, drawn]);
  return (
    <div className="grid grid-cols-2 gap-3 max-lg:grid-cols-1">
      {charts.map((_, index) => drawn[index] ?? <Skeleton key={index} className="h-[292px]" />)}
    </div>
  );
}

/** Calls back when the next frame has been drawn, until the returned function is called. */
function afterFrame(callback: () => void): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const frame = requestAnimationFrame(() => {
    timer = setTimeout(callback);
  });
  return () => {
    cancelAnimationFrame(frame);
    clearTimeout(timer);
  };
}

function pickSeries(series: readonly MetricSeries[], metric: MetricName, quantile: number | null) {
  const picked: Partial<Record<MetricSide, MetricSeries>> = {};
  for (const side of chartSides) {
    picked[side] = series.find((each) => each.metric === metric && each.side === side && each.quantile === quantile);
  }
  return picked;
}
