'use client';
import { useId, type ComponentProps, type ReactNode } from 'react';
import { cx } from './cx';

/** One of several things to choose from; see `RadioCard` for the parts of its card. */
export interface RadioOption<T extends string> {
  value: T;
  title: ReactNode;
  end?: ReactNode;
  disabledReason?: ReactNode;
  /** What it is about, below the title. */
  body?: ReactNode;
}

const columnClasses = {
  2: 'grid-cols-2 max-sm:grid-cols-1',
  3: 'grid-cols-3 max-sm:grid-cols-1',
  /** By the room that the nearest container has: it may be a page or a drawer. */
  4: 'grid-cols-4 @max-3xl:grid-cols-2 @max-sm:grid-cols-1',
};

/**
 * Radio cards side by side, of which one is chosen (null: none yet); where it is narrow, below each other. One stop for
 * the Tab key; the arrow keys go on to the next card that can be chosen. `legend` names the group for those who do not
 * see the heading above it.
 */
export function RadioCards<T extends string>({
  legend,
  name,
  value,
  options,
  onChange,
  columns = 2,
  ...rest
}: {
  legend: string;
  /** The name of its radio buttons: one of its own on the page. */
  name: string;
  value: T | null;
  options: readonly RadioOption<T>[];
  onChange: (value: T) => void;
  columns?: keyof typeof columnClasses;
} & Omit<ComponentProps<'fieldset'>, 'role' | 'className' | 'children' | 'onChange'>) {
  return (
    <fieldset {...rest} role="radiogroup" className={cx('grid min-w-0 gap-2 border-0 p-0', columnClasses[columns])}>
      <legend className="sr-only">{legend}</legend>
      {options.map(({ value: option, body, ...card }) => (
        <RadioCard
          key={option}
          name={name}
          value={option}
          checked={option === value}
          onChange={() => onChange(option)}
          {...card}
        >
          {body}
        </RadioCard>
      ))}
    </fieldset>
  );
}

/**
 * A radio button as a card. Several with one `name` form a group: `RadioCards`, or a Field with `group` around them.
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
