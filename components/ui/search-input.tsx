'use client';
import { Search, X } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useEffect, useState } from 'react';
import { cx } from './cx';

const pauseMs = 250;

/** A filter that is told, without spaces at its ends, once typing pauses. `value` from outside (Back, a link) replaces what was typed. */
export function SearchInput({
  label,
  value,
  onChange,
  className,
}: {
  label: string;
  value: string;
  onChange: (value: string) => void;
  className?: string;
}) {
  const t = useTranslations('common');
  const [text, setText] = useState(value);
  const [seen, setSeen] = useState(value);
  if (value !== seen) {
    setSeen(value);
    // What was just told comes back: a space at its end may be the middle of what is being typed.
    if (value !== text.trim()) setText(value);
  }
  useEffect(() => {
    if (text.trim() === value) return;
    const timer = setTimeout(() => onChange(text.trim()), pauseMs);
    return () => clearTimeout(timer);
  }, [text, value, onChange]);
  return (
    <span className={cx('input', className)}>
      <Search size={16} strokeWidth={1.6} aria-hidden />
      <input
        type="text"
        role="searchbox"
        aria-label={label}
        placeholder={label}
        autoComplete="off"
        spellCheck={false}
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
      {text && (
        <button
          type="button"
          aria-label={t('clear')}
          className="flex-none rounded-full text-ink-3"
          onClick={() => setText('')}
        >
          <X size={14} aria-hidden />
        </button>
      )}
    </span>
  );
}
