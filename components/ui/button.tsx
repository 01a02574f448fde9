'use client';
import Link from 'next/link';
import { useId, type ComponentProps, type MouseEvent, type ReactNode } from 'react';
import { cx } from './cx';
import { Spinner } from './spinner';

export type ButtonVariant = 'default' | 'primary' | 'control' | 'danger' | 'danger-fill' | 'ghost';
export type ButtonSize = 'default' | 'small';

interface Look {
  variant?: ButtonVariant;
  size?: ButtonSize;
  icon?: ReactNode;
}

export interface ButtonProps extends Omit<ComponentProps<'button'>, 'disabled'>, Look {
  /** Work goes on: shows a spinner and ignores clicks, keeps its focus. */
  pending?: boolean;
  /** Why it cannot be used: shown as text beside it; the button stays focusable and says so. */
  disabledReason?: ReactNode;
  /** Where the reason stands; `hidden` only where the same words stand nearby. */
  reasonPlacement?: 'before' | 'after' | 'below' | 'hidden';
}

function buttonClass({ variant = 'default', size = 'default' }: Look, extra?: string): string {
  return cx('btn', variant !== 'default' && `btn-${variant}`, size === 'small' && 'btn-small', extra);
}

function swallow(event: MouseEvent): void {
  event.preventDefault();
  event.stopPropagation();
}

/** A button. Its label names the effect ("Apply 50 %"). */
export function Button({
  variant,
  size,
  icon,
  pending = false,
  disabledReason,
  reasonPlacement = 'after',
  className,
  children,
  onClick,
  type = 'button',
  'aria-describedby': describedBy,
  ...rest
}: ButtonProps) {
  const reasonId = useId();
  const blocked = Boolean(disabledReason) || pending;
  const button = (
    <button
      {...rest}
      type={blocked ? 'button' : type}
      className={buttonClass({ variant, size }, className)}
      aria-disabled={blocked || undefined}
      aria-busy={pending || undefined}
      aria-describedby={cx(describedBy, disabledReason ? reasonId : null) || undefined}
      onClick={blocked ? swallow : onClick}
    >
      {pending ? <Spinner /> : icon}
      {children}
    </button>
  );
  if (!disabledReason) return button;
  const below = reasonPlacement === 'below';
  return (
    <span
      className={cx(
        'inline-flex max-w-full gap-x-2 gap-y-1',
        below ? 'flex-col items-start' : 'flex-wrap items-center',
        reasonPlacement === 'before' && 'flex-row-reverse justify-start',
      )}
    >
      {button}
      <span id={reasonId} className={reasonPlacement === 'hidden' ? 'sr-only' : 'text-xs text-ink-2'}>
        {disabledReason}
      </span>
    </span>
  );
}

export interface ButtonLinkProps extends ComponentProps<typeof Link>, Look {}

/** A link that looks like a button: for going somewhere, never for an effect. */
export function ButtonLink({ variant, size, icon, className, children, ...rest }: ButtonLinkProps) {
  return (
    <Link {...rest} className={buttonClass({ variant, size }, className)}>
      {icon}
      {children}
    </Link>
  );
}

export interface IconButtonProps extends Omit<ComponentProps<'button'>, 'children' | 'disabled'> {
  label: string;
  icon: ReactNode;
  size?: ButtonSize;
  variant?: ButtonVariant;
}

/** A button with an icon only; `label` is its accessible name and its title. */
export function IconButton({
  label,
  icon,
  size,
  variant = 'ghost',
  className,
  type = 'button',
  ...rest
}: IconButtonProps) {
  return (
    <button
      title={label}
      {...rest}
      type={type}
      aria-label={label}
      className={buttonClass({ variant, size }, cx('btn-icon', className))}
    >
      {icon}
    </button>
  );
}
