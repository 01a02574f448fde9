'use client';
import { Dialog as BaseDialog } from '@base-ui/react/dialog';
import { X } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useRef, type ReactNode } from 'react';
import { IconButton } from './button';

export interface ModalProps {
  open: boolean;
  onClose: () => void;
  title: ReactNode;
  icon?: ReactNode;
  footer?: ReactNode;
  children: ReactNode;
  /** Wider than the usual 480 px, for tables and diffs. */
  wide?: boolean;
}

/** The popup of Dialog and Drawer. Loaded when the first of them opens. */
export function ModalPopup({
  shape,
  open,
  onClose,
  title,
  icon,
  footer,
  wide,
  children,
}: ModalProps & { shape: 'dialog' | 'drawer' }) {
  const t = useTranslations('common');
  const body = useRef<HTMLDivElement>(null);
  return (
    <BaseDialog.Root open={open} onOpenChange={(next, { event }) => !next && !isSecondClick(event) && onClose()}>
      <BaseDialog.Portal>
        <BaseDialog.Backdrop className="scrim" />
        <BaseDialog.Popup
          className={shape}
          initialFocus={() => firstField(body.current)}
          style={wide ? { width: 'min(760px, 100vw)' } : undefined}
        >
          <header className="modal-header">
            {icon}
            <BaseDialog.Title className="min-w-0 flex-1 py-2 text-base font-semibold [overflow-wrap:anywhere]">
              {title}
            </BaseDialog.Title>
            <IconButton label={t('close')} icon={<X size={16} aria-hidden />} onClick={onClose} />
          </header>
          <div ref={body} className="modal-body">
            {children}
          </div>
          {footer && <footer className="modal-footer">{footer}</footer>}
        </BaseDialog.Popup>
      </BaseDialog.Portal>
    </BaseDialog.Root>
  );
}

/** Of a double click on the button that opened the popup, the second may fall on the backdrop. */
function isSecondClick(event: Event): boolean {
  return event.type === 'click' && (event as MouseEvent).detail > 1;
}

/** What the popup was opened for: its first field; without one, the popup's own choice. */
function firstField(body: HTMLElement | null): HTMLElement | true {
  return body?.querySelector<HTMLElement>('input:enabled, select:enabled, textarea:enabled') ?? true;
}
