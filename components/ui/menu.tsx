'use client';
import { lazy, Suspense, useRef, useState, type ReactNode } from 'react';
import { cx } from './cx';

const loadPopup = async () => ({ default: (await import('./menu-popup')).MenuPopup });
const MenuPopup = lazy(loadPopup);

export interface MenuItem {
  key: string;
  label: ReactNode;
  icon?: ReactNode;
  /** Either a place to go or something to do. */
  href?: string;
  onSelect?: () => void;
  /** Shown under the label; the item then does nothing. */
  disabledReason?: ReactNode;
}
export type MenuEntry = MenuItem | 'separator';

/** A button that opens a menu (at most one separator). `label` is the button's and the menu's accessible name. */
export function Menu({
  label,
  items,
  className = 'btn btn-icon btn-ghost',
  children,
}: {
  label: string;
  items: MenuEntry[];
  className?: string;
  children: ReactNode;
}) {
  const trigger = useRef<HTMLButtonElement>(null);
  const [open, setOpen] = useState(false);
  const [wasOpen, setWasOpen] = useState(false);
  const change = (next: boolean) => {
    setOpen(next);
    if (next) setWasOpen(true);
  };
  return (
    <>
      <button
        ref={trigger}
        type="button"
        className={cx(className)}
        aria-label={label}
        aria-haspopup="menu"
        aria-expanded={open}
        onPointerEnter={() => void loadPopup()}
        onFocus={() => void loadPopup()}
        onClick={() => change(!open)}
        onKeyDown={(event) => {
          if (event.key !== 'ArrowDown') return;
          event.preventDefault();
          change(true);
        }}
      >
        {children}
      </button>
      {wasOpen && (
        <Suspense>
          <MenuPopup items={items} open={open} onOpenChange={change} trigger={trigger} label={label} />
        </Suspense>
      )}
    </>
  );
}
