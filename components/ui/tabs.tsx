'use client';
import type { MouseEvent, ReactNode } from 'react';
import { cx } from './cx';

export interface TabLink<Key extends string> {
  key: Key;
  label: ReactNode;
  href: string;
}

/** Tabs that are links: each can be opened beside the page; a plain click chooses it here, without the server. */
export function Tabs<Key extends string>({
  items,
  current,
  label,
  onChoose,
}: {
  items: TabLink<Key>[];
  current: Key;
  label: string;
  /** Shows a tab and puts it in the address, so that refresh and Back keep it. */
  onChoose: (key: Key) => void;
}) {
  return (
    <nav className="tabs" aria-label={label}>
      {items.map((item) => (
        <a
          key={item.key}
          href={item.href}
          aria-current={item.key === current ? 'page' : undefined}
          onClick={(event) => {
            if (!isPlainClick(event)) return;
            event.preventDefault();
            if (item.key !== current) onChoose(item.key);
          }}
        >
          {item.label}
        </a>
      ))}
    </nav>
  );
}

function isPlainClick({ button, metaKey, ctrlKey, shiftKey, altKey }: MouseEvent): boolean {
  return button === 0 && !metaKey && !ctrlKey && !shiftKey && !altKey;
}

export interface SegmentOption<Value extends string> {
  value: Value;
  label: ReactNode;
  /** Accessible name where the label is an icon. */
  name?: string;
  lang?: string;
}

/** One of few: range, theme, unified or side by side. */
export function Segmented<Value extends string>({
  label,
  options,
  value,
  onChange,
  small = false,
}: {
  label: string;
  options: SegmentOption<Value>[];
  value: Value;
  onChange: (value: Value) => void;
  small?: boolean;
}) {
  return (
    <fieldset className={cx('seg', small && 'seg-small')} aria-label={label}>
      {options.map((option) => (
        <button
          key={option.value}
          type="button"
          lang={option.lang}
          aria-label={option.name}
          title={option.name}
          aria-pressed={option.value === value}
          onClick={() => onChange(option.value)}
        >
          {option.label}
        </button>
      ))}
    </fieldset>
  );
}

/** A filter that is on or off, with the count of what it would show. */
export function Chip({
  pressed,
  count,
  icon,
  onClick,
  children,
}: {
  pressed?: boolean;
  count?: ReactNode;
  icon?: ReactNode;
  onClick: () => void;
  children: ReactNode;
}) {
  return (
    <button type="button" className="chip" aria-pressed={pressed} onClick={onClick}>
      {icon}
      {children} {count !== undefined && <b>{count}</b>}
    </button>
  );
}
