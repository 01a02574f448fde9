const controls = 'input, select, textarea, button, a[href]';

/** Attribute that marks the control (or the group of controls) of a field, or what stands in its place. */
export function fieldMark(field: string): { 'data-field': string } {
  return { 'data-field': field };
}

/** Moves focus to the control of a field, else to what stands in its place; false when neither is on the page. */
export function focusField(field: string): boolean {
  const marked = document.querySelector<HTMLElement>(`[data-field="${CSS.escape(field)}"]`);
  const control = marked?.matches(controls) ? marked : marked?.querySelector<HTMLElement>(`:is(${controls}):enabled`);
  const found = control ?? (marked?.matches('[tabindex]') ? marked : null);
  found?.focus();
  return found != null;
}
