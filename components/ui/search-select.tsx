'use client';
import { lazy, Suspense, useRef, useState, type ReactNode } from 'react';

const loadPopup = async () => ({ default: (await import('./search-select-popup')).SearchSelectPopup });
const SearchSelectPopup = lazy(loadPopup);

export interface SearchSelectOption {
  value: string;
  label: string;
  lead?: string;
}

export interface SearchSelectProps {
  label: string;
  options: readonly SearchSelectOption[];
  value: string | null;
  onChange: (value: string) => void;
  searchLabel: string;
  emptyText: string;
  /** Makes an option of what was typed when none has that value; null when it cannot be one. */
  typedOption?: (typed: string) => SearchSelectOption | null;
  className?: string;
  /** What the button shows. */
  children: ReactNode;
}

/** A button that opens a list with a filter, for choices that may be many or unknown. */
export function SearchSelect({ className, children, ...popup }: SearchSelectProps) {
  const trigger = useRef<HTMLButtonElement>(null);
  const [open, setOpen] = useState(false);
  const [wasOpen, setWasOpen] = useState(false);
  const change = (next: boolean) => {
    setOpen(next);
    if (next) setWasOpen(true);
  };
  return (
    <>
      <button
        ref={trigger}
        type="button"
        className={className}
        aria-haspopup="dialog"
        aria-expanded={open}
        // Whoever comes near will open it: what is typed right after must not be lost to loading.
        onPointerEnter={() => void loadPopup()}
        onFocus={() => void loadPopup()}
        onClick={() => change(!open)}
      >
        <span className="sr-only">{popup.label}: </span>
        {children}
      </button>
      {wasOpen && (
        <Suspense>
          <SearchSelectPopup {...popup} open={open} onOpenChange={change} trigger={trigger} />
        </Suspense>
      )}
    </>
  );
}
