'use client';

import { useTranslations } from 'next-intl';
import { stateTone } from '@/components/tasks/task-state-badge';
import { Alert } from '@/components/ui/alert';
import { useMessageText } from '@/lib/client/use-error-text';
import type { Task } from '@/lib/contract/task';

/** What is wrong with a task that needs a person, and whether live requests are affected. */
export function ReasonStrip({ task }: { task: Task }) {
  const t = useTranslations('task.strip');
  const messageText = useMessageText();
  if (task.state !== 'Degraded' && task.state !== 'Drifted' && task.state !== 'Incomplete') return null;
  return (
    <Alert tone={stateTone(task.state)} live title={t(`title.${task.state}`, { name: task.name })}>
      {task.reason ? messageText('reason', task.reason) : null}{' '}
      {task.changedBy ? t('changedBy', { manager: task.changedBy }) : null}{' '}
      {task.state === 'Drifted' ? t('lookAtDifference') : null}
    </Alert>
  );
}
