'use client';
import { useQuery } from '@tanstack/react-query';
import { Equal, PencilLine, Trash2, Undo2 } from 'lucide-react';
import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { ConfirmByName } from '@/components/ui/confirm-by-name';
import { Skeleton } from '@/components/ui/feedback';
import type { Plan, Task } from '@/lib/contract/task';
import { taskPlanOptions } from '@/lib/client/tasks';
import { isFinished } from '../task-progress';
import { PlanProblems } from './plan-problems';
import { useTaskActions } from './use-task-actions';

/** Says what deleting removes, what it puts back and what stays, from the server's own plan; asks for the name. */
export function DeleteTaskDialog({
  task,
  open,
  onClose,
  onDeleted,
}: {
  task: Task;
  open: boolean;
  onClose: () => void;
  /** The deletion was accepted; it goes on in the background. */
  onDeleted?: () => void;
}) {
  const t = useTranslations('list.delete');
  const actions = useTaskActions(task);
  const plan = useQuery({
    ...taskPlanOptions(task.namespace, task.name, { verb: 'delete' }),
    enabled: open && !actions.pending('delete'),
  });
  const blocked =
    actions.blocked('delete') ??
    (plan.isPending ? t('planning') : plan.isError ? t('noPlan') : plan.data.feasible ? undefined : t('infeasible'));
  return (
    <ConfirmByName
      open={open}
      onClose={onClose}
      name={task.name}
      title={t('title', { name: task.name })}
      icon={<Trash2 size={16} aria-hidden />}
      confirmLabel={t('confirm')}
      cancelLabel={t('keep')}
      pending={actions.pending('delete')}
      blocked={blocked}
      onConfirm={() =>
        actions.run({ verb: 'delete' }, () => {
          onClose();
          onDeleted?.();
        })
      }
    >
      <p>{t(isFinished(task) ? 'leadFinished' : 'lead')}</p>
      {plan.isPending ? <Skeleton className="h-24" /> : plan.data && <Consequences task={task} plan={plan.data} />}
      <PlanProblems plan={plan.data} error={plan.error} onRetry={() => void plan.refetch()} />
    </ConfirmByName>
  );
}

function Consequences({ task, plan }: { task: Task; plan: Plan }) {
  const t = useTranslations('list.delete');
  const put = plan.changes.filter((change) => change.action !== 'delete');
  const gone = plan.changes.filter((change) => change.action === 'delete');
  const foreign = task.targets.filter(({ created }) => !created);
  const asked = plan.patches.filter(({ landed }) => !landed);
  return (
    <ul className="space-y-2">
      {asked.length > 0 && (
        <Consequence icon={<PencilLine size={13} />} title={t('asked')}>
          {asked.map((patch) => (
            <ObjectName key={`${patch.namespace}/${patch.name}`} object={patch} />
          ))}
        </Consequence>
      )}
      {put.length > 0 && (
        <Consequence icon={<Undo2 size={13} />} title={t('putBack')}>
          {put.map((change) => (
            <ObjectName key={`${change.kind} ${change.name}`} object={change} />
          ))}
        </Consequence>
      )}
      {gone.length > 0 && (
        <Consequence icon={<Trash2 size={13} />} title={t('removed')}>
          {gone.map((change) => (
            <ObjectName key={`${change.kind} ${change.name}`} object={change} />
          ))}
        </Consequence>
      )}
      <Consequence icon={<Equal size={13} />} title={t('stays')}>
        <li>
          {t('staysLive', { service: task.service, workloads: task.primary.map((item) => item.workload).join(', ') })}
        </li>
        {foreign.map((target) => (
          <li key={target.id}>
            {target.workload === null
              ? t('staysTarget', { target: target.label })
              : t('staysMirror', { workload: target.workload })}
          </li>
        ))}
      </Consequence>
    </ul>
  );
}

function Consequence({ icon, title, children }: { icon: ReactNode; title: string; children: ReactNode }) {
  return (
    <li className="flex gap-3">
      <span
        className="grid size-6 flex-none place-items-center rounded-full border-[1.5px] border-control text-xs font-semibold"
        aria-hidden
      >
        {icon}
      </span>
      <div className="min-w-0">
        <p className="font-semibold">{title}</p>
        <ul className="text-xs text-ink-2">{children}</ul>
      </div>
    </li>
  );
}

function ObjectName({ object }: { object: { kind: string; name: string } }) {
  return (
    <li className="[overflow-wrap:anywhere]">
      {object.kind} <b>{object.name}</b>
    </li>
  );
}
