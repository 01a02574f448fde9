'use client';
import { Toast } from '@base-ui/react/toast';
import { CircleCheck, CircleX, Info, TriangleAlert, X } from 'lucide-react';
import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { IconButton } from './button';
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

/** Wraps the app once; `useToast` adds notices anywhere below. */
export function ToastProvider({ children }: { children: ReactNode }) {
  return (
    <Toast.Provider limit={4} timeout={quietMs}>
      {children}
      <Toast.Portal>
        <Toast.Viewport className="toast-viewport">
          <ToastList />
        </Toast.Viewport>
      </Toast.Portal>
    </Toast.Provider>
  );
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

/**
 * Adds a notice about something that has just happened. Failures stay until they are closed; never the only
 * place where a state is told.
 */
export function useToast(): (tone: Tone, title: ReactNode, description?: ReactNode) => void {
  const manager = Toast.useToastManager();
  return (tone, title, description) => {
    manager.add({
      type: tone,
      title,
      description,
      timeout: tone === 'bad' ? 0 : quietMs,
      priority: tone === 'bad' ? 'high' : 'low',
    });
  };
}
