'use client';
import { useTranslations } from 'next-intl';
import { Pip } from '@/components/ui/badge';
import { Meter, Skeleton } from '@/components/ui/feedback';
import type { TaskListMetrics } from '@/lib/contract/metrics';
import type { Task } from '@/lib/contract/task';
import { useMessageText } from '@/lib/client/use-error-text';
import { useFormat } from '@/lib/format/use-format';
import { differencesOf, isWorse, worstDifference, type TargetDifference } from './prepare-difference';
import { Sparkline } from './sparkline';
import { isFinished } from './task-progress';

export type TaskRowMetrics = TaskListMetrics['items'][number];

/** Request rate of both sides: line and last value. `metrics` undefined = not there yet, null = cannot be had. */
export function RateCell({ metrics }: { metrics: TaskRowMetrics | null | undefined }) {
  const t = useTranslations('list');
  const format = useFormat();
  if (metrics === undefined) return <Skeleton className="h-8 w-36" />;
  const live = format.rate(metrics?.last.primary);
  const mirror = format.rate(metrics?.last.mirror);
  return (
    <div className="flex items-center gap-2" title={metrics?.problem?.message}>
      <Sparkline series={metrics?.series ?? []} label={t('rateLabel', { live, mirror })} />
      <div className="text-xs leading-[17px]" aria-hidden>
        <div className="flex items-center gap-1">
          <Pip side="live" />
          {live}
        </div>
        <div className="flex items-center gap-1">
          <Pip side="mirror" />
          {mirror}
        </div>
      </div>
    </div>
  );
}

/** Copies that arrived of those expected, or why that cannot be told. */
export function CoverageCell({ task }: { task: Task }) {
  const t = useTranslations('list');
  const text = useMessageText();
  const format = useFormat();
  const finished = isFinished(task);
  const coverage = finished ? (task.report?.figures?.coverage ?? null) : task.coverage;
  const finding = finished ? null : task.coverage?.finding;
  const reason = coverage?.reason ?? (finished ? task.report?.reason : null);
  if (!coverage || coverage.value === null) {
    return (
      <>
        <span className="text-ink-3">{format.share(null)}</span>
        {reason && <div className="text-xs text-ink-3">{text('reason', reason)}</div>}
      </>
    );
  }
  const tone = finished || task.state === 'Paused' ? 'idle' : finding ? 'warn' : 'ok';
  const share = format.share(coverage.value);
  return (
    <>
      <b className={tone === 'warn' ? 'text-warn-ink' : undefined}>{share}</b>
      <Meter className="mt-0.5" value={coverage.value} tone={tone} label={t('coverage')} valueText={share} />
      <div className="text-xs text-ink-3">
        {format.rate(coverage.arrivedPerSecond)} / {format.rate(coverage.expectedPerSecond)} rps
      </div>
    </>
  );
}

/**
 * Mirror minus live; of several targets that of the worst one, with its name. Crimson only where the mirror is surely
 * worse.
 */
export function DifferenceCell({ task, metrics }: { task: Task; metrics: TaskRowMetrics | null | undefined }) {
  const t = useTranslations('list');
  const format = useFormat();
  if (metrics === undefined && !isFinished(task)) return <Skeleton className="h-8 w-24" />;
  const differences = differencesOf(task, metrics);
  return (['success', 'latency_p95'] as const).map((metric) => {
    const difference = worstDifference(differences, metric);
    const unit = metric === 'success' ? 'percentage_points' : 'milliseconds';
    return (
      <div key={metric}>
        <div className="flex gap-2 whitespace-nowrap">
          <span className="w-12 flex-none text-xs text-ink-3">{t(`difference.${metric}`)}</span>
          <span
            className={difference && isWorse(difference) ? 'font-semibold text-bad-ink' : undefined}
            title={intervalText(difference)}
          >
            {format.difference(difference?.value, unit)}
          </span>
        </div>
        {task.targets.length > 1 && typeof difference?.value === 'number' && (
          <div className="text-xs [overflow-wrap:anywhere] text-ink-3">{whoseText(difference)}</div>
        )}
      </div>
    );
  });

  /** Which target it is of, and that others are better, where others are measured. */
  function whoseText({ target, metric }: TargetDifference): string {
    const name = task.targets.find(({ id }) => id === target)?.label ?? target;
    const known = differences.filter((one) => one.metric === metric && one.value !== null);
    return known.length > 1 ? t('worstOf', { target: name, count: known.length }) : name;
  }

  function intervalText(difference: TargetDifference | undefined): string | undefined {
    if (!difference || difference.low === null || difference.high === null) return undefined;
    return t('interval', {
      low: format.difference(difference.low, difference.unit),
      high: format.difference(difference.high, difference.unit),
      samples: format.number(difference.samples, 0),
    });
  }
}
