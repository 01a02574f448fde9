'use client';
import { useTranslations } from 'next-intl';
import { Button } from '@/components/ui/button';
import { Card } from '@/components/ui/card';
import { EmptyState } from '@/components/ui/feedback';

/** A page that broke while drawing: nothing was changed in the cluster by that. */
export default function PageError({ error, reset }: { error: Error & { digest?: string }; reset: () => void }) {
  const t = useTranslations('shell');
  return (
    <Card>
      <EmptyState
        title={t('pageBroken')}
        actions={
          <Button variant="primary" onClick={reset}>
            {t('pageAgain')}
          </Button>
        }
      >
        <p>{t('pageBrokenLead')}</p>
        {error.digest && <p className="text-xs text-ink-3">{error.digest}</p>}
      </EmptyState>
    </Card>
  );
}
