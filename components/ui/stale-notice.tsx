'use client';
import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { useFormat } from '@/lib/format/use-format';
import { RetryAlert } from './retry-alert';
import { useNow } from './time-ago';

/** Above what is shown from before, when asking for it anew failed: since when it stands still, and (inside) why. */
export function StaleNotice({
  what = 'title',
  since,
  onRetry,
  className,
  children,
}: {
  /** What stands still: the page, or a part of it. */
  what?: 'title' | 'part';
  since: number;
  onRetry: () => void;
  className?: string;
  children: ReactNode;
}) {
  const t = useTranslations('common');
  const format = useFormat();
  const now = useNow(60_000);
  return (
    <RetryAlert
      tone="warn"
      {...(className && { className })}
      title={t(`stale.${what}`, { since: format.time(new Date(since).toISOString(), now ?? since, true) })}
      onRetry={onRetry}
    >
      {children}
      <span className="block">{t('stale.body')}</span>
    </RetryAlert>
  );
}
