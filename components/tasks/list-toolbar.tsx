'use client';
import { ArrowDownWideNarrow } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { SearchInput } from '@/components/ui/search-input';
import { Select } from '@/components/ui/field';
import { Chip } from '@/components/ui/tabs';
import { UpdatedAgo } from '@/components/ui/time-ago';
import { taskSorts } from '@/lib/client/tasks';
import { useCodeText } from '@/lib/client/use-error-text';
import { taskStates, type TaskState } from '@/lib/domain/task';
import type { ListFilter } from './use-list-filter';

/** States with a chip of their own even when no task is in them. */
const usualStates: readonly TaskState[] = ['Mirroring', 'Preparing', 'Paused'];

/** Search, state chips with counts, sort, and how old the list is. */
export function ListToolbar({
  filter,
  counts,
  updatedAt,
}: {
  filter: ListFilter;
  counts: Record<string, number> | undefined;
  updatedAt: number;
}) {
  const t = useTranslations('list');
  const text = useCodeText();
  const count = (state: TaskState) => counts?.[state] ?? 0;
  const sum = (states: readonly TaskState[]) => states.reduce((total, state) => total + count(state), 0);
  const shown = counts !== undefined;
  const single = taskStates.filter(
    (state) => usualStates.includes(state) || count(state) > 0 || filter.states.includes(state),
  );
  return (
    <div className="flex flex-wrap items-center gap-2 border-b border-line px-4 py-3">
      <SearchInput className="w-59! max-sm:w-full!" label={t('search')} value={filter.q} onChange={filter.setQ} />
      <fieldset className="flex flex-wrap items-center gap-1.5" aria-label={t('byState')}>
        <Chip
          pressed={filter.states.length === 0}
          count={shown ? sum(taskStates) : undefined}
          onClick={() => filter.setState('')}
        >
          {t('all')}
        </Chip>
        <Chip
          pressed={filter.states.includes('attention')}
          count={shown ? (counts['attention'] ?? 0) : undefined}
          onClick={() => filter.setState('attention')}
        >
          {t('attention')}
        </Chip>
        {single.map((state) => (
          <Chip
            key={state}
            pressed={filter.states.includes(state)}
            count={shown ? count(state) : undefined}
            onClick={() => filter.setState(state)}
          >
            {text('state', state)}
          </Chip>
        ))}
      </fieldset>
      <span className="ml-auto flex items-center gap-2">
        <Select
          aria-label={t('sort')}
          className="w-auto! rounded-full! border-line-2! text-xs!"
          start={<ArrowDownWideNarrow size={14} aria-hidden />}
          value={filter.sort}
          onChange={(event) => filter.setSort(event.target.value)}
          options={taskSorts.map((sort) => ({ value: sort, label: t(`sorts.${sort}`) }))}
        />
        <UpdatedAgo at={updatedAt} />
      </span>
    </div>
  );
}
