'use client';
import { Trash2 } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { Alert } from '@/components/ui/alert';
import { ConfirmByName } from '@/components/ui/confirm-by-name';
import { ScrollRegion } from '@/components/ui/scroll-region';
import { useToast } from '@/components/ui/toast';
import { useDeleteTasks } from '@/lib/client/task-mutations';
import { useErrorText } from '@/lib/client/use-error-text';
import type { Task } from '@/lib/contract/task';

/**
 * Deletes several finished tasks, each by a request of its own, after naming them. Those that are refused stay in the
 * dialog with the reason; their number confirms a second try.
 */
export function DeleteFinishedDialog({
  tasks: chosen,
  open,
  onClose,
}: {
  tasks: readonly Task[];
  open: boolean;
  onClose: () => void;
}) {
  const t = useTranslations('list.deleteMany');
  const errorText = useErrorText();
  const toast = useToast();
  const deletion = useDeleteTasks();
  // What is confirmed is what was named, whatever the list does meanwhile.
  const [tasks, setTasks] = useState(chosen);
  const [openBefore, setOpenBefore] = useState(open);
  if (open !== openBefore) {
    setOpenBefore(open);
    if (open) setTasks(chosen);
  }
  const refused = tasks.flatMap((task) => {
    const failure = deletion.data?.find((one) => one.task === task);
    return failure ? [{ task, error: failure.error }] : [];
  });

  const close = () => {
    deletion.reset();
    onClose();
  };
  const confirm = () => {
    if (deletion.isSending()) return;
    deletion.mutate(tasks, {
      onSuccess: (failures) => {
        const accepted = tasks.length - failures.length;
        if (accepted > 0) toast('ok', t('accepted', { count: accepted }));
        if (failures.length === 0) close();
        else setTasks(failures.map(({ task }) => task));
      },
    });
  };

  return (
    <ConfirmByName
      open={open}
      onClose={close}
      name={String(tasks.length)}
      title={t('title', { count: tasks.length })}
      icon={<Trash2 size={16} aria-hidden />}
      confirmLabel={t('confirm', { count: tasks.length })}
      cancelLabel={t('keep')}
      pending={deletion.isPending}
      onConfirm={confirm}
    >
      <p>{t('lead')}</p>
      <ScrollRegion label={t('named')} className="max-h-60 overflow-y-auto rounded-sm border border-line px-3 py-2">
        <ul className="space-y-1">
          {tasks.map((task) => (
            <li key={`${task.namespace}/${task.name}`} className="[overflow-wrap:anywhere]">
              <b>{task.name}</b>{' '}
              <span className="text-xs text-ink-3">
                {task.namespace} / {task.service}
                {task.keepsWorkload
                  ? ` · ${t('keptToo', { workload: task.targets.flatMap((one) => one.workload ?? []).join(', ') })}`
                  : null}
              </span>
            </li>
          ))}
        </ul>
      </ScrollRegion>
      {refused.map(({ task, error }) => {
        const { title, details } = errorText(error);
        return (
          <Alert key={`${task.namespace}/${task.name}`} tone="bad" live title={t('refused', { name: task.name })}>
            {[title, ...details.map((detail) => detail.text)].join(' ')}
          </Alert>
        );
      })}
    </ConfirmByName>
  );
}
