'use client';
import { lazy, Suspense, useState } from 'react';
import type { ModalProps } from './modal-popup';

const ModalPopup = lazy(async () => ({ default: (await import('./modal-popup')).ModalPopup }));

/** True from the first time that `open` was true: the popup stays mounted then, so that it can animate out. */
function useWasOpen(open: boolean): boolean {
  const [wasOpen, setWasOpen] = useState(open);
  if (open && !wasOpen) setWasOpen(true);
  return wasOpen || open;
}

/** A modal dialog. Focus goes in and comes back; Escape and the backdrop close it. */
export function Dialog(props: ModalProps) {
  if (!useWasOpen(props.open)) return null;
  return (
    <Suspense>
      <ModalPopup shape="dialog" {...props} />
    </Suspense>
  );
}

/** A modal panel at the right edge, for work that needs the page behind it. */
export function Drawer(props: ModalProps) {
  if (!useWasOpen(props.open)) return null;
  return (
    <Suspense>
      <ModalPopup shape="drawer" {...props} />
    </Suspense>
  );
}
