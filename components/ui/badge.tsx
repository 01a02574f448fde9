import type { ReactNode } from 'react';
import { cx } from './cx';
import type { Tone } from './tone';

/** State in a word: icon + word + colour, never colour alone. `plain` has an outline only. */
export function Badge({
  tone = 'info',
  plain = false,
  icon,
  title,
  className,
  children,
}: {
  tone?: Tone;
  plain?: boolean;
  icon?: ReactNode;
  title?: string;
  className?: string;
  children: ReactNode;
}) {
  return (
    <span className={cx('badge', `tone-${tone}`, plain && 'badge-plain', className)} title={title}>
      {icon}
      {children}
    </span>
  );
}

/** Name of a version: the live one is solid blue, the mirrored one dashed orange. */
export function VersionTag({
  side,
  label,
  children,
}: {
  side: 'live' | 'mirror';
  label?: string;
  children: ReactNode;
}) {
  return (
    <span className={cx('ver', `ver-${side}`)} title={typeof children === 'string' ? children : undefined}>
      <i className={cx('pip', side === 'mirror' && 'pip-mirror')} aria-hidden />
      {label && <span className="sr-only">{label} </span>}
      <span>{children}</span>
    </span>
  );
}

/** The dot of a side in a legend or beside a number. */
export function Pip({ side }: { side: 'live' | 'mirror' }) {
  return <i className={cx('pip', side === 'mirror' && 'pip-mirror')} aria-hidden />;
}

/** The line of a side in a legend. */
export function LegendKey({ side }: { side: 'live' | 'mirror' }) {
  return <i className={cx('key', side === 'mirror' && 'key-mirror')} aria-hidden />;
}
