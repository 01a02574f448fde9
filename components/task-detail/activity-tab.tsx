'use client';

import { useQuery } from '@tanstack/react-query';
import { useTranslations } from 'next-intl';
import { Badge } from '@/components/ui/badge';
import { Card, CardHeader } from '@/components/ui/card';
import { Skeleton } from '@/components/ui/feedback';
import { Name } from '@/components/ui/name';
import { useNow } from '@/components/ui/time-ago';
import type { Tone } from '@/components/ui/tone';
import { taskActivityOptions } from '@/lib/client/tasks';
import { useCodeText, useMessageText } from '@/lib/client/use-error-text';
import type { ActivityItem, Task } from '@/lib/contract/task';
import { dash } from '@/lib/format/format';
import { useFormat } from '@/lib/format/use-format';
import type * as z from 'zod/mini';
import { UnreadAlert } from './unread-alert';

type Entry = z.infer<typeof ActivityItem>;

const outcomeTone: Record<Entry['outcome'], Tone> = { started: 'info', done: 'ok', failed: 'bad', interrupted: 'warn' };

/** Who did what with this task, when and with which outcome, newest first. */
export function ActivityTab({ task }: { task: Task }) {
  const t = useTranslations('task.activity');
  const now = useNow(30_000);
  const { data, error, refetch, dataUpdatedAt } = useQuery(taskActivityOptions(task.namespace, task.name));

  return (
    <Card aria-labelledby="activity-title">
      <CardHeader id="activity-title" title={t('title')} lead={t('lead')} />
      {error ? (
        <div className="p-4">
          <UnreadAlert error={error} since={dataUpdatedAt} onRetry={() => void refetch()} />
        </div>
      ) : null}
      {data ? (
        <table className="table table-cards">
          <caption className="sr-only">{t('title')}</caption>
          <thead>
            <tr>
              {(['when', 'who', 'what', 'outcome', 'detail'] as const).map((column) => (
                <th key={column} scope="col">
                  {t(column)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {data.items.map((entry) => (
              <ActivityRow key={`${entry.at} ${entry.verb} ${entry.outcome}`} entry={entry} now={now} />
            ))}
          </tbody>
        </table>
      ) : error ? null : (
        <Skeleton className="m-4 h-32" />
      )}
    </Card>
  );
}

function ActivityRow({ entry, now }: { entry: Entry; now: number | null }) {
  const t = useTranslations('task.activity');
  const format = useFormat();
  const codeText = useCodeText();
  const messageText = useMessageText();
  return (
    <tr>
      <th scope="row" className="font-normal whitespace-nowrap">
        <time dateTime={entry.at} title={format.moment(entry.at)}>
          {now === null ? '' : format.time(entry.at, now, true)}
        </time>
      </th>
      <td data-label={t('who')}>
        <Name>{entry.by}</Name>
      </td>
      <td data-label={t('what')} className="whitespace-nowrap">
        {codeText('verb', entry.verb)}
        {entry.percentage === null
          ? ''
          : ` · ${(entry.percentages ?? [entry.percentage]).map(format.percentage).join(' / ')}`}
      </td>
      <td data-label={t('outcome')}>
        <Badge tone={outcomeTone[entry.outcome]}>{t(`outcomes.${entry.outcome}`)}</Badge>
      </td>
      <td data-label={t('detail')}>{entry.detail ? messageText('reason', entry.detail) : dash}</td>
    </tr>
  );
}
