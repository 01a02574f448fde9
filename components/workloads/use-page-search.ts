'use client';
import { useUrlState } from '@/lib/client/url-state';

/** The filter of a workload page, in the address. `matches` looks for the text in any of the given ones. */
export function usePageSearch() {
  const { get, set } = useUrlState();
  const q = get('q');
  const needle = q.toLowerCase();
  return {
    q,
    setQ: (next: string) => set({ q: next.trim() }, 'replace'),
    matches: (...texts: (string | null)[]) => texts.some((text) => text?.toLowerCase().includes(needle)),
  };
}
