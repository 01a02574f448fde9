'use client';

import { useQuery } from '@tanstack/react-query';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { Button } from '@/components/ui/button';
import { Card, CardBody, CardHeader } from '@/components/ui/card';
import { cx } from '@/components/ui/cx';
import { Skeleton } from '@/components/ui/feedback';
import { SeverityBadge } from '@/components/ui/severity-badge';
import { UpdatedAgo } from '@/components/ui/time-ago';
import { taskChecksOptions } from '@/lib/client/tasks';
import { useMessageText } from '@/lib/client/use-error-text';
import type { PlanCheck, Task } from '@/lib/contract/task';
import { UnreadAlert } from './unread-alert';

const worstFirst = ['fail', 'warn', 'unknown', 'pass'] as const;

/** What a creation of the task would be told today: what has changed around it. Passed checks on demand. */
export function ChecksCard({ task }: { task: Task }) {
  const t = useTranslations('task.checks');
  const [open, setOpen] = useState(false);
  const { data, error, refetch, dataUpdatedAt } = useQuery(taskChecksOptions(task.namespace, task.name));
  const of = (severity: PlanCheck['severity']) => data?.checks.filter((check) => check.severity === severity) ?? [];
  const passed = of('pass').length;
  const shown = worstFirst.flatMap((severity) => (severity === 'pass' && !open ? [] : of(severity)));
  return (
    <Card aria-labelledby="checks-title">
      <CardHeader id="checks-title" title={t('title')} lead={t('lead')} actions={<UpdatedAgo at={dataUpdatedAt} />} />
      {error ? (
        <CardBody>
          <UnreadAlert error={error} since={dataUpdatedAt} onRetry={() => void refetch()} />
        </CardBody>
      ) : null}
      {data ? (
        <CardBody>
          {data.checks.length === passed && <p className="pb-2 text-ink-2">{t('allPass', { count: passed })}</p>}
          <ul>
            {shown.map((check, index) => (
              <CheckLine key={`${check.code} ${index}`} check={check} />
            ))}
          </ul>
          {passed > 0 && (
            <Button size="small" aria-expanded={open} onClick={() => setOpen(!open)}>
              {open ? t('hidePassed') : t('showPassed', { count: passed })}
            </Button>
          )}
        </CardBody>
      ) : error ? null : (
        <Skeleton className="m-4 h-24" />
      )}
    </Card>
  );
}

function CheckLine({ check }: { check: PlanCheck }) {
  const t = useTranslations('task.checks');
  const text = useMessageText();
  const { code, severity, params, message, action } = check;
  const passes = severity === 'pass';
  return (
    <li
      className={cx(
        'flex flex-wrap items-start gap-x-3 gap-y-1 border-t border-line first:border-t-0',
        passes ? 'py-1' : 'py-2.5',
      )}
    >
      <span className="w-24 flex-none">
        <SeverityBadge severity={severity}>{t(severity)}</SeverityBadge>
      </span>
      <div className="min-w-0 flex-1 basis-60 [overflow-wrap:anywhere]">
        <h3 className={passes ? 'text-xs' : 'text-sm font-semibold'}>
          {text('check', { code: `${code}.${severity}`, params, message })}
        </h3>
        {action !== null && (
          <p className="text-xs text-ink-2">{text('check', { code: `${code}.action`, params, message: action })}</p>
        )}
      </div>
    </li>
  );
}
