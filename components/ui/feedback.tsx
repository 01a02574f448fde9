import type { ReactNode } from 'react';
import { cx } from './cx';
import type { Tone } from './tone';

/** Nothing here: why, and what to do next. */
export function EmptyState({
  picture,
  title,
  children,
  actions,
}: {
  picture?: ReactNode;
  title: ReactNode;
  children?: ReactNode;
  actions?: ReactNode;
}) {
  return (
    <div className="grid justify-items-center gap-2 px-5 pt-11 pb-12 text-center">
      {picture}
      <h2 className="text-lg font-semibold">{title}</h2>
      {children && <div className="max-w-130 text-ink-2">{children}</div>}
      {actions && <div className="mt-2 flex flex-wrap justify-center gap-2">{actions}</div>}
    </div>
  );
}

/** Placeholder in the size of what is coming; hidden from screen readers. */
export function Skeleton({ className }: { className?: string }) {
  return <span className={cx('skeleton block', className)} aria-hidden />;
}

const meterFill: Record<Tone | 'live' | 'mirror', string> = {
  ok: 'var(--ok-mark)',
  warn: 'var(--warn-mark)',
  bad: 'var(--bad-mark)',
  info: 'var(--info-mark)',
  idle: 'var(--idle-mark)',
  live: 'var(--live)',
  mirror: 'var(--mirror)',
};

/** A share from 0 to 1 as a bar; more than 1 is a full bar, the number beside it tells. */
export function Meter({
  value,
  label,
  valueText,
  tone = 'ok',
  className,
}: {
  value: number;
  label: string;
  valueText: string;
  tone?: Tone | 'live' | 'mirror';
  className?: string;
}) {
  const share = Math.min(1, Math.max(0, value));
  return (
    <div
      className={cx('meter', className)}
      // oxlint-disable-next-line jsx-a11y/prefer-tag-over-role -- browsers draw <meter> in their own colours
      role="meter"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={1}
      aria-valuenow={Number(share.toFixed(4))}
      aria-valuetext={valueText}
    >
      <i style={{ width: `${share * 100}%`, background: meterFill[tone] }} />
    </div>
  );
}

const dotColor = {
  ok: 'bg-ok-mark',
  warn: 'bg-warn-mark',
  bad: 'bg-bad-mark',
  info: 'bg-info-mark',
  idle: 'bg-idle-mark',
};

/** A small round mark; the words stand beside it. */
export function Dot({ tone }: { tone: Tone }) {
  return <i className={cx('size-2 flex-none rounded-full', dotColor[tone])} aria-hidden />;
}

/** Monospaced name or field. */
export function Code({ children }: { children: ReactNode }) {
  return <code className="[overflow-wrap:anywhere]">{children}</code>;
}
