'use client';
import { Toast } from '@base-ui/react/toast';
import { CircleCheck, CircleX, Info, TriangleAlert, X } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useEffect, useRef } from 'react';
import { IconButton } from './button';
import type { Notice } from './toast';
import type { Tone } from './tone';

const icons = { ok: CircleCheck, warn: TriangleAlert, bad: CircleX, info: Info, idle: Info } as const;
const inks = {
  ok: 'text-ok-ink',
  warn: 'text-warn-ink',
  bad: 'text-bad-ink',
  info: 'text-info-ink',
  idle: 'text-info-ink',
} as const;
const quietMs = 6000;

/** Shows notices; loaded with the first one. Failures stay until they are closed. */
export function ToastHost({ notices }: { notices: readonly Notice[] }) {
  return (
    <Toast.Provider limit={4} timeout={quietMs}>
      <NoticeFeed notices={notices} />
      <Toast.Portal>
        <Toast.Viewport className="toast-viewport">
          <ToastList />
        </Toast.Viewport>
      </Toast.Portal>
    </Toast.Provider>
  );
}

/** Hands each notice to the toast manager once. */
function NoticeFeed({ notices }: { notices: readonly Notice[] }) {
  const { add } = Toast.useToastManager();
  const handed = useRef(0);
  useEffect(() => {
    for (const { tone, title, description } of notices.slice(handed.current)) {
      const failed = tone === 'bad';
      add({ type: tone, title, description, timeout: failed ? 0 : quietMs, priority: failed ? 'high' : 'low' });
    }
    handed.current = notices.length;
  }, [notices, add]);
  return null;
}

function ToastList() {
  const t = useTranslations('common');
  const { toasts } = Toast.useToastManager();
  return toasts.map((toast) => {
    const tone = (toast.type ?? 'info') as Tone;
    const Icon = icons[tone];
    return (
      <Toast.Root key={toast.id} toast={toast} className="toast" data-type={tone}>
        <Icon size={18} aria-hidden className={`mt-0.5 flex-none ${inks[tone]}`} />
        <Toast.Content className="min-w-0 flex-1 [overflow-wrap:anywhere]">
          <Toast.Title className="font-semibold" />
          <Toast.Description className="text-xs text-ink-2" />
        </Toast.Content>
        <Toast.Close render={<IconButton size="small" label={t('close')} icon={<X size={14} aria-hidden />} />} />
      </Toast.Root>
    );
  });
}
