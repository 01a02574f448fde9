'use client';
import { CircleCheck, CircleDashed, CircleX, LoaderCircle } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { Badge } from '@/components/ui/badge';
import { Link } from '@/components/ui/link';
import { Name } from '@/components/ui/name';
import { Table, type Column } from '@/components/ui/table';
import type { Tone } from '@/components/ui/tone';
import { useNow } from '@/components/ui/time-ago';
import type { ActivityList } from '@/lib/contract/task';
import { useCodeText, useMessageText } from '@/lib/client/use-error-text';
import { useFormat } from '@/lib/format/use-format';
import { routes } from '@/lib/routes';
import type * as z from 'zod/mini';

export type ActivityItem = z.infer<typeof ActivityList>['items'][number];

const outcomes: Record<ActivityItem['outcome'], { tone: Tone; icon: typeof CircleCheck }> = {
  started: { tone: 'info', icon: LoaderCircle },
  done: { tone: 'ok', icon: CircleCheck },
  failed: { tone: 'bad', icon: CircleX },
  interrupted: { tone: 'warn', icon: CircleDashed },
};

/** When, who, what, on which task, and how it ended. */
export function ActivityTable({ items }: { items: readonly ActivityItem[] }) {
  const t = useTranslations('activity');
  const code = useCodeText();
  const text = useMessageText();
  const format = useFormat();
  const now = useNow(60_000);
  const columns: Column<ActivityItem>[] = [
    {
      key: 'at',
      header: t('when'),
      className: 'whitespace-nowrap',
      renderCell: (item) => (
        <time dateTime={item.at} title={now === null ? undefined : format.moment(item.at)}>
          {now === null ? '' : format.time(item.at, now, true)}
        </time>
      ),
    },
    { key: 'by', header: t('who'), renderCell: (item) => <Name>{item.by}</Name> },
    {
      key: 'verb',
      header: t('what'),
      className: 'whitespace-nowrap',
      renderCell: (item) => (
        <>
          <b>{code('verb', item.verb)}</b>
          {item.percentage !== null && (
            <span className="text-ink-2">
              {' '}
              {(item.percentages ?? [item.percentage]).map(format.percentage).join(' / ')}
            </span>
          )}
        </>
      ),
    },
    {
      key: 'task',
      header: t('task'),
      renderCell: (item) => (
        <Link href={routes.task(item.namespace, item.task)}>
          <Name>{item.task}</Name>
        </Link>
      ),
    },
    {
      key: 'outcome',
      header: t('outcome'),
      renderCell: (item) => {
        const { tone, icon: Icon } = outcomes[item.outcome];
        return (
          <>
            <Badge tone={tone} icon={<Icon aria-hidden />}>
              {t(`outcomes.${item.outcome}`)}
            </Badge>
            {item.detail && (
              <div className="mt-1 text-xs text-ink-2 [overflow-wrap:anywhere]">{text('reason', item.detail)}</div>
            )}
          </>
        );
      },
    },
  ];
  return (
    <Table
      caption={t('title')}
      columns={columns}
      rows={items}
      rowKey={(item) => `${item.at} ${item.namespace} ${item.task} ${item.verb} ${item.outcome}`}
    />
  );
}
