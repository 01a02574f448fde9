'use client';

import { ArrowRight } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { TaskStateBadge } from '@/components/tasks/task-state-badge';
import { VersionTag } from '@/components/ui/badge';
import { Banner, Facts } from '@/components/ui/card';
import { LogoMark } from '@/components/ui/icons';
import { Tabs } from '@/components/ui/tabs';
import { UpdatedAgo, useNow } from '@/components/ui/time-ago';
import { useMessageText } from '@/lib/client/use-error-text';
import type { Task } from '@/lib/contract/task';
import { useFormat } from '@/lib/format/use-format';
import { routes, taskTabs, type TaskPageAction, type TaskTab } from '@/lib/routes';
import { SelectedRequests } from './selected-requests';
import { TaskActions } from './task-actions';
import type { TaskPageQuery } from './task-page-query';
import { isCopying, sharesText, versionOf } from './task-words';
import { ToolLinks } from './tool-links';

/** Head of the page: what the task is and does, in words and facts, its verbs and its views. */
export function TaskBanner({
  task,
  updatedAt,
  query,
  onTab,
  onAction,
}: {
  task: Task;
  updatedAt: number;
  query: TaskPageQuery;
  onTab: (tab: TaskTab) => void;
  onAction: (action: TaskPageAction | null) => void;
}) {
  const t = useTranslations('task');
  const messageText = useMessageText();
  return (
    <Banner
      icon={<LogoMark size={30} />}
      title={task.name}
      badge={
        <>
          <TaskStateBadge state={task.state} />
          <UpdatedAgo at={updatedAt} />
        </>
      }
      lead={<Lead task={task} />}
      actions={<TaskActions task={task} opened={query.action} onOpen={onAction} />}
      facts={
        <>
          <BannerFacts task={task} />
          <p className="mt-2 text-xs text-ink-3">
            {t('fact.placementReason')} {messageText('reason', task.placementReason)}
          </p>
          <SelectedRequests task={task} />
          <ToolLinks task={task} />
        </>
      }
      tabs={
        <Tabs
          label={t('views')}
          current={query.tab}
          onChoose={onTab}
          items={taskTabs.map((tab) => ({
            key: tab,
            label: t(`tab.${tab}`),
            href: routes.task(task.namespace, task.name, { tab, range: query.range }),
          }))}
        />
      }
    />
  );
}

function Lead({ task }: { task: Task }) {
  const t = useTranslations('task');
  const format = useFormat();
  const messageText = useMessageText();
  const awaited = task.reason?.code === 'waiting_for_patch' ? task.reason : null;
  return (
    <>
      {awaited
        ? messageText('reason', awaited)
        : t(`lead.${task.state === 'Degraded' && !isCopying(task) ? 'DegradedStart' : task.state}`, {
            percentage: sharesText(task, format.percentage),
            service: task.service,
            mirror: versionOf(task, 'mirror'),
            selected: isSelective(task) ? 'yes' : 'no',
          })}
      {task.description ? <span className="block text-xs text-ink-3">{task.description}</span> : null}
    </>
  );
}

function isSelective({ match, safety, routes: chosen }: Task): boolean {
  return match.length > 0 || safety.methods !== null || chosen !== null;
}

function BannerFacts({ task }: { task: Task }) {
  const t = useTranslations('task.fact');
  const format = useFormat();
  const now = useNow(10_000);
  const time = (iso: string) => (now === null ? '' : format.time(iso, now));
  const small = (text: string) => <span className="text-xs font-normal text-ink-3">{text}</span>;
  return (
    <Facts
      items={[
        {
          label: t('service'),
          value: (
            <>
              {task.namespace} / {task.service}{' '}
              {small(t('ports', { count: task.ports.length, ports: task.ports.join(', ') }))}
            </>
          ),
        },
        {
          label: t('versions'),
          value: (
            <span className="flex flex-wrap items-center gap-1.5">
              <VersionTag side="live" label={t('live')}>
                {versionOf(task, 'primary')}
              </VersionTag>
              <ArrowRight size={14} aria-hidden />
              <VersionTag side="mirror" label={t('mirror')}>
                {versionOf(task, 'mirror')}
              </VersionTag>
            </span>
          ),
        },
        {
          label: t('percentage'),
          value: (
            <>
              {sharesText(task, format.percentage)}{' '}
              {small(t(isSelective(task) ? 'ofSelected' : 'since', { time: time(task.percentageSince) }))}
            </>
          ),
        },
        {
          label: t('state', { state: task.state }),
          value: (
            <>
              {now === null ? '' : format.duration(now - Date.parse(task.stateSince))}{' '}
              {small(t('since', { time: time(task.stateSince) }))}
            </>
          ),
        },
        { label: t('owner'), value: task.createdBy },
        { label: t('created'), value: <time dateTime={task.createdAt}>{time(task.createdAt)}</time> },
        { label: t('placement'), value: t(`placementName.${task.placement ?? 'elsewhere'}`) },
      ]}
    />
  );
}
