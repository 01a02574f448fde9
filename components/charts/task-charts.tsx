'use client';

import { useTranslations } from 'next-intl';
import { Children, memo, startTransition, useEffect, useMemo, useState, type ReactNode } from 'react';
import { Skeleton } from '@/components/ui/feedback';
import { Segmented } from '@/components/ui/tabs';
import type { MetricRange } from '@/lib/contract/metric-ranges';
import type { MetricName, MetricSeries, MetricSide, TaskMetrics } from '@/lib/contract/metrics';
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
  const [quantile, setQuantile] = useState<Quantile>('p95');
  const { series } = metrics;
  const rate = useMemo(() => pickSeries(series, 'rate', null), [series]);
  const success = useMemo(() => pickSeries(series, 'success', null), [series]);
  const latency = useMemo(() => pickSeries(series, 'latency', quantiles[quantile]), [series, quantile]);
  const names = {
    primary: t('liveVersion', { version: versions.primary }),
    mirror: t('mirrorVersion', { version: versions.mirror }),
  };

  return (
    <OneAfterTheOther>
      <TimeChart metric="rate" title={t('title.rate')} metrics={metrics} series={rate} names={names} />
      <TimeChart metric="success" title={t('title.success')} metrics={metrics} series={success} names={names} />
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
      <CodesChart metrics={metrics} names={names} range={range} />
    </OneAfterTheOther>
  );
});

/** Mounts each chart in a task of its own, so that a slow processor answers between them; their room is kept free. */
function OneAfterTheOther({ children }: { children: ReactNode }) {
  const charts = Children.toArray(children);
  const [count, setCount] = useState(1);
  useEffect(() => {
    if (count >= charts.length) return undefined;
    const timer = setTimeout(() => startTransition(() => setCount(count + 1)));
    return () => clearTimeout(timer);
  }, [count, charts.length]);
  return (
    <div className="grid grid-cols-2 gap-3 max-lg:grid-cols-1">
      {charts.map((chart, index) => (index < count ? chart : <Skeleton key={index} className="h-[292px]" />))}
    </div>
  );
}

function pickSeries(series: readonly MetricSeries[], metric: MetricName, quantile: number | null) {
  const picked: Partial<Record<MetricSide, MetricSeries>> = {};
  for (const side of chartSides) {
    picked[side] = series.find((each) => each.metric === metric && each.side === side && each.quantile === quantile);
  }
  return picked;
}
