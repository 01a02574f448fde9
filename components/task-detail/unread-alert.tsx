'use client';

import { useTranslations } from 'next-intl';
import { Alert } from '@/components/ui/alert';
import { Button } from '@/components/ui/button';
import { useErrorText } from '@/lib/client/use-error-text';

/** Why a part of the page could not be read, and a button to try again; `warn` where what was read before stands. */
export function UnreadAlert({
  error,
  onRetry,
  tone = 'bad',
  className,
}: {
  error: unknown;
  onRetry: () => void;
  tone?: 'warn' | 'bad';
  className?: string;
}) {
  const common = useTranslations('common');
  const errorText = useErrorText();
  return (
    <Alert
      {...(className && { className })}
      tone={tone}
      live
      title={errorText(error).title}
      actions={
        <Button size="small" onClick={onRetry}>
          {common('retry')}
        </Button>
      }
    />
  );
}
