'use client';
import { OctagonX } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { lazy, Suspense, useState } from 'react';
import { Button } from '@/components/ui/button';

const StopAllDialog = lazy(async () => ({ default: (await import('./actions/stop-all-dialog')).StopAllDialog }));

/** For an emergency: pauses all tasks of the project in view, or everywhere. */
export function StopAll({ namespace }: { namespace: string | null }) {
  const t = useTranslations('list.stopAll');
  const [open, setOpen] = useState(false);
  const [wasOpen, setWasOpen] = useState(false);
  return (
    <>
      <Button
        variant="danger"
        icon={<OctagonX size={14} aria-hidden />}
        onClick={() => {
          setOpen(true);
          setWasOpen(true);
        }}
      >
        {t('open')}
      </Button>
      {wasOpen && (
        <Suspense>
          <StopAllDialog namespace={namespace} open={open} onClose={() => setOpen(false)} />
        </Suspense>
      )}
    </>
  );
}
