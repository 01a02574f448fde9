'use client';
import { taskSorts, type TaskSort } from '@/lib/client/tasks';
import { useUrlState } from '@/lib/client/url-state';
import { taskStates } from '@/lib/domain/task';

export interface ListFilter {
  q: string;
  states: string[];
  sort: TaskSort;
  setQ: (q: string) => void;
  setState: (state: string) => void;
  setSort: (sort: string) => void;
  clear: () => void;
  isFiltered: boolean;
}

/** Search, states and sort of the list, all in the address. Unknown values of a hand-written address are left out. */
export function useListFilter(): ListFilter {
  const { get, getAll, set } = useUrlState();
  const q = get('q');
  const states = getAll('state').filter(
    (state) => state === 'attention' || taskStates.some((known) => known === state),
  );
  const sort = taskSorts.find((known) => known === get('sort')) ?? 'attention';
  return {
    q,
    states,
    sort,
    setQ: (next) => set({ q: next.trim() }, 'replace'),
    setState: (state) => set({ state }, 'push'),
    setSort: (next) => set({ sort: next === 'attention' ? '' : next }, 'push'),
    clear: () => set({ q: '', state: '' }, 'push'),
    isFiltered: q !== '' || states.length > 0,
  };
}
