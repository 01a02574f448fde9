'use client';

import { useQuery } from '@tanstack/react-query';
import { useTranslations } from 'next-intl';
import { useDeferredValue, useMemo, useState } from 'react';
import { isFinished } from '@/components/tasks/task-progress';
import { taskMetricsOptions } from '@/lib/client/metrics';
import { taskPodsOptions } from '@/lib/client/tasks';
import { useDeferredAnswer } from '@/lib/client/use-deferred-answer';
import { useErrorText } from '@/lib/client/use-error-text';
import type { MetricRange } from '@/lib/contract/metric-ranges';
import type { MetricSide, TaskMetrics } from '@/lib/contract/metrics';
import type { Task } from '@/lib/contract/task';
import { useFormat } from '@/lib/format/use-format';
import { CoverageCard } from './coverage-card';
import { keepLastMeasured } from './keep-last-measured';
import { MetricsPanel } from './metrics-panel';
import { currentRate } from './prepare-rates';
import { ReportCard } from './report-card';
import { TrafficFlow } from './traffic-flow';
import { TargetChoice } from './target-choice';
import { metricsOfTarget, withTarget } from './task-words';
import { VersionCard } from './version-card';

/** Live and mirrored version side by side: where requests go, what runs, how it behaves over time. */
export function OverviewTab({
  task: whole,
  range,
  onRange,
}: {
  task: Task;
  range: MetricRange;
  onRange: (range: MetricRange) => void;
}) {
  const [live, setLive] = useState(true);
  const [chosen, setChosen] = useState<string | null>(null);
  const target = whole.targets.find(({ id }) => id === chosen) ?? whole.targets[0];
  const id = target?.id ?? '';
  const task = useMemo(() => withTarget(whole, id), [whole, id]);
  const metrics = useTaskMetrics(whole, range, live);
  // A long range has long steps: what is current comes from the shortest one, whatever the charts show.
  const current = useTaskMetrics(whole, '15m', live);
  const pods = usePods(task);
  const podsOf = useMemo(() => {
    const of = (side: MetricSide) => pods.items?.filter((pod) => pod.side === side) ?? null;
    return {
      primary: of('primary'),
      mirror: of('mirror')?.filter(({ workload }) => workload === target?.name) ?? null,
    };
  }, [pods.items, target?.name]);

  const finished = isFinished(task);
  const mirrorStands = !finished || task.keepsWorkload || task.targets.some(({ created }) => !created);
  const shownSides: readonly MetricSide[] = mirrorStands ? ['primary', 'mirror'] : ['primary'];
  const standing = current.error !== null || (current.data?.problem ?? null) !== null;
  const rateOf = (side: MetricSide) => (standing ? null : currentRate(metricsOfTarget(current.data, id), side));
  const [primary, mirror] = [rateOf('primary'), rateOf('mirror')];
  const rates = useMemo(() => ({ primary, mirror }), [primary, mirror]);

  return (
    <>
      {whole.targets.length > 1 && <TargetChoice task={whole} chosen={id} onChoose={setChosen} />}
      {finished && task.report ? (
        <ReportCard task={task} report={task.report} />
      ) : (
        <div className="flex gap-3 max-lg:flex-col">
          <TrafficFlow task={task} rates={rates} stoppedAt={live ? null : (current.data?.end ?? null)} />
          <CoverageCard task={task} />
        </div>
      )}
      <div className="grid grid-cols-2 gap-3 max-lg:grid-cols-1">
        {shownSides.map((side) => (
          <VersionCard
            key={side}
            task={task}
            side={side}
            rate={rates[side]}
            pods={podsOf[side]}
            podsProblem={pods.problem}
          />
        ))}
      </div>
      <MetricsPanel
        task={task}
        metrics={metricsOfTarget(metrics.data, id)}
        error={metrics.error}
        range={range}
        onRange={onRange}
        live={live}
        onLive={setLive}
      />
    </>
  );
}

function useTaskMetrics(task: Task, range: MetricRange, live: boolean) {
  const query = useQuery({
    ...taskMetricsOptions(task, range, live),
    structuralSharing: (before, next) => keepLastMeasured(before as TaskMetrics | undefined, next as TaskMetrics),
  });
  return useDeferredAnswer(query);
}

/** The pods, and why they could not be read anew: those of before stay, with their time. */
function usePods({ namespace, name }: Task) {
  const t = useTranslations('task.version');
  const errorText = useErrorText();
  const format = useFormat();
  const query = useQuery(taskPodsOptions(namespace, name));
  const { data, error } = useDeferredAnswer(query);
  const readAt = useDeferredValue(query.dataUpdatedAt);
  const why = error ? errorText(error).title : null;
  const since = format.time(new Date(readAt).toISOString(), readAt, true);
  const problem = why !== null && data ? t('podsStale', { since, problem: why }) : why;
  return { items: data?.items, problem };
}
