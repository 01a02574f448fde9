'use client';

import { useQuery } from '@tanstack/react-query';
import { useTranslations } from 'next-intl';
import { PatchView } from '@/components/manifests/patch-view';
import { Card, CardBody, CardHeader } from '@/components/ui/card';
import { Skeleton } from '@/components/ui/feedback';
import { taskPatchOptions } from '@/lib/client/tasks';
import type { Task } from '@/lib/contract/task';
import { UnreadAlert } from './unread-alert';

/** What the operator is to do himself before the task goes on: a patch for each shared object. */
export function PatchCard({ task }: { task: Task }) {
  const t = useTranslations('task.patch');
  const { data, error, refetch, dataUpdatedAt } = useQuery(taskPatchOptions(task.namespace, task.name));
  return (
    <Card aria-labelledby="patch-title">
      <CardHeader id="patch-title" title={t('title')} lead={t('lead')} />
      <CardBody className="grid gap-5">
        {error ? <UnreadAlert error={error} since={dataUpdatedAt} onRetry={() => void refetch()} /> : null}
        {data ? (
          data.items.map((patch) => <PatchView key={`${patch.namespace}/${patch.name}`} patch={patch} />)
        ) : error ? null : (
          <Skeleton className="h-32" />
        )}
      </CardBody>
    </Card>
  );
}
