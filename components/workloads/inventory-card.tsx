'use client';
import type { UseQueryResult } from '@tanstack/react-query';
import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { StaleNotice } from '@/components/ui/stale-notice';
import { Button } from '@/components/ui/button';
import { Card } from '@/components/ui/card';
import { EmptyState, Skeleton } from '@/components/ui/feedback';
import { SearchInput } from '@/components/ui/search-input';
import { UpdatedAgo } from '@/components/ui/time-ago';
import { ApiRequestError } from '@/lib/client/http';
import { useErrorText } from '@/lib/client/use-error-text';

/** A card with a filter over one list of the project: loading, refusal, nothing there, nothing found, rows. */
export function InventoryCard<Item>({
  title,
  searchLabel,
  q,
  onSearch,
  query,
  items,
  emptyTitle,
  emptyLead,
  children,
}: {
  title: string;
  searchLabel: string;
  q: string;
  onSearch: (q: string) => void;
  query: Pick<UseQueryResult, 'isPending' | 'error' | 'dataUpdatedAt' | 'refetch'>;
  /** The items that match; undefined while nothing was loaded. */
  items: readonly Item[] | undefined;
  emptyTitle: string;
  emptyLead: string;
  children: (items: readonly Item[]) => ReactNode;
}) {
  const t = useTranslations('workloads');
  const errorText = useErrorText();
  return (
    <Card aria-label={title}>
      <div className="flex flex-wrap items-center gap-2 border-b border-line px-4 py-3">
        <SearchInput className="w-72! max-sm:w-full!" label={searchLabel} value={q} onChange={onSearch} />
        {items && <span className="text-xs text-ink-3">{t('count', { count: items.length })}</span>}
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
  );

  function content() {
    if (items === undefined) {
      return query.error ? <LoadError error={query.error} onRetry={() => void query.refetch()} /> : <Loading />;
    }
    if (items.length > 0) return children(items);
    if (!q) return <EmptyState title={emptyTitle}>{emptyLead}</EmptyState>;
    return (
      <EmptyState title={t('noMatch')} actions={<Button onClick={() => onSearch('')}>{t('clear')}</Button>}>
        {t('noMatchLead', { q })}
      </EmptyState>
    );
  }
}

function Loading() {
  const t = useTranslations('common');
  return (
    <div className="space-y-3 p-4">
      <output className="sr-only">{t('loading')}</output>
      {Array.from({ length: 4 }, (_, index) => (
        <Skeleton key={index} className="h-9" />
      ))}
    </div>
  );
}

function LoadError({ error, onRetry }: { error: unknown; onRetry: () => void }) {
  const t = useTranslations('workloads');
  const common = useTranslations('common');
  const errorText = useErrorText();
  const forbidden = error instanceof ApiRequestError && error.code === 'forbidden';
  return (
    <EmptyState
      title={forbidden ? t('forbidden') : t('failed')}
      actions={<Button onClick={onRetry}>{common('retry')}</Button>}
    >
      {errorText(error).title}
    </EmptyState>
  );
}
