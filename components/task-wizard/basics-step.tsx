'use client';
import { useTranslations } from 'next-intl';
import { Button } from '@/components/ui/button';
import { Field, TextArea, TextInput } from '@/components/ui/field';
import { Link } from '@/components/ui/link';
import { Spinner } from '@/components/ui/spinner';
import { fieldMark } from '@/components/ui/focus-field';
import { toDnsLabel } from '@/lib/domain/names';
import { routes } from '@/lib/routes';
import { maximumDescriptionLength, maximumNameLength } from './model/validate';
import { useProblemText } from './problem-text';
import type { Wizard } from './use-wizard';

/** Step 1: name (checked while it is typed) and description. */
export function BasicsStep({ wizard }: { wizard: Wizard }) {
  const t = useTranslations('wizard.basics');
  const textOf = useProblemText();
  const { form, update } = wizard;
  const nameError = textOf(wizard.problemOf('name'));
  return (
    <div className="grid max-w-115 gap-5">
      <Field
        label={t('name')}
        labelEnd={t('count', { count: form.name.length, maximum: maximumNameLength })}
        hint={t('nameHint')}
        required
        error={nameError && <NameError wizard={wizard} text={nameError} />}
        success={wizard.nameStatus === 'free' && t('nameFree')}
      >
        <TextInput
          {...fieldMark('name')}
          value={form.name}
          onChange={(event) => update((current) => ({ ...current, name: event.target.value.trim() }))}
          end={wizard.nameStatus === 'checking' && <Spinner />}
        />
      </Field>
      {wizard.nameStatus === 'checking' && <p className="-mt-4 text-xs text-ink-3">{t('nameChecking')}</p>}
      {wizard.nameStatus === 'unknown' && <p className="-mt-4 text-xs text-ink-3">{t('nameUnknown')}</p>}
      <Field
        label={t('description')}
        hint={t('descriptionHint')}
        labelEnd={t('count', { count: form.description.length, maximum: maximumDescriptionLength })}
        error={textOf(wizard.problemOf('description'))}
      >
        <TextArea
          {...fieldMark('description')}
          value={form.description}
          onChange={(event) => update((current) => ({ ...current, description: event.target.value }))}
        />
      </Field>
    </div>
  );
}

/** What is wrong with the name, and the way out: a corrected name, or the task that has it. */
function NameError({ wizard, text }: { wizard: Wizard; text: string }) {
  const t = useTranslations('wizard.basics');
  const { namespace, form, nameStatus, update } = wizard;
  const suggestion = toDnsLabel(form.name);
  return (
    <>
      {text}{' '}
      {nameStatus === 'taken' && (
        <Link href={routes.task(namespace, form.name)} className="text-inherit underline">
          {t('nameOther')}
        </Link>
      )}
      {suggestion !== '' && suggestion !== form.name && (
        <Button size="small" onClick={() => update((current) => ({ ...current, name: suggestion }))}>
          {t('nameTry', { name: suggestion })}
        </Button>
      )}
    </>
  );
}
