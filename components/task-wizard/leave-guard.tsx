'use client';
import { useTranslations } from 'next-intl';
import { useRouter } from 'next/navigation';
import { useEffect, useState } from 'react';
import { Button } from '@/components/ui/button';
import { Dialog } from '@/components/ui/dialog';

export interface LeaveGuard {
  /** Goes there, after asking when something was typed. */
  leaveTo: (address: string) => void;
  /** The address that waits for an answer; null when nothing is asked. */
  asked: string | null;
  answer: (answer: 'stay' | 'go') => void;
}

/** Keeps what was typed from being left by accident: links of the page, closing and reloading the tab. */
export function useLeaveGuard(active: boolean): LeaveGuard {
  const router = useRouter();
  const [asked, setAsked] = useState<string | null>(null);
  useEffect(() => {
    if (!active) return;
    const onUnload = (event: BeforeUnloadEvent): void => event.preventDefault();
    const onClick = (event: MouseEvent): void => {
      const address = leavingAddress(event);
      if (address === null) return;
      event.preventDefault();
      event.stopPropagation();
      setAsked(address);
    };
    window.addEventListener('beforeunload', onUnload);
    // Before the router's own handler, which listens inside the document.
    document.addEventListener('click', onClick, { capture: true });
    return () => {
      window.removeEventListener('beforeunload', onUnload);
      document.removeEventListener('click', onClick, { capture: true });
    };
  }, [active]);
  return {
    leaveTo: (address) => (active ? setAsked(address) : router.push(address)),
    asked,
    answer: (answer) => {
      setAsked(null);
      if (answer === 'go' && asked !== null) router.push(asked);
    },
  };
}

/** Where a plain click would lead within the console, when that is another page than this one. */
function leavingAddress(event: MouseEvent): string | null {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey)
    return null;
  const link = event.target instanceof Element ? event.target.closest('a') : null;
  if (link === null || link.origin !== window.location.origin || (link.target !== '' && link.target !== '_self'))
    return null;
  if (link.pathname === window.location.pathname) return null;
  return link.pathname + link.search + link.hash;
}

/** The question itself: the draft may stay. */
export function LeaveDialog({ guard, onDiscard }: { guard: LeaveGuard; onDiscard: () => void }) {
  const t = useTranslations('wizard.leave');
  const leave = (discard: boolean): void => {
    if (discard) onDiscard();
    guard.answer('go');
  };
  return (
    <Dialog
      open={guard.asked !== null}
      onClose={() => guard.answer('stay')}
      title={t('title')}
      footer={
        <>
          <Button variant="danger" onClick={() => leave(true)}>
            {t('discard')}
          </Button>
          <Button onClick={() => leave(false)}>{t('keep')}</Button>
          <Button variant="control" onClick={() => guard.answer('stay')}>
            {t('stay')}
          </Button>
        </>
      }
    >
      <p>{t('body')}</p>
    </Dialog>
  );
}
