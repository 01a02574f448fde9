'use client';
import { useId, type ComponentProps, type MouseEvent, type ReactNode } from 'react';
import { cx } from './cx';
import { Link } from './link';
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
export function Button(props: ButtonProps) {
  const {
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
  } = props;
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
  // One that may get a reason stands in the same frame with and without it: taken out of it, it would lose its focus.
  if (!('disabledReason' in props)) return button;
  return (
    <span className={disabledReason ? reasonFrame(reasonPlacement) : 'contents'}>
      {button}
      {disabledReason && (
        <span id={reasonId} className={reasonPlacement === 'hidden' ? 'sr-only' : 'text-xs text-ink-2'}>
          {disabledReason}
        </span>
      )}
    </span>
  );
}

function reasonFrame(placement: ButtonProps['reasonPlacement']): string {
  return cx(
    'inline-flex max-w-full gap-x-2 gap-y-1',
    placement === 'below' ? 'flex-col items-start' : 'flex-wrap items-center',
    placement === 'before' && 'flex-row-reverse justify-start',
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
