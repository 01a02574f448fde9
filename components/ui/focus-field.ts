const focusable = 'input, select, textarea, button, a[href]';

/** Attribute that marks the control (or the group of controls) of a field. */
export function fieldMark(field: string): { 'data-field': string } {
  return { 'data-field': field };
}

/** Moves focus to the control of a field; false when it is not on the page. */
export function focusField(field: string): boolean {
  const marked = document.querySelector<HTMLElement>(`[data-field="${CSS.escape(field)}"]`);
  const control = marked?.matches(focusable) ? marked : marked?.querySelector<HTMLElement>(`:is(${focusable}):enabled`);
  control?.focus();
  return control != null;
}
