'use client';
import { useTranslations } from 'next-intl';
import { Alert } from '@/components/ui/alert';
import { Checkbox } from '@/components/ui/choice';
import { Field, TextInput } from '@/components/ui/field';
import { fieldMark } from './focus-field';
import { withExternalTls } from './model/form-model';
import { problemsOf } from './model/validate';
import { useProblemText } from './problem-text';
import { TargetFitness } from './target-fitness';
import type { Wizard } from './use-wizard';
import { useDebounced } from './use-debounced';

const typingMs = 500;

/** A host outside the mesh; what stands against it is looked up once it is typed. */
export function TargetHost({ wizard }: { wizard: Wizard }) {
  const t = useTranslations('wizard.version');
  const textOf = useProblemText();
  const { form, update } = wizard;
  const typed = useDebounced(form.externalHost, typingMs);
  const isComplete = problemsOf('version', form, wizard.choices, wizard.facts).length === 0;
  return (
    <div className="grid max-w-115 gap-3">
      <Field
        label={t('externalHost')}
        required
        hint={t('externalHostHint')}
        error={textOf(wizard.problemOf('externalHost'))}
      >
        <TextInput
          {...fieldMark('externalHost')}
          mono
          value={form.externalHost}
          onChange={(event) => {
            const externalHost = event.target.value.trim();
            update((current) => ({ ...current, externalHost }));
          }}
        />
      </Field>
      <Field label={t('externalPort')} required className="max-w-40" error={textOf(wizard.problemOf('externalPort'))}>
        <TextInput
          {...fieldMark('externalPort')}
          inputMode="numeric"
          value={form.externalPort}
          onChange={(event) => {
            const externalPort = event.target.value.trim();
            update((current) => ({ ...current, externalPort }));
          }}
        />
      </Field>
      <Checkbox
        checked={form.externalTls}
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
      {isComplete && typed === form.externalHost && <TargetFitness wizard={wizard} />}
    </div>
  );
}
