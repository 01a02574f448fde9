'use client';

import { useTranslations } from 'next-intl';
import { Alert } from '@/components/ui/alert';
import { Button } from '@/components/ui/button';
import { useNow } from '@/components/ui/time-ago';
import { useErrorText } from '@/lib/client/use-error-text';
import { useFormat } from '@/lib/format/use-format';

/**
 * Why a part of the page could not be read, and a button to try again. `since`: when what stands below was read, in
 * epoch milliseconds, so that nobody takes it for what is; 0: nothing stands there.
 */
export function UnreadAlert({
  error,
  since,
  onRetry,
  className,
}: {
  error: unknown;
  since: number;
  onRetry: () => void;
  className?: string;
}) {
  const common = useTranslations('common');
  const errorText = useErrorText();
  const format = useFormat();
  const now = useNow(60_000);
  const why = errorText(error).title;
  const shared = {
    ...(className && { className }),
    live: true,
    actions: (
      <Button size="small" onClick={onRetry}>
        {common('retry')}
      </Button>
    ),
  };
  if (since === 0) return <Alert {...shared} tone="bad" title={why} />;
  const time = format.time(new Date(since).toISOString(), now ?? since, true);
  return (
    <Alert {...shared} tone="warn" title={common('stale.part', { since: time })}>
      {why}
      <span className="block">{common('stale.body')}</span>
    </Alert>
  );
}
