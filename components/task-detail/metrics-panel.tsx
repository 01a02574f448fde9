'use client';

import { useTranslations } from 'next-intl';
import { lazy, Suspense, useDeferredValue, useEffect, useMemo, memo } from 'react';
import { Alert } from '@/components/ui/alert';
import { Dot, Skeleton } from '@/components/ui/feedback';
import { Chip, Segmented } from '@/components/ui/tabs';
import { useErrorText, useMessageText } from '@/lib/client/use-error-text';
import type { MetricRange } from '@/lib/contract/metric-ranges';
import type { TaskMetrics } from '@/lib/contract/metrics';
import type { Task } from '@/lib/contract/task';
import { useFormat } from '@/lib/format/use-format';
import { metricRangeNames } from './task-page-query';
import { isMirrorAlone, isMirrorOutside, versionOf } from './task-words';

// The chart library is heavy: it comes after the page, while the numbers are being read.
const loadCharts = async () => ({ default: (await import('@/components/charts/task-charts')).TaskCharts });
const TaskCharts = lazy(loadCharts);

export interface MetricsPanelProps {
  task: Task;
  metrics: TaskMetrics | undefined;
  /** What the last request threw; the charts keep what they have. */
  error: Error | null;
  range: MetricRange;
  onRange: (range: MetricRange) => void;
  live: boolean;
  onLive: (live: boolean) => void;
}

/** The charts with their range and live switch, and what is wrong when they cannot follow. */
export const MetricsPanel = memo(function MetricsPanel({
  task,
  metrics,
  error,
  range,
  onRange,
  live,
  onLive,
}: MetricsPanelProps) {
  const t = useTranslations('task.metrics');
  const format = useFormat();
  const clock = (at: number) => format.time(new Date(at * 1000).toISOString(), (metrics?.end ?? at) * 1000);
  const drawn = metrics && metrics.series.length > 0 ? metrics : null;
  // Charts are the heaviest part of the page: they follow in slices, behind everything that answers the user.
  const charted = useDeferredValue(drawn, null);
  const [primary, mirror] = [versionOf(task, 'primary'), versionOf(task, 'mirror')];
  const versions = useMemo(() => ({ primary, mirror }), [primary, mirror]);
  useEffect(() => void loadCharts().catch(() => undefined), []);

  return (
    <section aria-labelledby="metrics-title" className="space-y-3 pt-2">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
        <h2 id="metrics-title" className="text-base font-semibold">
          {t('title')}
        </h2>
        {drawn ? (
          <span className="text-xs text-ink-3">
            {t('span', { from: clock(drawn.start), to: clock(drawn.end), step: drawn.stepSeconds })}
          </span>
        ) : null}
        <span className="ml-auto flex flex-wrap items-center gap-2">
          <Segmented
            small
            label={t('range')}
            options={metricRangeNames.map((value) => ({ value, label: value }))}
            value={range}
            onChange={onRange}
          />
          <Chip pressed={live} icon={<Dot tone={live ? 'ok' : 'idle'} />} onClick={() => onLive(!live)}>
            {t('live')}
          </Chip>
        </span>
      </div>
      {isMirrorAlone(task) ? null : (
        <p className="text-xs text-ink-2">{t(isMirrorOutside(task) ? 'external' : 'ownTraffic', { target: mirror })}</p>
      )}
      <MetricsProblem metrics={metrics} error={error} since={drawn ? clock(drawn.end) : null} />
      {charted ? (
        <Suspense fallback={<ChartsSkeleton />}>
          <TaskCharts metrics={charted} range={range} versions={versions} />
        </Suspense>
      ) : (error || metrics) && !drawn ? null : (
        <ChartsSkeleton />
      )}
    </section>
  );
});

function MetricsProblem({
  metrics,
  error,
  since,
}: {
  metrics: TaskMetrics | undefined;
  error: Error | null;
  since: string | null;
}) {
  const t = useTranslations('task.metrics');
  const messageText = useMessageText();
  const errorText = useErrorText();
  const reason = error ? errorText(error).title : metrics?.problem ? messageText('reason', metrics.problem) : null;
  if (reason === null) return null;
  return (
    <Alert tone="warn" live title={since ? t('stale', { since }) : t('none')}>
      {reason}
      <span className="block">{t('affects')}</span>
    </Alert>
  );
}

function ChartsSkeleton() {
  return (
    <div className="grid grid-cols-2 gap-3 max-lg:grid-cols-1">
      {metricRangeNames.map((name) => (
        <Skeleton key={name} className="h-[292px]" />
      ))}
    </div>
  );
}
