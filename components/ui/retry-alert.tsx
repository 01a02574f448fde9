'use client';
import { useTranslations } from 'next-intl';
import type { ComponentProps } from 'react';
import { Alert } from './alert';
import { Button } from './button';

/** What could not be read or worked out, and a button to try again. */
export function RetryAlert({
  onRetry,
  ...alert
}: { onRetry: () => void } & Omit<ComponentProps<typeof Alert>, 'actions' | 'live'>) {
  const t = useTranslations('common');
  return (
    <Alert
      {...alert}
      live
      actions={
        <Button size="small" onClick={onRetry}>
          {t('retry')}
        </Button>
      }
    />
  );
}
