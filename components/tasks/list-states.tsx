'use client';
import { Network } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { Alert } from '@/components/ui/alert';
import { Button, ButtonLink } from '@/components/ui/button';
import { EmptyState, Skeleton } from '@/components/ui/feedback';
import { ApiRequestError } from '@/lib/client/http';
import { useErrorText, useMessageText } from '@/lib/client/use-error-text';
import type { TaskList } from '@/lib/contract/task';
import { routes } from '@/lib/routes';
import { CreateTaskLink } from './create-task-link';
import { MirroringPicture } from './mirroring-picture';

export function ListSkeleton() {
  const t = useTranslations('common');
  return (
    <div className="divide-y divide-line">
      <output className="sr-only">{t('loading')}</output>
      {Array.from({ length: 5 }, (_, index) => (
        <div key={index} className="flex flex-wrap gap-6 px-4 py-4">
          <Skeleton className="h-9 w-36" />
          <Skeleton className="h-9 w-40" />
          <Skeleton className="h-6 w-20" />
          <Skeleton className="h-9 flex-1 basis-40" />
        </div>
      ))}
    </div>
  );
}

/** No task in this project yet: what to do first. */
export function NoTasks({ namespace }: { namespace: string }) {
  const t = useTranslations('list');
  return (
    <EmptyState
      picture={<MirroringPicture />}
      title={t('empty.title', { namespace })}
      actions={
        <>
          <CreateTaskLink namespace={namespace} />
          <ButtonLink icon={<Network size={14} aria-hidden />} href={routes.services(namespace)}>
            {t('empty.services')}
          </ButtonLink>
        </>
      }
    >
      {t('empty.lead')}
    </EmptyState>
  );
}

/** What stands and cannot be shown as a task: a damaged or lost record hides nothing. */
export function ListProblems({ problems }: { problems: TaskList['problems'] }) {
  const t = useTranslations('list');
  const text = useMessageText();
  if (problems.length === 0) return null;
  return (
    <div className="grid gap-2 p-3 pb-0">
      {problems.map((problem) => (
        <Alert key={JSON.stringify(problem.params)} tone="bad" title={text('reason', problem)}>
          {t(problem.code === 'orphaned_changes' ? 'orphaned' : 'unreadable')} <code>{commandFor(problem)}</code>
        </Alert>
      ))}
    </div>
  );
}

function commandFor({ params }: TaskList['problems'][number]): string {
  const { kind = 'ConfigMap', namespace, name } = params;
  return `kubectl -n ${namespace} get ${String(kind).toLowerCase()} ${name} -o yaml`;
}

/** Tasks exist, none matches. */
export function NoMatch({ onClear }: { onClear: () => void }) {
  const t = useTranslations('list');
  return (
    <EmptyState title={t('noMatch.title')} actions={<Button onClick={onClear}>{t('noMatch.clear')}</Button>}>
      {t('noMatch.lead')}
    </EmptyState>
  );
}

/** The list could not be had: not allowed, or no answer. */
export function ListError({ error, namespace, onRetry }: { error: unknown; namespace: string; onRetry: () => void }) {
  const t = useTranslations('list');
  const common = useTranslations('common');
  const errorText = useErrorText();
  const forbidden = error instanceof ApiRequestError && error.code === 'forbidden';
  return (
    <EmptyState
      title={forbidden ? t('forbidden.title', { namespace }) : t('failed.title')}
      actions={<Button onClick={onRetry}>{common('retry')}</Button>}
    >
      <p>{errorText(error).title}</p>
      <p>{forbidden ? t('forbidden.lead') : t('failed.lead')}</p>
    </EmptyState>
  );
}
