'use client';

import { useQuery } from '@tanstack/react-query';
import { useTranslations } from 'next-intl';
import { useRouter } from 'next/navigation';
import { lazy, memo, Suspense, useDeferredValue, useEffect } from 'react';
import { StaleNotice } from '@/components/ui/stale-notice';
import { Breadcrumbs } from '@/components/ui/navigation';
import { useToast } from '@/components/ui/toast';
import { ApiRequestError } from '@/lib/client/http';
import { taskOptions } from '@/lib/client/tasks';
import { useErrorText } from '@/lib/client/use-error-text';
import { useUrlState } from '@/lib/client/url-state';
import { useDeferredAnswer } from '@/lib/client/use-deferred-answer';
import type { Task } from '@/lib/contract/task';
import { routes } from '@/lib/routes';
import { OperationProgress } from './operation-progress';
import { isAwaitingPatch } from './awaited-patch';
import { OverviewTab } from './overview-tab';
import { RampStrip } from './ramp-strip';
import { ReasonStrip } from './reason-strip';
import { TaskBanner } from './task-banner';
import { StopStrip } from './stop-strip';
import { readTaskPageQuery } from './task-page-query';
import { TabSkeleton, TaskMissing, TaskPageSkeleton, TaskUnreadable } from './task-page-states';

// YAML, diffs and log panes come with the tab that shows them.
const PatchCard = lazy(async () => ({ default: (await import('./patch-card')).PatchCard }));
const LogsTab = lazy(async () => ({ default: (await import('./logs-tab')).LogsTab }));
const ResourcesTab = lazy(async () => ({ default: (await import('./resources-tab')).ResourcesTab }));
const VerifyTab = lazy(async () => ({ default: (await import('./verify-tab')).VerifyTab }));
const ActivityTab = lazy(async () => ({ default: (await import('./activity-tab')).ActivityTab }));

/** Everything about one task. The view, the range and what is open are in the address. */
export function TaskPage({ namespace, name }: { namespace: string; name: string }) {
  const t = useTranslations('task');
  const errorText = useErrorText();
  const query = useQuery(taskOptions(namespace, name));
  const { data, error } = useDeferredAnswer(query);
  const updatedAt = useDeferredValue(query.dataUpdatedAt);
  const retry = () => void query.refetch();
  const gone = error instanceof ApiRequestError && error.code === 'not_found';
  const leaving = gone && data !== undefined && isBeingRemoved(data);
  useReturnToList(leaving, namespace, name);

  return (
    <>
      <Breadcrumbs label={t('path')} items={[{ label: t('tasks'), href: routes.tasks(namespace) }, { label: name }]} />
      {gone ? (
        <TaskMissing namespace={namespace} name={name} wasThere={data !== undefined} />
      ) : data ? (
        <>
          {error ? (
            <StaleNotice since={updatedAt} onRetry={retry}>
              {errorText(error).title}
            </StaleNotice>
          ) : null}
          <TaskContent task={data} updatedAt={updatedAt} />
        </>
      ) : error ? (
        <TaskUnreadable error={error} namespace={namespace} name={name} onRetry={retry} />
      ) : (
        <TaskPageSkeleton label={t('loading', { name })} />
      )}
    </>
  );
}

const TaskContent = memo(function TaskContent({ task, updatedAt }: { task: Task; updatedAt: number }) {
  const { get, set } = useUrlState();
  const query = readTaskPageQuery(get);
  const showsSteps = task.operation !== null || task.state === 'Incomplete' || task.state === 'Deleting';
  return (
    <>
      <TaskBanner
        task={task}
        updatedAt={updatedAt}
        query={query}
        onTab={(tab) => set({ tab, object: null }, 'push')}
        onAction={(action) => set({ action }, 'replace')}
      />
      <ReasonStrip task={task} />
      <StopStrip task={task} />
      <RampStrip task={task} />
      {isAwaitingPatch(task) ? (
        <Suspense fallback={<TabSkeleton />}>
          <PatchCard task={task} />
        </Suspense>
      ) : null}
      {showsSteps ? <OperationProgress task={task} /> : null}
      {query.tab === 'overview' ? (
        <OverviewTab task={task} range={query.range} onRange={(range) => set({ range }, 'push')} />
      ) : null}
      <Suspense fallback={<TabSkeleton />}>
        {query.tab === 'logs' ? <LogsTab task={task} /> : null}
        {query.tab === 'resources' ? (
          <ResourcesTab task={task} wanted={query.object} onChoose={(object) => set({ object }, 'push')} />
        ) : null}
        {query.tab === 'verify' ? <VerifyTab task={task} /> : null}
        {query.tab === 'activity' ? <ActivityTab task={task} /> : null}
      </Suspense>
    </>
  );
});

function isBeingRemoved({ state, operation }: Task): boolean {
  return state === 'Deleting' || operation?.verb === 'delete' || operation?.verb === 'rollback';
}

/** When the task that is shown has been removed as asked, the page leads back to the list and says so. */
function useReturnToList(removed: boolean, namespace: string, name: string): void {
  const t = useTranslations('task');
  const router = useRouter();
  const toast = useToast();
  useEffect(() => {
    if (!removed) return;
    toast('ok', t('deleted', { name }));
    router.replace(routes.tasks(namespace));
    // Once for each removal: the notice and the router are new in every render.
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- see above
  }, [removed, namespace, name]);
}
