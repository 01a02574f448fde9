import { useTranslations } from 'next-intl';
import { Chip } from '@/components/ui/tabs';
import type { Task } from '@/lib/contract/task';
import { useFormat } from '@/lib/format/use-format';

/** Which of a task's targets the page shows beside the live version: each with its share and its ready pods. */
export function TargetChoice({
  task,
  chosen,
  onChoose,
}: {
  task: Task;
  chosen: string;
  onChoose: (id: string) => void;
}) {
  const t = useTranslations('task.targets');
  const format = useFormat();
  return (
    <fieldset aria-label={t('title')} className="flex flex-wrap items-center gap-2">
      <span className="text-xs text-ink-2">{t('lead', { count: task.targets.length })}</span>
      {task.targets.map(({ id, label, percentage, replicas, passage }) => (
        <Chip
          key={id}
          pressed={id === chosen}
          onClick={() => onChoose(id)}
          count={replicas ? `${replicas.ready} / ${replicas.desired}` : undefined}
        >
          {label} · {passage ? t(passage) : format.percentage(percentage)}
        </Chip>
      ))}
    </fieldset>
  );
}
