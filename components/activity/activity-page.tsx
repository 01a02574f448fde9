'use client';
import { useQuery } from '@tanstack/react-query';
import { Activity } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { StaleNotice } from '@/components/ui/stale-notice';
import { Banner, Card } from '@/components/ui/card';
import { Button } from '@/components/ui/button';
import { EmptyState, Skeleton } from '@/components/ui/feedback';
import { SearchInput } from '@/components/ui/search-input';
import { UpdatedAgo } from '@/components/ui/time-ago';
import { useNamespace } from '@/lib/client/namespace';
import { activityOptions } from '@/lib/client/tasks';
import { useUrlState } from '@/lib/client/url-state';
import { useCodeText, useErrorText } from '@/lib/client/use-error-text';
import { ActivityTable } from './activity-table';

/** Who did what in the project, newest first, with how it ended. */
export function ActivityPage() {
  const t = useTranslations('activity');
  const common = useTranslations('common');
  const namespace = useNamespace();
  const text = useCodeText();
  const errorText = useErrorText();
  const { get, set } = useUrlState();
  const q = get('q');
  const needle = q.toLowerCase();
  const query = useQuery({ ...activityOptions(namespace ?? ''), enabled: namespace !== null });
  const items = query.data?.items.filter((item) =>
    [item.task, item.by, text('verb', item.verb)].some((value) => value.toLowerCase().includes(needle)),
  );
  return (
    <>
      <Banner
        icon={<Activity size={26} strokeWidth={1.4} aria-hidden className="text-ink-2" />}
        title={t('title')}
        lead={t('lead')}
      />
      <Card aria-label={t('title')}>
        <div className="flex flex-wrap items-center gap-2 border-b border-line px-4 py-3">
          <SearchInput
            className="w-72! max-sm:w-full!"
            label={t('search')}
            value={q}
            onChange={(next) => set({ q: next.trim() }, 'replace')}
          />
          <span className="ml-auto">
            <UpdatedAgo at={query.dataUpdatedAt} />
          </span>
        </div>
        {items !== undefined && query.error && (
          <StaleNotice className="m-3" since={query.dataUpdatedAt} onRetry={() => void query.refetch()}>
            {errorText(query.error).title}
          </StaleNotice>
        )}
        {content()}
      </Card>
    </>
  );

  function content() {
    if (items === undefined) {
      if (!query.error) return <Skeleton className="m-4 h-40" />;
      return (
        <EmptyState
          title={t('failed')}
          actions={<Button onClick={() => void query.refetch()}>{common('retry')}</Button>}
        >
          {errorText(query.error).title}
        </EmptyState>
      );
    }
    if (items.length > 0) return <ActivityTable items={items} />;
    return <EmptyState title={q ? t('noMatch') : t('empty')}>{q ? t('noMatchLead') : t('emptyLead')}</EmptyState>;
  }
}
