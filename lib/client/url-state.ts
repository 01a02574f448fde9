'use client';
import { useSearchParams } from 'next/navigation';
import { useCallback } from 'react';

export interface UrlState {
  get: (name: string) => string;
  getAll: (name: string) => string[];
  /**
   * Writes parts of the query; an empty value takes the part out. `push` makes a step that Back undoes (a choice),
   * `replace` does not (typing). No request goes to the server: the page's own queries follow.
   */
  set: (changes: Record<string, string | readonly string[]>, how: 'push' | 'replace') => void;
}

/** View state that lives in the address: filters, sort, range. */
export function useUrlState(): UrlState {
  const params = useSearchParams();
  const set = useCallback<UrlState['set']>((changes, how) => {
    const next = new URLSearchParams(window.location.search);
    for (const [name, value] of Object.entries(changes)) {
      next.delete(name);
      for (const item of typeof value === 'string' ? [value] : value) if (item) next.append(name, item);
    }
    const query = next.toString();
    const url = query ? `?${query}` : window.location.pathname;
    if (how === 'push') window.history.pushState(null, '', url);
    else window.history.replaceState(null, '', url);
  }, []);
  return { get: (name) => params.get(name) ?? '', getAll: (name) => params.getAll(name), set };
}
