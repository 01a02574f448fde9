'use client';
import { useQuery } from '@tanstack/react-query';
import { ArrowDownToLine, Undo2 } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { DiffView } from '@/components/manifests/diff-view';
import { Alert } from '@/components/ui/alert';
import { Button } from '@/components/ui/button';
import { Drawer } from '@/components/ui/dialog';
import { Skeleton } from '@/components/ui/feedback';
import type { Task } from '@/lib/contract/task';
import { taskPlanOptions } from '@/lib/client/tasks';
import { useMessageText } from '@/lib/client/use-error-text';
import { PlanProblems } from './plan-problems';
import { useTaskActions } from './use-task-actions';

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
  const common = useTranslations('common');
  const text = useMessageText();
  const actions = useTaskActions(task);
  const plan = useQuery({
    ...taskPlanOptions(task.namespace, task.name, { verb }),
    enabled: open && actions.allows(verb) && !actions.pending(verb),
  });
  const blocked = actions.blocked(verb) ?? missing();
  const Icon = icons[verb];

  function missing(): string | undefined {
    if (plan.isError) return t('noPlan');
    if (!plan.data) return t('planning');
    return plan.data.feasible ? undefined : t('infeasible');
  }

  return (
    <Drawer
      open={open}
      onClose={onClose}
      title={t(`${verb}.title`, { name: task.name })}
      icon={<Icon size={16} aria-hidden />}
      footer={
        <>
          <Button onClick={onClose}>{common('cancel')}</Button>
          <Button
            variant="primary"
            pending={actions.pending(verb)}
            disabledReason={blocked}
            reasonPlacement="before"
            onClick={() => actions.run({ verb }, onClose)}
          >
            {t(`${verb}.confirm`)}
          </Button>
        </>
      }
    >
      <div className="space-y-5">
        {task.reason && <Alert tone="warn" title={text('reason', task.reason)} />}
        <p>{verb === 'adopt' && task.adoption ? text('reason', task.adoption) : t(`${verb}.lead`)}</p>
        <PlanProblems plan={plan.data} error={plan.error} onRetry={() => void plan.refetch()} />
        {plan.isFetching && !plan.data && <Skeleton className="h-40" />}
        {plan.data?.changes.map((change) => (
          <DiffView
            key={`${change.kind} ${change.namespace} ${change.name}`}
            title={`${change.kind} ${change.name}`}
            before={change.before}
            after={change.after}
          />
        ))}
        {plan.data?.changes.length === 0 && <p className="text-xs text-ink-3">{t('recordOnly')}</p>}
      </div>
    </Drawer>
  );
}
