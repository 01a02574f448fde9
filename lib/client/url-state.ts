'use client';
import { usePathname, useSearchParams } from 'next/navigation';
import { useEffect, useMemo, useSyncExternalStore } from 'react';

type Changes = Record<string, string | null | readonly string[]>;

export interface UrlState {
  get: (name: string) => string;
  getAll: (name: string) => string[];
  /**
   * Writes parts of the query; an empty value takes the part out. `push` makes a step that Back undoes (a choice),
   * `replace` does not (typing). No request goes to the server: the page's own queries follow.
   */
  set: (changes: Changes, how: 'push' | 'replace') => void;
}

/** View state that lives in the address: filters, sort, step, tab, range. */
export function useUrlState(): UrlState {
  const query = useQuery();
  return useMemo(() => {
    const params = new URLSearchParams(query);
    return { get: (name) => params.get(name) ?? '', getAll: (name) => params.getAll(name), set: writeQuery };
  }, [query]);
}

const written = new EventTarget();
/** Path of the page that is drawn. */
let drawnPath: string | null = null;
/** What Next keeps with an address of this page, as this document has it. */
let drawnState: unknown = null;
let followsHistory = false;

/**
 * The query, read from the address itself: useSearchParams alone follows history in a transition, which Next drops
 * on a busy page, and then a choice or Back would do nothing. Next's own navigations arrive through it.
 */
function useQuery(): string {
  const path = usePathname();
  const routed = useSearchParams().toString();
  const query = useSyncExternalStore(
    subscribe,
    // A page that Next prepares is drawn before the address is its own.
    () => (window.location.pathname === path ? window.location.search.replace(/^\?/, '') : routed),
    () => routed,
  );
  useEffect(() => {
    drawnPath = path;
    drawnState = window.history.state;
  }, [path]);
  useEffect(() => {
    written.dispatchEvent(new Event('change'));
    // oxlint-disable-next-line react/exhaustive-effect-dependencies -- not read: its change tells that Next navigated
  }, [routed]);
  return query;
}

function subscribe(listener: () => void): () => void {
  if (!followsHistory) window.addEventListener('popstate', onPopState, { capture: true });
  followsHistory = true;
  written.addEventListener('change', listener);
  return () => written.removeEventListener('change', listener);
}

/**
 * Back and Forward between states of one page are as silent as the writes that made them. Next would fetch the page
 * anew for each, and load the whole document when one of these requests is overtaken by the next: it only hears of the
 * address.
 */
function onPopState(event: PopStateEvent): void {
  if (window.location.pathname === drawnPath) {
    event.stopImmediatePropagation();
    // What was kept by the document before a reload is of another drawing of the page: Next would fetch that.
    if (drawnState !== null) window.history.replaceState(drawnState, '', window.location.href);
    window.history.replaceState(null, '', window.location.href);
  }
  written.dispatchEvent(new Event('change'));
}

function writeQuery(changes: Changes, how: 'push' | 'replace'): void {
  const params = new URLSearchParams(window.location.search);
  for (const [name, value] of Object.entries(changes)) {
    params.delete(name);
    for (const item of Array.isArray(value) ? value : [value]) if (item) params.append(name, item);
  }
  const query = params.toString();
  const address = query ? `?${query}` : window.location.pathname;
  if (how === 'push') window.history.pushState(null, '', address);
  else window.history.replaceState(null, '', address);
  written.dispatchEvent(new Event('change'));
}
