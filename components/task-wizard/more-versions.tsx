import { CopyPlus, Plus, Trash2 } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { Button } from '@/components/ui/button';
import { Field, NumberInput, TextInput } from '@/components/ui/field';
import { suggestVersion } from '@/lib/domain/names';
import { targetsMax } from '@/lib/domain/planning-snapshot';
import { fieldMark } from './focus-field';
import { Group } from './group';
import { withMoreVersion, withMoreVersionRow, type MoreVersion } from './model/form-model';
import { useProblemText } from './problem-text';
import type { Wizard } from './use-wizard';

/** New versions beside the first: each gets its own share of the same requests (the guide's 4.2), or none are wanted. */
export function MoreVersions({ wizard }: { wizard: Wizard }) {
  const t = useTranslations('wizard.more');
  const { form, choices, update } = wizard;
  const live = choices.liveVersions[0] ?? null;
  const names = [...choices.liveVersions, choices.version, ...form.moreVersions.map(({ version }) => version)];
  const isFull = form.moreVersions.length + 1 >= targetsMax;
  const hasCopy = live !== null && form.moreVersions.some(({ version }) => version === `${live}-aa`);
  return (
    <Group title={t('title')} lead={t('lead')}>
      <div className="grid gap-3">
        {form.moreVersions.map((row) => (
          <Row key={row.id} wizard={wizard} row={row} />
        ))}
        <div className="flex flex-wrap gap-2">
          <Button
            size="small"
            disabledReason={isFull && t('full', { count: targetsMax })}
            onClick={() => update((current) => withMoreVersion(current, suggestVersion(names) ?? '', null))}
          >
            <Plus size={14} aria-hidden /> {t('add')}
          </Button>
          {live !== null && !hasCopy && (
            <Button
              size="small"
              disabledReason={isFull && t('full', { count: targetsMax })}
              onClick={() => update((current) => withMoreVersion(current, '', live))}
            >
              <CopyPlus size={14} aria-hidden /> {t('addCopy', { live })}
            </Button>
          )}
        </div>
      </div>
    </Group>
  );
}

function Row({ wizard, row }: { wizard: Wizard; row: MoreVersion }) {
  const t = useTranslations('wizard.more');
  const textOf = useProblemText();
  const container = wizard.choices.containers.find(({ init }) => !init);
  const set = (patch: Partial<MoreVersion> | null): void =>
    wizard.update((form) => withMoreVersionRow(form, row.id, patch));
  const field = (part: string) => `more.${row.id}.${part}`;
  return (
    <fieldset
      aria-label={t('row', { version: row.version })}
      className="panel flex flex-wrap items-start gap-x-4 gap-y-3"
    >
      <Field label={t('version')} required className="w-40" error={textOf(wizard.problemOf(field('version')))}>
        <TextInput
          {...fieldMark(field('version'))}
          value={row.version}
          onChange={(event) => set({ version: event.target.value.trim() })}
        />
      </Field>
      <Field
        label={t('image', { container: container?.name ?? '' })}
        className="min-w-60 flex-1"
        hint={row.image === null ? t('unchanged') : undefined}
        error={textOf(wizard.problemOf(field('image')))}
      >
        <TextInput
          mono
          {...fieldMark(field('image'))}
          value={row.image ?? container?.liveImage ?? ''}
          onChange={(event) => set({ image: event.target.value === container?.liveImage ? null : event.target.value })}
        />
      </Field>
      <Field label={t('percentage')} required className="w-35" error={textOf(wizard.problemOf(field('percentage')))}>
        <NumberInput
          {...fieldMark(field('percentage'))}
          unit="%"
          value={row.percentage}
          onChange={(event) => set({ percentage: event.target.value })}
        />
      </Field>
      <Button
        size="small"
        className="mt-6"
        aria-label={t('remove', { version: row.version })}
        onClick={() => set(null)}
      >
        <Trash2 size={14} aria-hidden />
      </Button>
    </fieldset>
  );
}
