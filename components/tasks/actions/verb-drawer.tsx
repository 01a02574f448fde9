'use client';
import { useQuery, type UseQueryResult } from '@tanstack/react-query';
import { useTranslations } from 'next-intl';
import { useId, useState, type ReactNode } from 'react';
import { DiffView } from '@/components/manifests/diff-view';
import { PatchView } from '@/components/manifests/patch-view';
import { CopiedWritesDialog } from '@/components/request-match/copied-writes-dialog';
import { Alert } from '@/components/ui/alert';
import { Button } from '@/components/ui/button';
import { Drawer } from '@/components/ui/dialog';
import { Skeleton } from '@/components/ui/feedback';
import type { Plan, Task } from '@/lib/contract/task';
import { changedObjects, taskPlanOptions, type TaskVerbRequest } from '@/lib/client/tasks';
import { PlanProblems } from './plan-problems';
import { useTaskActions, type Failure } from './use-task-actions';

/**
 * A verb that is looked at before it is done: what there is to choose, then what stands against the plan and every
 * object before and after. The button says why it is off.
 */
export function VerbDrawer({
  task,
  request,
  notReady,
  open,
  onClose,
  title,
  icon,
  confirm,
  copiesWrites = false,
  children,
}: {
  task: Task;
  request: TaskVerbRequest;
  /** Why there is nothing to plan yet. */
  notReady?: string | undefined;
  open: boolean;
  onClose: () => void;
  title: ReactNode;
  icon: ReactNode;
  /** What the button does. */
  confirm: string;
  /** Writes begin to be copied to what is not the task's: that is asked about once more. */
  copiesWrites?: boolean;
  /** What there is to choose and to know. */
  children: ReactNode;
}) {
  const t = useTranslations('list.plan');
  const match = useTranslations('match');
  const common = useTranslations('common');
  const formId = useId();
  const actions = useTaskActions(task);
  const { verb } = request;
  const plan = useQuery({
    ...taskPlanOptions(task.namespace, task.name, request),
    enabled: open && notReady === undefined && actions.allows(verb) && !actions.pending(verb),
  });
  const shown = notReady === undefined ? plan.data : undefined;
  // Told here, where the button is: a notice would lie over it.
  const [failure, setFailure] = useState<Failure | null>(null);
  const changed = useChangesSince(open ? JSON.stringify(request) : null, plan);
  if (!open && failure) setFailure(null);
  const [asking, setAsking] = useState(false);
  if (!open && asking) setAsking(false);
  const blocked = actions.blocked(verb) ?? notReady ?? problem();

  function problem(): string | undefined {
    if (plan.isError) return t('noPlan');
    if (!plan.data) return t('planning');
    return plan.data.feasible ? undefined : t('infeasible');
  }

  function run(): void {
    setAsking(false);
    if (blocked || !plan.data) return;
    setFailure(null);
    actions.runPlanned(request, plan.data.basis, { done: onClose, failed: setFailure });
  }

  return (
    <Drawer
      open={open}
      onClose={onClose}
      title={title}
      icon={icon}
      footer={
        <>
          <Button onClick={onClose}>{common('cancel')}</Button>
          <Button
            type="submit"
            form={formId}
            variant="primary"
            pending={actions.pending(verb)}
            disabledReason={blocked}
            reasonPlacement="before"
          >
            {confirm}
          </Button>
        </>
      }
    >
      <form
        id={formId}
        className="space-y-5"
        onSubmit={(event) => {
          event.preventDefault();
          if (copiesWrites && !blocked) setAsking(true);
          else run();
        }}
      >
        {children}
        {failure && (
          <Alert live tone="bad" title={failure.title}>
            {failure.details}
          </Alert>
        )}
        {changed.length > 0 && (
          <Alert live tone="warn" title={t('changed')}>
            {t('changedBody', { objects: changed.join(', ') })}
          </Alert>
        )}
        <PlanProblems plan={plan.data} error={plan.error} onRetry={() => void plan.refetch()} />
        {notReady === undefined && plan.isFetching && !plan.data && <Skeleton className="h-40" />}
        {shown?.changes.map((change) => (
          <DiffView
            key={`${change.kind} ${change.namespace} ${change.name}`}
            title={`${change.kind} ${change.name}`}
            before={change.before}
            after={change.after}
          />
        ))}
        {shown && shown.patches.length > 0 && <p className="text-xs text-ink-2">{t('patches')}</p>}
        {shown?.patches.map((patch) => (
          <PatchView key={`${patch.direction} ${patch.namespace}/${patch.name}`} patch={patch} />
        ))}
        {shown?.changes.length === 0 && shown.patches.length === 0 && (
          <p className="text-xs text-ink-3">{t('recordOnly')}</p>
        )}
      </form>
      <CopiedWritesDialog
        open={asking}
        title={match('copyWritesTitle')}
        allow={match('copyWrites')}
        keep={match('changeNothing')}
        onAllow={run}
        onKeep={() => setAsking(false)}
      >
        {match('copyWritesBody', { service: task.service })}
      </CopiedWritesDialog>
    </Drawer>
  );
}

/**
 * What has changed since the plan of `shown` (null: none is shown) came on screen. It is made anew with the objects,
 * under the eyes of whoever reads it, and when a confirmed one is refused as out of date.
 */
function useChangesSince(shown: string | null, { data, isFetching }: UseQueryResult<Plan>): string[] {
  const [first, setFirst] = useState<{ shown: string; basis: Plan['basis'] } | null>(null);
  if (shown === null && first !== null) setFirst(null);
  if (shown !== null && shown !== first?.shown && data && !isFetching) setFirst({ shown, basis: data.basis });
  return first?.shown === shown && data ? changedObjects(first.basis, data.basis) : [];
}
