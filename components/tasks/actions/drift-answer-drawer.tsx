'use client';
import { ArrowDownToLine, Undo2 } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { Alert } from '@/components/ui/alert';
import type { Task } from '@/lib/contract/task';
import { useMessageText } from '@/lib/client/use-error-text';
import { VerbDrawer } from './verb-drawer';

const icons = { restore: Undo2, adopt: ArrowDownToLine } as const;

/** Answers a drift: what somebody else changed, and what the answer makes of the objects or of the task. */
export function DriftAnswerDrawer({
  task,
  verb,
  open,
  onClose,
}: {
  task: Task;
  verb: keyof typeof icons;
  open: boolean;
  onClose: () => void;
}) {
  const t = useTranslations('list.drift');
  const text = useMessageText();
  const Icon = icons[verb];
  return (
    <VerbDrawer
      task={task}
      request={{ verb }}
      open={open}
      onClose={onClose}
      title={t(`${verb}.title`, { name: task.name })}
      icon={<Icon size={16} aria-hidden />}
      confirm={t(`${verb}.confirm`)}
    >
      {task.reason && <Alert tone="warn" title={text('reason', task.reason)} />}
      <p>{verb === 'adopt' && task.adoption ? text('reason', task.adoption) : t(`${verb}.lead`)}</p>
    </VerbDrawer>
  );
}
