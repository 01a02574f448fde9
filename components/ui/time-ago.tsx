'use client';
import { useTranslations } from 'next-intl';
import { useEffect, useState } from 'react';

/** The wall clock, told again every `everyMs`; null before the page is alive (server and browser clocks differ). */
export function useNow(everyMs = 1000): number | null {
  const [now, setNow] = useState<number | null>(null);
  useEffect(() => {
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return now;
}

/** "updated 4 s ago": how old what the page shows is. `at`: epoch milliseconds, 0 or null = not yet. */
export function UpdatedAgo({ at, className = 'text-xs whitespace-nowrap text-ink-3' }: { at: number | null; className?: string }) {
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
