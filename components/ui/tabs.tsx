'use client';
import Link from 'next/link';
import type { ReactNode } from 'react';
import { cx } from './cx';

export interface TabLink {
  key: string;
  label: ReactNode;
  href: string;
}

/** Tabs that are links: the chosen one is in the URL, so refresh and back keep it. */
export function Tabs({ items, current, label }: { items: TabLink[]; current: string; label: string }) {
  return (
    <nav className="tabs" aria-label={label}>
      {items.map((item) => (
        <Link key={item.key} href={item.href} scroll={false} aria-current={item.key === current ? 'page' : undefined}>
          {item.label}
        </Link>
      ))}
    </nav>
  );
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
