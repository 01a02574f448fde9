'use client';

import { useQuery } from '@tanstack/react-query';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { Badge } from '@/components/ui/badge';
import { Card, CardHeader } from '@/components/ui/card';
import { Skeleton } from '@/components/ui/feedback';
import { ScrollRegion } from '@/components/ui/scroll-region';
import { Table, type Column } from '@/components/ui/table';
import { Chip } from '@/components/ui/tabs';
import { useNow } from '@/components/ui/time-ago';
import { taskRequestsOptions } from '@/lib/client/tasks';
import { useMessageText } from '@/lib/client/use-error-text';
import type { Task, TaskRequests } from '@/lib/contract/task';
import { useFormat } from '@/lib/format/use-format';
import { versionOf } from './task-words';
import { UnreadAlert } from './unread-alert';

type Pair = TaskRequests['items'][number];

/** Requests that both versions have answered, side by side, and where the answers differ. */
export function RequestsCard({ task, q, follow }: { task: Task; q: string; follow: boolean }) {
  const t = useTranslations('task.requests');
  const text = useMessageText();
  const [differing, setDiffering] = useState(false);
  const { data, error, refetch, dataUpdatedAt } = useQuery(
    taskRequestsOptions(task.namespace, task.name, { q, differing, follow }),
  );
  const columns = useColumns(task);
  return (
    <Card aria-labelledby="requests-title">
      <CardHeader
        id="requests-title"
        title={t('title')}
        {...(data && { lead: t('lead', { lines: data.linesPerPod }) })}
        actions={
          <Chip pressed={differing} onClick={() => setDiffering(!differing)}>
            {t('onlyDiffering')}
          </Chip>
        }
      />
      {error ? (
        <UnreadAlert className="m-3" error={error} since={dataUpdatedAt} onRetry={() => void refetch()} />
      ) : null}
      {data?.reason ? (
        <p className="p-4 text-ink-2">{text('reason', data.reason)}</p>
      ) : data?.items.length === 0 ? (
        <p className="p-4 text-ink-2">{t(differing ? 'noneDiffers' : 'noMatch', { q })}</p>
      ) : data ? (
        <>
          <ScrollRegion label={t('rows')} className="max-h-100 overflow-y-auto">
            <Table caption={t('title')} columns={columns} rows={data.items} rowKey={(pair) => pair.id} />
          </ScrollRegion>
          <footer className="table-foot">
            <output>{t('count', { count: data.items.length })}</output>
          </footer>
        </>
      ) : error ? null : (
        <Skeleton className="m-4 h-32" />
      )}
    </Card>
  );
}

function useColumns(task: Task): Column<Pair>[] {
  const t = useTranslations('task.requests');
  const format = useFormat();
  const now = useNow(30_000);
  const answer = ({ code, durationMs, flags }: Pair['primary']) => (
    <span title={flags === '-' ? undefined : t('flags', { flags })}>
      {t('answer', { code, duration: format.number(durationMs, 0) })}
    </span>
  );
  const side = (key: 'primary' | 'mirror', label: 'live' | 'mirror'): Column<Pair> => ({
    key,
    header: t(label, { version: versionOf(task, key) }),
    numeric: true,
    className: 'whitespace-nowrap',
    renderCell: (pair) => answer(pair[key]),
  });
  return [
    {
      key: 'at',
      header: t('at'),
      className: 'whitespace-nowrap',
      renderCell: ({ at }) => (
        <time dateTime={at} title={format.moment(at)}>
          {now === null ? '' : format.time(at, now, true)}
        </time>
      ),
    },
    {
      key: 'request',
      header: t('request'),
      renderCell: ({ id, method, path }) => (
        <span className="font-mono [overflow-wrap:anywhere]" title={id}>
          {method} {path}
        </span>
      ),
    },
    side('primary', 'live'),
    side('mirror', 'mirror'),
    {
      key: 'difference',
      header: t('difference'),
      numeric: true,
      className: 'whitespace-nowrap',
      renderCell: ({ primary, mirror }) =>
        primary.code === mirror.code ? (
          format.difference(mirror.durationMs - primary.durationMs, 'milliseconds')
        ) : (
          <Badge tone="bad">{t('differs')}</Badge>
        ),
    },
  ];
}
