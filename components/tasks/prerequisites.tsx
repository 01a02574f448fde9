'use client';
import { CircleHelp } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { Button } from '@/components/ui/button';
import { Dialog } from '@/components/ui/dialog';

const items = ['sidecar', 'protocol', 'version', 'rights', 'writes'] as const;

/** What a service needs before its requests can be copied, and what copies can do. */
export function Prerequisites() {
  const t = useTranslations('list.prerequisites');
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button icon={<CircleHelp size={14} aria-hidden />} onClick={() => setOpen(true)}>
        {t('title')}
      </Button>
      <Dialog open={open} onClose={() => setOpen(false)} title={t('title')}>
        <dl className="space-y-3">
          {items.map((item) => (
            <div key={item}>
              <dt className="font-semibold">{t(`${item}.title`)}</dt>
              <dd className="text-xs text-ink-2">{t(`${item}.lead`)}</dd>
            </div>
          ))}
        </dl>
      </Dialog>
    </>
  );
}
