'use client';
import { useQuery } from '@tanstack/react-query';
import { Flag } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useId, useState } from 'react';
import { DiffView } from '@/components/manifests/diff-view';
import { Button } from '@/components/ui/button';
import { RadioCard } from '@/components/ui/choice';
import { Drawer } from '@/components/ui/dialog';
import { Skeleton } from '@/components/ui/feedback';
import { Field } from '@/components/ui/field';
import type { Task } from '@/lib/contract/task';
import { taskPlanOptions } from '@/lib/client/tasks';
import { PlanProblems } from './plan-problems';
import { useTaskActions } from './use-task-actions';

type Workload = 'remove' | 'keep';

/** Ends a task: says what stops, what is frozen and what stays; asks what becomes of a workload that the task made. */
export function FinishTaskDrawer({ task, open, onClose }: { task: Task; open: boolean; onClose: () => void }) {
  const t = useTranslations('list.finish');
  const common = useTranslations('common');
  const formId = useId();
  const [choice, setChoice] = useState<Workload>('remove');
  const actions = useTaskActions(task);
  const [target] = task.targets;
  const workload = target?.workload ?? '';
  const made = target?.created ?? false;
  const request = { verb: 'finish', keepWorkload: made && choice === 'keep' } as const;
  const plan = useQuery({
    ...taskPlanOptions(task.namespace, task.name, request),
    enabled: open && actions.allows('finish') && !actions.pending('finish'),
  });
  const blocked = actions.blocked('finish') ?? missing();

  function missing(): string | undefined {
    if (plan.isError) return t('noPlan');
    if (!plan.data) return t('planning');
    return plan.data.feasible ? undefined : t('infeasible');
  }

  return (
    <Drawer
      open={open}
      onClose={onClose}
      title={t('title', { name: task.name })}
      icon={<Flag size={16} aria-hidden />}
      footer={
        <>
          <Button onClick={onClose}>{common('cancel')}</Button>
          <Button
            type="submit"
            form={formId}
            variant="primary"
            pending={actions.pending('finish')}
            disabledReason={blocked}
            reasonPlacement="before"
          >
            {t(made ? `confirm.${choice}` : 'confirm.end', { workload })}
          </Button>
        </>
      }
    >
      <form
        id={formId}
        className="space-y-5"
        onSubmit={(event) => {
          event.preventDefault();
          if (!blocked) actions.run(request, onClose);
        }}
      >
        <ul className="list-disc space-y-1 pl-5">
          <li>{t(task.state === 'Paused' ? 'stopped' : 'stops', { service: task.service })}</li>
          <li>{t(task.state === 'Paused' ? 'frozenAtPause' : 'frozen')}</li>
          <li>{t('staysListed')}</li>
          {!made && <li>{t('existing', { workload })}</li>}
        </ul>
        {made && (
          <div>
            <Field group label={t('workload', { workload })}>
              <div className="space-y-2">
                {(['remove', 'keep'] as const).map((value) => (
                  <RadioCard
                    key={value}
                    name={`${formId}-workload`}
                    value={value}
                    checked={choice === value}
                    onChange={() => setChoice(value)}
                    title={t(`${value}.title`, { workload })}
                  >
                    {t(value === 'remove' ? 'remove.lead' : `keep.${task.placement}`, { service: task.service })}
                  </RadioCard>
                ))}
              </div>
            </Field>
          </div>
        )}
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
      </form>
    </Drawer>
  );
}
