'use client';
import { useTranslations } from 'next-intl';
import { useId, useState, type ReactNode } from 'react';
import { Button } from './button';
import { Dialog } from './dialog';
import { Field, TextInput } from './field';

const asCode = (chunks: ReactNode) => <code className="select-all">{chunks}</code>;

/**
 * A dialog for what cannot be undone: the destructive button works only after the object's name (of several: their
 * number) was typed.
 * `children` say what goes and what stays. `blocked`: why it cannot be confirmed yet, besides the name.
 */
export function ConfirmByName({
  open,
  onClose,
  name,
  title,
  icon,
  confirmLabel,
  cancelLabel,
  pending,
  blocked,
  onConfirm,
  children,
}: {
  open: boolean;
  onClose: () => void;
  name: string;
  title: ReactNode;
  icon?: ReactNode;
  confirmLabel: ReactNode;
  cancelLabel: ReactNode;
  pending: boolean;
  blocked?: ReactNode;
  onConfirm: () => void;
  children: ReactNode;
}) {
  const t = useTranslations('common');
  const formId = useId();
  const [typed, setTyped] = useState('');
  const [openBefore, setOpenBefore] = useState(open);
  if (open !== openBefore) {
    setOpenBefore(open);
    if (open) setTyped('');
  }
  const matches = typed.trim() === name;
  return (
    <Dialog
      open={open}
      onClose={onClose}
      title={title}
      icon={icon}
      footer={
        <>
          <Button onClick={onClose}>{cancelLabel}</Button>
          <Button
            variant="danger-fill"
            type="submit"
            form={formId}
            pending={pending}
            disabledReason={blocked ?? (matches ? undefined : t('typeNameFirst', { name }))}
            reasonPlacement="before"
          >
            {confirmLabel}
          </Button>
        </>
      }
    >
      <form
        id={formId}
        className="space-y-4"
        onSubmit={(event) => {
          event.preventDefault();
          if (matches && !pending && !blocked) onConfirm();
        }}
      >
        {children}
        <Field label={t.rich('typeName', { name, code: asCode })}>
          <TextInput value={typed} onChange={(event) => setTyped(event.target.value)} mono />
        </Field>
      </form>
    </Dialog>
  );
}
