'use client';

import { useTranslations } from 'next-intl';
import { Button, ButtonLink } from '@/components/ui/button';
import { Card } from '@/components/ui/card';
import { EmptyState, Skeleton } from '@/components/ui/feedback';
import { ApiRequestError } from '@/lib/client/http';
import { useErrorText } from '@/lib/client/use-error-text';
import { routes } from '@/lib/routes';

interface Place {
  namespace: string;
  name: string;
}

/** There is no such task, or it was removed while it was looked at. */
export function TaskMissing({ namespace, name, wasThere }: Place & { wasThere: boolean }) {
  const t = useTranslations('task.missing');
  return (
    <Card>
      <EmptyState title={t(wasThere ? 'removedTitle' : 'title', { name })} actions={<ToList namespace={namespace} />}>
        {t(wasThere ? 'removedBody' : 'body', { namespace })}
      </EmptyState>
    </Card>
  );
}

/** The task cannot be read: no permission, or the API does not answer. */
export function TaskUnreadable({ namespace, name, error, onRetry }: Place & { error: Error; onRetry: () => void }) {
  const t = useTranslations('task.unreadable');
  const common = useTranslations('common');
  const errorText = useErrorText();
  const forbidden = error instanceof ApiRequestError && error.code === 'forbidden';
  return (
    <Card>
      <EmptyState
        title={t(forbidden ? 'forbiddenTitle' : 'title', { name })}
        actions={
          <>
            <Button variant="primary" onClick={onRetry}>
              {common('retry')}
            </Button>
            <ToList namespace={namespace} />
          </>
        }
      >
        <p role="alert">{errorText(error).title}</p>
        <p>{t(forbidden ? 'forbiddenBody' : 'body', { namespace })}</p>
      </EmptyState>
    </Card>
  );
}

export function TaskPageSkeleton({ label }: { label: string }) {
  return (
    <>
      <output className="sr-only">{label}</output>
      <Skeleton className="h-50" />
      <div className="flex gap-3 max-lg:flex-col">
        <Skeleton className="h-84 flex-1" />
        <Skeleton className="h-84 w-85 max-lg:w-full" />
      </div>
      <div className="grid grid-cols-2 gap-3 max-lg:grid-cols-1">
        <Skeleton className="h-56" />
        <Skeleton className="h-56" />
      </div>
    </>
  );
}

/** While the code of a tab is on its way. */
export function TabSkeleton() {
  return (
    <div aria-busy>
      <Skeleton className="h-96" />
    </div>
  );
}

function ToList({ namespace }: { namespace: string }) {
  const t = useTranslations('task');
  return <ButtonLink href={routes.tasks(namespace)}>{t('toList')}</ButtonLink>;
}
