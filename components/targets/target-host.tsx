'use client';
import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { Alert } from '@/components/ui/alert';
import { Checkbox } from '@/components/ui/choice';
import { Field, TextInput } from '@/components/ui/field';
import { useSettled } from '@/lib/client/use-settled';
import { withExternalTls } from './target-draft';
import { useTargetProblemText } from './target-problem-text';
import type { TargetEditing } from './target-editing';

const typingMs = 500;

/** A host outside the mesh; what stands against it is looked up once it is typed. */
export function TargetHost({ editing, fitness }: { editing: TargetEditing; fitness: ReactNode }) {
  const t = useTranslations('target');
  const textOf = useTargetProblemText();
  const { target, update } = editing;
  const typed = useSettled(target.externalHost, typingMs);
  return (
    <div className="grid max-w-115 gap-3">
      <Field
        label={t('externalHost')}
        required
        hint={t('externalHostHint')}
        error={textOf(editing.problemOf('externalHost'))}
      >
        <TextInput
          {...editing.mark('externalHost')}
          mono
          value={target.externalHost}
          onChange={(event) => {
            const externalHost = event.target.value.trim();
            update((current) => ({ ...current, externalHost }));
          }}
        />
      </Field>
      <Field label={t('externalPort')} required className="max-w-40" error={textOf(editing.problemOf('externalPort'))}>
        <TextInput
          {...editing.mark('externalPort')}
          inputMode="numeric"
          value={target.externalPort}
          onChange={(event) => {
            const externalPort = event.target.value.trim();
            update((current) => ({ ...current, externalPort }));
          }}
        />
      </Field>
      <Checkbox
        checked={target.externalTls}
        onChange={(event) => {
          const { checked } = event.target;
          update((current) => withExternalTls(current, checked));
        }}
      >
        {t('externalTls')}
        <span className="block text-xs text-ink-2">{t('externalTlsHint')}</span>
      </Checkbox>
      <Alert tone="warn" title={t('externalData')}>
        {t('externalDataBody')}
      </Alert>
      {editing.isComplete && typed === target.externalHost && fitness}
    </div>
  );
}
