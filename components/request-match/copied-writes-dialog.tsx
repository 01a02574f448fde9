'use client';
import type { ReactNode } from 'react';
import { Button } from '@/components/ui/button';
import { Dialog } from '@/components/ui/dialog';

/** Asks before a proposed protection from copied writes is switched off; what keeps it is the button that stands out. */
export function CopiedWritesDialog({
  open,
  title,
  allow,
  keep,
  onAllow,
  onKeep,
  children,
}: {
  open: boolean;
  title: string;
  allow: string;
  keep: string;
  onAllow: () => void;
  onKeep: () => void;
  children: ReactNode;
}) {
  return (
    <Dialog
      open={open}
      onClose={onKeep}
      title={title}
      footer={
        <>
          <Button variant="danger" onClick={onAllow}>
            {allow}
          </Button>
          <Button variant="control" onClick={onKeep}>
            {keep}
          </Button>
        </>
      }
    >
      <p>{children}</p>
    </Dialog>
  );
}
