'use client';

import { useTranslations } from 'next-intl';
import { Fragment } from 'react';
import { Code } from '@/components/ui/feedback';
import type { Task } from '@/lib/contract/task';
import { shortRouteName } from '@/lib/domain/route-choice';
import { matchText } from './match-text';

/** Which of the service's requests a task copies, by routes and conditions in their own words; nothing for all. */
export function SelectedRequests({ task: { match, safety, routes } }: { task: Task }) {
  const t = useTranslations('task.selected');
  if (match.length === 0 && safety.methods === null && routes === null) return null;
  return (
    <p className="mt-2 text-xs text-ink-3">
      {t('title')}{' '}
      {match.map((one, index) => (
        <Fragment key={index}>
          {index > 0 && ` ${t('or')} `}
          <Code>{matchText(one)}</Code>
        </Fragment>
      ))}
      {safety.methods && (
        <>
          {match.length > 0 && ` ${t('and')} `}
          {t('methods', { methods: safety.methods.join(', ') })}
        </>
      )}
      {routes && (
        <>
          {(match.length > 0 || safety.methods !== null) && ` ${t('and')} `}
          {t('routes', { routes: routes.map(routeName).join(', ') })}
        </>
      )}
    </p>
  );
}

function routeName({ namespace, virtualService, route }: NonNullable<Task['routes']>[number]): string {
  return `${namespace}/${virtualService} ${shortRouteName(route)}`;
}
