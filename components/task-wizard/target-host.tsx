'use client';
import { useTranslations } from 'next-intl';
import { Alert } from '@/components/ui/alert';
import { Checkbox } from '@/components/ui/choice';
import { Field, TextInput } from '@/components/ui/field';
import { withExternalTls } from './model/form-model';
import { useProblemText } from './problem-text';
import { TargetFitness } from './target-fitness';
import type { TargetEditing } from './target-editing';
import { useDebounced } from './use-debounced';

const typingMs = 500;

/** A host outside the mesh; what stands against it is looked up once it is typed. */
export function TargetHost({ editing }: { editing: TargetEditing }) {
  const t = useTranslations('wizard.version');
  const textOf = useProblemText();
  const { target, update } = editing;
  const typed = useDebounced(target.externalHost, typingMs);
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
      {editing.isComplete && typed === target.externalHost && <TargetFitness editing={editing} />}
    </div>
  );
}
