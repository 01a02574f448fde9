'use client';
import { Pause, Play, RotateCw, Undo2 } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { Button, type ButtonSize } from '@/components/ui/button';
import type { Task } from '@/lib/contract/task';
import { useTaskActions } from './use-task-actions';

const looks = {
  pause: { icon: Pause, variant: 'default' },
  resume: { icon: Play, variant: 'control' },
  retry: { icon: RotateCw, variant: 'default' },
  rollback: { icon: Undo2, variant: 'danger' },
} as const;

/** Pause, resume, continue or roll back with one click; disabled with the reason in text. */
export function VerbButton({
  task,
  verb,
  size = 'default',
}: {
  task: Task;
  verb: keyof typeof looks;
  size?: ButtonSize;
}) {
  const t = useTranslations('list');
  const actions = useTaskActions(task);
  const { icon: Icon, variant } = looks[verb];
  return (
    <Button
      size={size}
      variant={variant}
      icon={<Icon size={14} aria-hidden />}
      pending={actions.pending(verb)}
      disabledReason={actions.pending(verb) ? undefined : actions.blocked(verb)}
      reasonPlacement="before"
      onClick={() => actions.run({ verb })}
    >
      {t(`do.${verb}`)}
    </Button>
  );
}
