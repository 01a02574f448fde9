'use client';

import { useQuery } from '@tanstack/react-query';
import { useTranslations } from 'next-intl';
import { Alert } from '@/components/ui/alert';
import { Card, CardBody, CardHeader } from '@/components/ui/card';
import { CopyButton } from '@/components/ui/copy-button';
import { Code, Skeleton } from '@/components/ui/feedback';
import { taskVerificationOptions } from '@/lib/client/tasks';
import type { Task, VerificationList } from '@/lib/contract/task';
import { UnreadAlert } from './unread-alert';

type Item = VerificationList['items'][number];

/** In this order: what is configured, what arrives, what the pods say. */
const groups = [
  { key: 'configuration', ids: ['routes', 'analyze', 'proxy_routes'] },
  { key: 'metrics', ids: ['live_rate', 'mirror_rate'] },
  { key: 'logs', ids: ['live_requests', 'mirror_requests', 'live_logs', 'mirror_logs'] },
] as const;

/** Commands and queries to copy, with which one sees for oneself that requests are copied. */
export function VerifyTab({ task }: { task: Task }) {
  const t = useTranslations('task.verify');
  const { data, error, refetch, dataUpdatedAt } = useQuery(taskVerificationOptions(task.namespace, task.name));
  return (
    <>
      <p className="text-xs text-ink-2">{t('lead')}</p>
      {error ? <UnreadAlert error={error} since={dataUpdatedAt} onRetry={() => void refetch()} /> : null}
      {data && data.unreadable.length > 0 ? (
        <Alert tone="warn" title={t('unreadable', { kinds: data.unreadable.join(', ') })} />
      ) : null}
      {data ? (
        groups.map(({ key, ids }) => (
          <Card key={key} aria-labelledby={`verify-${key}`}>
            <CardHeader id={`verify-${key}`} title={t(`group.${key}.title`)} lead={t(`group.${key}.lead`)} />
            <CardBody className="space-y-5">
              {ids
                .flatMap((id) => data.items.filter((item) => item.id === id))
                .map((item) => (
                  <Command key={`${item.id} ${item.about}`} item={item} />
                ))}
            </CardBody>
          </Card>
        ))
      ) : error ? null : (
        <Skeleton className="h-60" />
      )}
    </>
  );
}

function Command({ item: { id, command, about } }: { item: Item }) {
  const t = useTranslations('task.verify');
  const title = t(`item.${id}.title`, { about });
  return (
    <section aria-label={title}>
      <h3 className="text-sm font-semibold [overflow-wrap:anywhere]">{title}</h3>
      <p className="mb-2 text-xs text-ink-2">{t(`item.${id}.lead`)}</p>
      <div className="flex items-start gap-3">
        <div className="panel min-w-0 flex-1">
          <Code>{command}</Code>
        </div>
        <CopyButton text={command} name={title} />
      </div>
    </section>
  );
}
