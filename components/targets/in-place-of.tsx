import type { ReactNode } from 'react';
import type { TargetEditing } from './target-editing';

/** Says why a field is not there; takes the focus when somebody wants to go on without it. */
export function InPlaceOf({
  editing,
  field,
  children,
}: {
  editing: TargetEditing;
  field: string;
  children: ReactNode;
}) {
  return (
    <div {...editing.mark(field)} tabIndex={-1}>
      {children}
    </div>
  );
}
