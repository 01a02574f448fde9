'use client';
import { ArrowRight } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { VersionTag } from '@/components/ui/badge';
import { Link } from '@/components/ui/link';
import { useNow } from '@/components/ui/time-ago';
import type { Task } from '@/lib/contract/task';
import { useFormat } from '@/lib/format/use-format';
import { routes } from '@/lib/routes';
import type { FinishedSelection } from './finished-selection';
import { hasReasonStrip, ReasonStrip } from './reason-strip';
import { CoverageCell, DifferenceCell, RateCell, type TaskRowMetrics } from './task-cells';
import { TaskMenu } from './task-menu';
import { TaskStateCell } from './task-state-cell';

/** One task of the list: a table body of its own, so that the reason strip belongs to it. */
export function TaskRow({
  task,
  metrics,
  selection,
  onDelete,
}: {
  task: Task;
  metrics: TaskRowMetrics | null | undefined;
  selection: FinishedSelection;
  onDelete: (task: Task) => void;
}) {
  const t = useTranslations('list');
  return (
    <tbody>
      <tr>
        <th scope="row">
          <div className="flex items-start gap-2">
            {selection.offers(task) && (
              <input
                type="checkbox"
                className="checkbox"
                aria-label={t('selection.one', { name: task.name })}
                checked={selection.has(task)}
                onChange={() => selection.toggle(task)}
              />
            )}
            <Link href={routes.task(task.namespace, task.name)} className="task-name min-w-0">
              {task.name}
            </Link>
          </div>
          <div className="text-xs font-normal text-ink-2">
            {task.namespace} / <b>{task.service}</b>
          </div>
        </th>
        <td>
          <Versions task={task} />
        </td>
        <td data-label={t('columns.state')}>
          <TaskStateCell task={task} />
        </td>
        <td data-label={t('columns.rateLong')}>
          <RateCell metrics={metrics} />
        </td>
        <td data-label={t('columns.coverage')}>
          <CoverageCell task={task} />
        </td>
        <td data-label={t('columns.differenceLong')}>
          <DifferenceCell task={task} metrics={metrics} />
        </td>
        <td data-label={t('columns.created')}>
          <Created task={task} />
        </td>
        <td className="num">
          <TaskMenu task={task} onDelete={() => onDelete(task)} />
        </td>
      </tr>
      {hasReasonStrip(task) && (
        <tr className="task-why">
          <td colSpan={8}>
            <ReasonStrip task={task} />
          </td>
        </tr>
      )}
    </tbody>
  );
}

function Versions({ task }: { task: Task }) {
  const t = useTranslations('list');
  const common = useTranslations('common');
  const format = useFormat();
  return (
    <>
      <div className="flex flex-wrap items-center gap-x-1.5 gap-y-1">
        {task.primary.map((primary) => (
          <VersionTag key={primary.workload} side="live" label={common('live')}>
            {primary.version}
          </VersionTag>
        ))}
        <ArrowRight size={14} aria-hidden className="flex-none text-ink-3" />
        {task.targets.map((target) => (
          <span key={target.id} className="inline-flex max-w-full min-w-0 items-center gap-1.5">
            <VersionTag side="mirror" label={common('mirror')}>
              {target.label}
            </VersionTag>
            <b className="whitespace-nowrap">{format.percentage(target.percentage)}</b>
          </span>
        ))}
      </div>
      <div className="mt-0.5 text-xs text-ink-3">
        {t(`placement.${task.placement ?? 'elsewhere'}`)} · {t('ports', { ports: task.ports.join(', ') })}
      </div>
    </>
  );
}

function Created({ task }: { task: Task }) {
  const format = useFormat();
  const now = useNow(60_000);
  return (
    <>
      <time
        dateTime={task.createdAt}
        className="whitespace-nowrap"
        title={now === null ? undefined : format.moment(task.createdAt)}
      >
        {now === null ? '' : format.time(task.createdAt, now)}
      </time>
      <div className="truncate text-xs text-ink-3" title={task.createdBy}>
        {task.createdBy}
      </div>
    </>
  );
}
