'use client';
import { Combobox } from '@base-ui/react/combobox';
import { Check, Search } from 'lucide-react';
import { useState, type RefObject } from 'react';
import type { SearchSelectOption, SearchSelectProps } from './search-select';

/** The popup of SearchSelect; loaded when the first one opens. */
export function SearchSelectPopup({
  label,
  options,
  value,
  onChange,
  searchLabel,
  emptyText,
  typedOption,
  open,
  onOpenChange,
  trigger,
}: Omit<SearchSelectProps, 'children' | 'className'> & {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  trigger: RefObject<HTMLButtonElement | null>;
}) {
  const [query, setQuery] = useState('');
  const needle = query.trim().toLowerCase();
  const shown = options.filter((option) => `${option.value} ${option.lead ?? ''}`.toLowerCase().includes(needle));
  const typed = needle && !options.some((option) => option.value === needle) ? typedOption?.(needle) : null;
  const items = typed ? [...shown, typed] : shown;
  return (
    <Combobox.Root<SearchSelectOption>
      items={items}
      filteredItems={items}
      value={options.find((option) => option.value === value) ?? null}
      isItemEqualToValue={(a, b) => a.value === b.value}
      itemToStringLabel={(option) => option.label}
      autoHighlight
      inputValue={query}
      onInputValueChange={(next, details) => {
        // The label of the chosen option must not become the query.
        if (!details.isItemPress) setQuery(next);
      }}
      open={open}
      onOpenChange={(next, details) => {
        const target = details.event.target;
        // A press on the trigger is the trigger's own business: it toggles.
        if (!next && target instanceof Node && trigger.current?.contains(target)) return;
        if (!next) setQuery('');
        onOpenChange(next);
      }}
      onValueChange={(option) => {
        if (option) onChange(option.value);
        setQuery('');
        onOpenChange(false);
      }}
    >
      <Combobox.Portal>
        <Combobox.Positioner anchor={trigger} align="start" sideOffset={4} className="z-50">
          <Combobox.Popup className="menu w-[max(var(--anchor-width),260px)]" aria-label={label} finalFocus={trigger}>
            <div className="flex items-center gap-2 border-b border-block-hover px-3 pb-1.5">
              <Search size={14} aria-hidden className="flex-none" />
              <Combobox.Input
                aria-label={searchLabel}
                placeholder={searchLabel}
                className="h-8 w-full min-w-0 bg-transparent text-sm text-on-block shadow-none! outline-none! placeholder:text-on-block-2"
              />
            </div>
            <Combobox.Empty>
              <div className="px-3 py-3 text-on-block-2">{emptyText}</div>
            </Combobox.Empty>
            <Combobox.List className="max-h-[min(320px,calc(var(--available-height)-48px))] overflow-y-auto py-1 empty:py-0">
              {(option: SearchSelectOption) => (
                <Combobox.Item key={option.value} value={option} className="menu-item">
                  <span className="min-w-0 flex-1">
                    <span className="block font-semibold [overflow-wrap:anywhere]">{option.label}</span>
                    {option.lead && <span className="block text-2xs text-on-block-2">{option.lead}</span>}
                  </span>
                  {option.value === value && <Check size={14} aria-hidden className="flex-none" />}
                </Combobox.Item>
              )}
            </Combobox.List>
          </Combobox.Popup>
        </Combobox.Positioner>
      </Combobox.Portal>
    </Combobox.Root>
  );
}
