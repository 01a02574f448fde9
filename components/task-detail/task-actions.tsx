'use client';

import { ArrowDownToLine, CopyPlus, Flag, Pause, PencilLine, Play, RotateCw, Trash2, Undo2 } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { lazy, Suspense, useEffect, useRef, type ReactNode } from 'react';
import { useTaskActions, type ActionVerb } from '@/components/tasks/actions/use-task-actions';
import { Button, ButtonLink, type ButtonVariant } from '@/components/ui/button';
import { canFinish, isFinished } from '@/components/tasks/task-progress';
import type { Task } from '@/lib/contract/task';
import { routes, taskPageActions, type TaskPageAction } from '@/lib/routes';

// They bring the plan's diff with them: loaded when first opened.
const EditTaskDrawer = lazy(async () => ({
  default: (await import('@/components/tasks/actions/edit-task-drawer')).EditTaskDrawer,
}));
const FinishTaskDrawer = lazy(async () => ({
  default: (await import('@/components/tasks/actions/finish-task-drawer')).FinishTaskDrawer,
}));
const DriftAnswerDrawer = lazy(async () => ({
  default: (await import('@/components/tasks/actions/drift-answer-drawer')).DriftAnswerDrawer,
}));
const DeleteTaskDialog = lazy(async () => ({
  default: (await import('@/components/tasks/actions/delete-task-dialog')).DeleteTaskDialog,
}));

const looks: Record<ActionVerb, { icon: ReactNode; variant: ButtonVariant }> = {
  change: { icon: <PencilLine size={14} aria-hidden />, variant: 'control' },
  pause: { icon: <Pause size={14} aria-hidden />, variant: 'default' },
  resume: { icon: <Play size={14} aria-hidden />, variant: 'control' },
  finish: { icon: <Flag size={14} aria-hidden />, variant: 'default' },
  retry: { icon: <RotateCw size={14} aria-hidden />, variant: 'control' },
  rollback: { icon: <Undo2 size={14} aria-hidden />, variant: 'danger' },
  restore: { icon: <Undo2 size={14} aria-hidden />, variant: 'control' },
  adopt: { icon: <ArrowDownToLine size={14} aria-hidden />, variant: 'default' },
  delete: { icon: <Trash2 size={14} aria-hidden />, variant: 'danger' },
};

/** The verbs that make sense in a state, most wanted first. */
function verbsFor(task: Task): ActionVerb[] {
  if (task.state === 'Deleting') return mayCallOff(task) ? ['rollback'] : [];
  if (task.state === 'Incomplete') return ['retry', 'rollback', 'delete'];
  if (task.state === 'Drifted')
    return [
      ...(mayCallOff(task) ? ['rollback' as const] : []),
      ...driftAnswers(task),
      ...(canFinish(task) ? ['finish' as const] : []),
      'delete',
    ];
  if (isFinished(task)) return ['delete'];
  return [
    ...(mayCallOff(task) ? ['rollback' as const] : []),
    'change',
    task.state === 'Paused' ? 'resume' : 'pause',
    ...(canFinish(task) ? ['finish' as const] : []),
    'delete',
  ];
}

/** What runs can be taken back while it runs. */
function mayCallOff({ actions }: Task): boolean {
  return actions.some(({ verb, allowed }) => verb === 'rollback' && allowed);
}

/** Of a finished task nothing can be adopted: it stays finished. */
function driftAnswers(task: Task): ActionVerb[] {
  return isFinished(task) ? ['restore'] : ['restore', 'adopt'];
}

/**
 * Calls `leave` when what was open is over, as an answer to drift is once the task is in order: the address would open
 * it again by itself the next time that it can be done.
 */
function useLeaveAddress(isOpen: boolean, leave: () => void): void {
  const wasOpen = useRef(false);
  useEffect(() => {
    if (wasOpen.current && !isOpen) leave();
    wasOpen.current = isOpen;
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- `leave` is new in every render
  }, [isOpen]);
}

/** The task's verbs as buttons. What cannot be done now stays, with the reason in text below. */
export function TaskActions({
  task,
  opened: wanted,
  onOpen,
}: {
  task: Task;
  /** The drawer or dialog that the address opens. */
  opened: TaskPageAction | null;
  onOpen: (action: TaskPageAction | null) => void;
}) {
  const t = useTranslations('task.actions');
  const actions = useTaskActions(task);
  const verbs = verbsFor(task).filter((verb) => actions.offers(verb));
  // An address that was kept may ask for what is over: a finished task is not finished again.
  const opened = verbs.find((verb) => verb === wanted) ?? null;
  useLeaveAddress(opened !== null, () => onOpen(null));
  const start = (verb: ActionVerb) => {
    const opens = taskPageActions.find((action) => action === verb);
    if (opens) onOpen(opens);
    else if (verb === 'pause' || verb === 'resume' || verb === 'retry' || verb === 'rollback') actions.run({ verb });
  };
  const blocked = verbs.flatMap((verb) => {
    const reason = actions.pending(verb) ? undefined : actions.blocked(verb);
    return reason ? [{ verb, reason }] : [];
  });
  const reasons = [...new Set(blocked.map(({ reason }) => reason))];

  return (
    <div className="flex flex-col items-end gap-1.5 max-lg:items-start">
      <div className="flex flex-wrap gap-2">
        {verbs.map((verb) => (
          <Button
            key={verb}
            // One button stands out: of a paused task that which goes on.
            variant={verb === 'change' && verbs.includes('resume') ? 'default' : looks[verb].variant}
            icon={looks[verb].icon}
            pending={actions.pending(verb)}
            disabledReason={blocked.find((each) => each.verb === verb)?.reason}
            reasonPlacement="hidden"
            onClick={() => start(verb)}
          >
            {t(verb)}
          </Button>
        ))}
        <ButtonLink
          icon={<CopyPlus size={14} aria-hidden />}
          href={routes.newTask(task.namespace, { from: task.name })}
        >
          {t('again')}
        </ButtonLink>
      </div>
      {reasons.map((reason) => (
        <p key={reason} className="max-w-100 text-right text-xs text-ink-2 max-lg:text-left" aria-hidden>
          {reasons.length === 1 && blocked.length === verbs.length
            ? reason
            : t('because', {
                verbs: blocked
                  .filter((each) => each.reason === reason)
                  .map((each) => t(each.verb))
                  .join(', '),
                reason,
              })}
        </p>
      ))}
      <Suspense>
        {opened === 'change' ? <EditTaskDrawer task={task} open onClose={() => onOpen(null)} /> : null}
        {opened === 'finish' ? <FinishTaskDrawer task={task} open onClose={() => onOpen(null)} /> : null}
        {opened === 'restore' || opened === 'adopt' ? (
          <DriftAnswerDrawer task={task} verb={opened} open onClose={() => onOpen(null)} />
        ) : null}
        {opened === 'delete' ? <DeleteTaskDialog task={task} open onClose={() => onOpen(null)} /> : null}
      </Suspense>
    </div>
  );
}
