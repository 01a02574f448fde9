'use client';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useTranslations } from 'next-intl';
import { lazy, Suspense, useState } from 'react';
import { StaleNotice } from '@/components/ui/stale-notice';
import { LegendKey } from '@/components/ui/badge';
import { Button } from '@/components/ui/button';
import { Banner, Card } from '@/components/ui/card';
import { LogoMark } from '@/components/ui/icons';
import type { Task } from '@/lib/contract/task';
import { metricsOf, taskListMetricsOptions } from '@/lib/client/metrics';
import { useNamespace } from '@/lib/client/namespace';
import { taskListOptions } from '@/lib/client/tasks';
import { useErrorText } from '@/lib/client/use-error-text';
import { CreateTaskLink } from './create-task-link';
import { ListError, ListSkeleton, NoMatch, NoTasks, ListProblems } from './list-states';
import { FinishedBar, useFinishedSelection } from './finished-selection';
import { ListToolbar } from './list-toolbar';
import { Prerequisites } from './prerequisites';
import { StopAll } from './stop-all';
import type { TaskRowMetrics } from './task-cells';
import { TaskRow } from './task-row';
import { useListFilter, type ListFilter } from './use-list-filter';

const DeleteTaskDialog = lazy(async () => ({
  default: (await import('./actions/delete-task-dialog')).DeleteTaskDialog,
}));

/** All tasks of the project in view. */
export function TaskListPage() {
  const t = useTranslations('list');
  const namespace = useNamespace();
  const filter = useListFilter();
  return (
    <>
      <Banner
        icon={<LogoMark size={30} />}
        title={t('title')}
        lead={t('lead')}
        actions={
          <>
            <Prerequisites />
            <StopAll namespace={namespace} />
            <CreateTaskLink namespace={namespace} />
          </>
        }
      />
      <Card aria-label={t('list')}>
        {namespace === null ? <ListSkeleton /> : <TaskList namespace={namespace} filter={filter} />}
      </Card>
    </>
  );
}

function TaskList({ namespace, filter }: { namespace: string; filter: ListFilter }) {
  const { q, states, sort } = filter;
  const errorText = useErrorText();
  const list = useInfiniteQuery(taskListOptions({ namespace, q, states, sort }));
  const pages = list.data?.pages ?? [];
  const tasks = pages.flatMap((page) => page.items);
  const counts = pages[0]?.counts;
  const problems = pages[0]?.problems ?? [];
  const isEmptyProject = counts !== undefined && Object.values(counts).every((count) => count === 0);

  if (list.isPending) return <ListSkeleton />;
  if (list.isError && counts === undefined) {
    return <ListError error={list.error} namespace={namespace} onRetry={() => void list.refetch()} />;
  }
  if (isEmptyProject && !filter.isFiltered && problems.length === 0) return <NoTasks namespace={namespace} />;
  return (
    <>
      {list.isError && (
        <StaleNotice className="m-3" since={list.dataUpdatedAt} onRetry={() => void list.refetch()}>
          {errorText(list.error).title}
        </StaleNotice>
      )}
      <ListProblems problems={problems} />
      <ListToolbar filter={filter} counts={counts} updatedAt={list.dataUpdatedAt} />
      {tasks.length > 0 ? <Rows tasks={tasks} /> : filter.isFiltered ? <NoMatch onClear={filter.clear} /> : null}
      <Foot
        shown={tasks.length}
        loadMore={list.hasNextPage ? () => void list.fetchNextPage() : null}
        loading={list.isFetchingNextPage}
      />
    </>
  );
}

function Rows({ tasks }: { tasks: Task[] }) {
  const t = useTranslations('list');
  const [deleting, setDeleting] = useState<Task | null>(null);
  const [dialogOpen, setDialogOpen] = useState(false);
  const selection = useFinishedSelection(tasks);
  const metrics = useQuery(taskListMetricsOptions(tasks));
  const rowMetrics = (task: Task): TaskRowMetrics | null | undefined => {
    const found = metricsOf(metrics.data, task);
    // Missing while they come; never to come (no Prometheus, a refusal) reads as a dash.
    return found ?? (metrics.isPending || metrics.isPlaceholderData ? undefined : null);
  };
  return (
    <>
      <FinishedBar selection={selection} />
      <table className="table task-table">
        <caption className="sr-only">{t('list')}</caption>
        <colgroup>
          <col className="task-col-name" />
          <col className="task-col-versions" />
          <col className="task-col-state" />
          <col className="task-col-rate" />
          <col className="task-col-coverage" />
          <col className="task-col-difference" />
          <col />
          <col className="task-col-menu" />
        </colgroup>
        <thead>
          <tr>
            <th scope="col">{t('columns.task')}</th>
            <th scope="col">{t('columns.versions')}</th>
            <th scope="col">{t('columns.state')}</th>
            <th scope="col">
              {t('columns.rate')} <span className="font-normal">{t('columns.rateWindow')}</span>
            </th>
            <th scope="col">{t('columns.coverage')}</th>
            <th scope="col">
              {t('columns.difference')} <span className="font-normal">{t('columns.differenceOf')}</span>
            </th>
            <th scope="col">{t('columns.created')}</th>
            <th scope="col">
              <span className="sr-only">{t('columns.actions')}</span>
            </th>
          </tr>
        </thead>
        {tasks.map((task) => (
          <TaskRow
            key={`${task.namespace}/${task.name}`}
            task={task}
            metrics={rowMetrics(task)}
            selection={selection}
            onDelete={(chosen) => {
              setDeleting(chosen);
              setDialogOpen(true);
            }}
          />
        ))}
      </table>
      {deleting && (
        <Suspense>
          <DeleteTaskDialog task={deleting} open={dialogOpen} onClose={() => setDialogOpen(false)} />
        </Suspense>
      )}
    </>
  );
}

function Foot({ shown, loadMore, loading }: { shown: number; loadMore: (() => void) | null; loading: boolean }) {
  const t = useTranslations('list');
  const common = useTranslations('common');
  return (
    <div className="table-foot">
      <span>{t('shown', { count: shown })}</span>
      {loadMore && (
        <Button size="small" pending={loading} onClick={loadMore}>
          {t('loadMore')}
        </Button>
      )}
      <span className="inline-flex items-center gap-1.5 whitespace-nowrap">
        <LegendKey side="live" />
        {common('live')}
      </span>
      <span className="inline-flex items-center gap-1.5 whitespace-nowrap">
        <LegendKey side="mirror" />
        {common('mirror')}
      </span>
      <span className="min-w-0">{t('legend')}</span>
    </div>
  );
}
