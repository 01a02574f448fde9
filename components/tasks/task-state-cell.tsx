'use client';
import { useTranslations } from 'next-intl';
import { Spinner } from '@/components/ui/spinner';
import { useNow } from '@/components/ui/time-ago';
import type { Task } from '@/lib/contract/task';
import { useFormat } from '@/lib/format/use-format';
import { runningOperation, taskProgress } from './task-progress';
import { TaskStateBadge } from './task-state-badge';

/** State and what goes with it: a running verb with its step, replicas, how long, or since when. */
export function TaskStateCell({ task }: { task: Task }) {
  return (
    <>
      <TaskStateBadge state={task.state} />
      <div className="mt-0.5 text-xs text-ink-3">
        <SecondLine task={task} />
      </div>
    </>
  );
}

function SecondLine({ task }: { task: Task }) {
  const t = useTranslations('list');
  const format = useFormat();
  const now = useNow();
  const progress = taskProgress(task);
  const running = runningOperation(task);
  if (running && progress) {
    return (
      <span className="flex items-center gap-1.5 whitespace-nowrap">
        <Spinner size={12} />
        {t('doing', { verb: running.verb, ...progress })}
      </span>
    );
  }
  switch (task.state) {
    case 'Incomplete':
    case 'Deleting':
      return progress && t('step', { ...progress });
    case 'Preparing': {
      const known = task.targets.flatMap(({ replicas }) => replicas ?? []);
      const sum = (values: number[]) => values.reduce((all, value) => all + value, 0);
      const ready = sum(known.map((replicas) => replicas.ready));
      const desired = sum(known.map((replicas) => replicas.desired));
      return known.length > 0 && t('replicasReady', { ready, desired });
    }
    case 'Mirroring':
      return now !== null && t('runningFor', { duration: format.duration(now - Date.parse(task.stateSince)) });
    case 'Finished':
      return now !== null && t('endedAt', { time: format.time(task.stateSince, now) });
    default:
      return now !== null && t('since', { time: format.time(task.stateSince, now) });
  }
}
