'use client';
import { ChevronDown, CircleAlert, CircleCheck, Minus, Plus } from 'lucide-react';
import { createContext, use, useId, type ComponentProps, type ReactNode } from 'react';
import { cx } from './cx';

interface FieldContext {
  id: string;
  describedBy: string | undefined;
  invalid: boolean;
  required: boolean;
}
const FieldContext = createContext<FieldContext | null>(null);

/**
 * Label, control, hint and error of one field. The control inside (TextInput, NumberInput, TextArea, Select)
 * takes its id, description and validity from here. `group`: several controls under one name (fieldset).
 */
export function Field({
  label,
  hint,
  error,
  success,
  required = false,
  group = false,
  labelHidden = false,
  labelEnd,
  className,
  children,
}: {
  label: ReactNode;
  hint?: ReactNode;
  error?: ReactNode;
  success?: ReactNode;
  required?: boolean;
  group?: boolean;
  labelHidden?: boolean;
  labelEnd?: ReactNode;
  className?: string;
  children: ReactNode;
}) {
  const id = useId();
  const describedBy =
    cx(Boolean(hint) && `${id}-hint`, Boolean(error) && `${id}-error`, !error && Boolean(success) && `${id}-ok`) ||
    undefined;
  const title = (
    <>
      {label}
      {required && (
        <span className="text-bad-mark" aria-hidden>
          {' '}
          *
        </span>
      )}
    </>
  );
  const labelClass = labelHidden ? 'sr-only' : 'mb-1 text-xs font-semibold [overflow-wrap:anywhere]';
  const below = (
    <>
      {hint && (
        <p id={`${id}-hint`} className="mt-1 text-xs text-ink-3">
          {hint}
        </p>
      )}
      <div aria-live="polite">
        {error ? (
          <p id={`${id}-error`} className="mt-1 flex gap-1.5 text-xs font-medium text-bad-ink">
            <CircleAlert size={14} aria-hidden className="mt-0.5 flex-none" />
            <span className="min-w-0 [overflow-wrap:anywhere]">{error}</span>
          </p>
        ) : (
          success && (
            <p id={`${id}-ok`} className="mt-1 flex gap-1.5 text-xs font-medium text-ok-ink">
              <CircleCheck size={14} aria-hidden className="mt-0.5 flex-none" />
              <span className="min-w-0">{success}</span>
            </p>
          )
        )}
      </div>
    </>
  );
  if (group) {
    return (
      <fieldset className={cx('m-0 min-w-0 border-0 p-0', className)} aria-describedby={describedBy}>
        <legend className={cx('block p-0', labelClass)}>{title}</legend>
        {children}
        {below}
      </fieldset>
    );
  }
  return (
    <div className={className}>
      <div className="flex items-baseline gap-2">
        <label htmlFor={id} className={cx('block', labelClass)}>
          {title}
        </label>
        {labelEnd && <span className="ml-auto text-xs text-ink-3">{labelEnd}</span>}
      </div>
      <FieldContext value={{ id, describedBy, invalid: Boolean(error), required }}>{children}</FieldContext>
      {below}
    </div>
  );
}

interface Wiring {
  id?: string | undefined;
  required?: boolean | undefined;
  'aria-describedby'?: string | undefined;
  'aria-invalid'?: ComponentProps<'input'>['aria-invalid'];
}

function useWiring(props: Wiring) {
  const field = use(FieldContext);
  return {
    id: props.id ?? field?.id,
    'aria-required': props.required ?? (field?.required || undefined),
    'aria-describedby': cx(field?.describedBy, props['aria-describedby']) || undefined,
    'aria-invalid': props['aria-invalid'] ?? (field?.invalid || undefined),
  };
}

export interface TextInputProps extends ComponentProps<'input'> {
  /** Before and after the text, e.g. a magnifier or a unit. */
  start?: ReactNode;
  end?: ReactNode;
  mono?: boolean;
}

export function TextInput({ start, end, mono = false, className, required, ...rest }: TextInputProps) {
  const wiring = useWiring({ ...rest, required });
  return (
    <span className={cx('input', mono && 'font-mono', className)}>
      {start}
      <input type="text" autoComplete="off" spellCheck={false} {...rest} {...wiring} />
      {end}
    </span>
  );
}

/** A number as text, so that what was typed is kept while it is not yet a number; parse it with the domain's parser. */
export function NumberInput({ unit, ...rest }: Omit<TextInputProps, 'end'> & { unit?: ReactNode }) {
  return <TextInput inputMode="decimal" {...rest} end={unit && <span className="text-ink-3">{unit}</span>} />;
}

export function TextArea({ className, required, ...rest }: ComponentProps<'textarea'>) {
  const wiring = useWiring({ ...rest, required } as Wiring);
  return <textarea rows={3} {...rest} {...wiring} className={cx('input', className)} />;
}

export interface SelectOption {
  value: string;
  label: string;
  disabled?: boolean;
}

/** The platform's own select: light, and at home on every device. */
export function Select({
  options,
  className,
  start,
  required,
  ...rest
}: ComponentProps<'select'> & { options: SelectOption[]; start?: ReactNode }) {
  const wiring = useWiring({ ...rest, required } as Wiring);
  return (
    <span className={cx('input', className)}>
      {start}
      <select {...rest} {...wiring}>
        {options.map((option) => (
          <option key={option.value} value={option.value} disabled={option.disabled}>
            {option.label}
          </option>
        ))}
      </select>
      <ChevronDown size={16} strokeWidth={1.7} aria-hidden className="pointer-events-none -ml-6" />
    </span>
  );
}

/** A whole number within bounds, with buttons. */
export function Stepper({
  value,
  onChange,
  min,
  max,
  decreaseLabel,
  increaseLabel,
}: {
  value: number;
  onChange: (value: number) => void;
  min: number;
  max: number;
  decreaseLabel: string;
  increaseLabel: string;
}) {
  const wiring = useWiring({});
  const clamp = (next: number) => Math.min(max, Math.max(min, next));
  return (
    <span className="stepper">
      <button
        type="button"
        aria-label={decreaseLabel}
        disabled={value <= min}
        onClick={() => onChange(clamp(value - 1))}
      >
        <Minus size={14} aria-hidden />
      </button>
      <input
        {...wiring}
        type="number"
        inputMode="numeric"
        min={min}
        max={max}
        step={1}
        value={value}
        onChange={(event) => {
          const next = Math.trunc(event.target.valueAsNumber);
          if (Number.isFinite(next)) onChange(clamp(next));
        }}
      />
      <button
        type="button"
        aria-label={increaseLabel}
        disabled={value >= max}
        onClick={() => onChange(clamp(value + 1))}
      >
        <Plus size={14} aria-hidden />
      </button>
    </span>
  );
}
