'use client';
import { Search, X } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useEffect, useState } from 'react';
import { cx } from './cx';

const pauseMs = 250;

/** A filter that is told once typing pauses. `value` from outside (Back, a link) replaces what was typed. */
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
  const [told, setTold] = useState(value);
  if (value !== told) {
    setTold(value);
    setText(value);
  }
  useEffect(() => {
    if (text === told) return;
    const timer = setTimeout(() => {
      setTold(text);
      onChange(text);
    }, pauseMs);
    return () => clearTimeout(timer);
  }, [text, told, onChange]);
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
