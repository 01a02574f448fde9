'use client';
import { useTranslations } from 'next-intl';
import { useSyncExternalStore } from 'react';

/** One clock for the whole page: it ticks while somebody looks at it. */
const tickMs = 1000;
let now = 0;
let timer: ReturnType<typeof setInterval> | undefined;
const watchers = new Set<() => void>();

function tick(): void {
  now = Date.now();
  for (const watcher of watchers) watcher();
}

function watch(watcher: () => void): () => void {
  watchers.add(watcher);
  if (timer === undefined) {
    now = Date.now();
    timer = setInterval(tick, tickMs);
  }
  return () => {
    watchers.delete(watcher);
    if (watchers.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

/**
 * The wall clock in epoch milliseconds, in steps of `everyMs` (whole seconds at least); null until the page is
 * alive, because server and browser clocks differ.
 */
export function useNow(everyMs = tickMs): number | null {
  return useSyncExternalStore(
    watch,
    () => (now === 0 ? null : now - (now % everyMs)),
    () => null,
  );
}

/** "updated 4 s ago": how old what the page shows is. `at`: epoch milliseconds, 0 or null = not yet. */
export function UpdatedAgo({
  at,
  className = 'text-xs whitespace-nowrap text-ink-3',
}: {
  at: number | null;
  className?: string;
}) {
  const t = useTranslations('common');
  const now = useNow();
  if (!at || now === null) return null;
  const seconds = Math.max(0, Math.round((now - at) / 1000));
  return (
    <span className={className}>
      {seconds < 60 ? t('updatedSeconds', { seconds }) : t('updatedMinutes', { minutes: Math.floor(seconds / 60) })}
    </span>
  );
}
