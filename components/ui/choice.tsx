'use client';
import { useId, type ComponentProps, type ReactNode } from 'react';
import { cx } from './cx';

/**
 * A radio button as a card. Several with one `name` form a group: put them into a Field with `group`.
 * With `disabledReason` it cannot be chosen and says why; it stays readable.
 */
export function RadioCard({
  name,
  value,
  checked,
  onChange,
  title,
  end,
  disabledReason,
  className,
  children,
}: {
  name: string;
  value: string;
  checked: boolean;
  onChange: (value: string) => void;
  title: ReactNode;
  end?: ReactNode;
  disabledReason?: ReactNode;
  className?: string;
  children?: ReactNode;
}) {
  const id = useId();
  const off = Boolean(disabledReason);
  return (
    <label className={cx('choice', off && 'choice-off', className)}>
      <input
        type="radio"
        className="radio"
        name={name}
        value={value}
        checked={checked}
        disabled={off}
        aria-labelledby={`${id}-title`}
        aria-describedby={`${id}-body`}
        onChange={() => onChange(value)}
      />
      <span className="min-w-0 flex-1">
        <span className="flex items-center gap-2">
          <span id={`${id}-title`} className="min-w-0 font-semibold [overflow-wrap:anywhere]">
            {title}
          </span>
          {end && <span className="ml-auto flex-none">{end}</span>}
        </span>
        <span id={`${id}-body`} className="block text-xs text-ink-2">
          {children}
          {off && <span className="mt-1 block font-medium text-warn-ink">{disabledReason}</span>}
        </span>
      </span>
    </label>
  );
}

export function Checkbox({ className, children, ...rest }: Omit<ComponentProps<'input'>, 'type'>) {
  return (
    <label className={cx('inline-flex cursor-pointer items-start gap-2', className)}>
      <input type="checkbox" className="checkbox" {...rest} />
      <span>{children}</span>
    </label>
  );
}
