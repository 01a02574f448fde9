'use client';
import { useTranslations } from 'next-intl';
import { LegendKey } from '@/components/ui/badge';
import { RadioCards } from '@/components/ui/choice';
import { Field, NumberInput } from '@/components/ui/field';
import { linearScale, Slider } from '@/components/ui/slider';
import { fieldMark } from '@/components/ui/focus-field';
import { Group } from '@/components/ui/group';
import { targetName } from '@/components/targets/target-name';
import { formatPercent, parsePercentage, percentagePresets } from '@/lib/domain/percentage';
import { useFormat } from '@/lib/format/use-format';
import { expectedCopies, sumOfShares } from './model/expected-copies';
import { copiesReadsOnly } from './model/safety';
import { useProblemText } from './problem-text';
import type { Wizard } from './use-wizard';

const scale = linearScale(0, 100);
const marks = [0, 10, 30, 50, 100].map((value) => ({ value, label: value === 100 ? '100 %' : String(value) }));

/** Presets of the guide, slider for whole percents, number for everything else. */
export function PercentageChoice({ wizard }: { wizard: Wizard }) {
  const t = useTranslations('wizard.strategy');
  const format = useFormat();
  const textOf = useProblemText();
  const parsed = parsePercentage(wizard.form.percentage);
  const percent = 'percent' in parsed ? parsed.percent : null;
  const preset = percentagePresets.find(({ low, high }) => percent !== null && percent >= low && percent <= high);
  const set = (percentage: string): void => wizard.update((form) => ({ ...form, percentage }));
  return (
    <Group title={t('percentage')} lead={<PercentageLead wizard={wizard} />}>
      <RadioCards
        legend={t('presets')}
        name="preset"
        columns={3}
        value={preset ? formatPercent(preset.value) : null}
        onChange={set}
        options={percentagePresets.map(({ id, low, high, value }) => ({
          value: formatPercent(value),
          title: (
            <>
              {t(`preset.${id}`)} <span className="font-normal text-ink-3">{t('presetRange', { low, high })}</span>
            </>
          ),
          body: t(`preset.${id}Lead`),
        }))}
      />
      <div className="mt-4 flex flex-wrap items-start gap-x-5 gap-y-3">
        <div className="min-w-60 flex-1 pt-5">
          <Slider
            label={t('slider')}
            value={percent ?? 0}
            onChange={(value) => set(value === 0 ? '1' : formatPercent(value))}
            scale={scale}
            valueText={percent === null ? '' : format.percentage(percent)}
            marks={marks}
          />
        </div>
        <Field
          label={t('number')}
          className="w-45"
          hint={t('numberHint')}
          error={textOf(wizard.problemOf('percentage'))}
          required
        >
          <NumberInput
            {...fieldMark('percentage')}
            unit="%"
            value={wizard.form.percentage}
            onChange={(event) => set(event.target.value)}
          />
        </Field>
      </div>
      <ExpectedCopies wizard={wizard} percent={percent} />
    </Group>
  );
}

/** Whose share this is, where there are several: the others have theirs where they are named. */
function PercentageLead({ wizard: { form, choices } }: { wizard: Wizard }) {
  const t = useTranslations('wizard.strategy');
  if (form.further.length === 0) return t('percentageLead');
  return t('percentageLeadOf', { target: targetName(form, choices) ?? '' });
}

/** What the percentage means in requests, as far as the live rate is measured. */
function ExpectedCopies({ wizard, percent }: { wizard: Wizard; percent: number | null }) {
  const t = useTranslations('wizard.strategy');
  const format = useFormat();
  const { form, choices } = wizard;
  const { service } = choices;
  if (service === null) return null;
  if (service.requestsPerSecond === null) {
    return <p className="panel mt-3 text-ink-2">{t('rateUnknown', { service: service.name })}</p>;
  }
  const copies = expectedCopies(service.requestsPerSecond, percent, podsOfFirst(wizard));
  const all = expectedCopies(service.requestsPerSecond, sumOfShares(form), 0);
  return (
    <div className="panel mt-3 flex flex-wrap items-center gap-x-6 gap-y-1">
      <span className="flex items-center gap-2">
        <LegendKey side="live" /> {t('liveRate')} <b>{format.rate(service.requestsPerSecond)} rps</b>
      </span>
      <span className="flex items-center gap-2">
        <LegendKey side="mirror" /> {t('copyRate')}{' '}
        <b>{all.perSecond === null ? '—' : `${format.rate(all.perSecond)} rps`}</b>
      </span>
      {copies.perPod !== null && form.further.length === 0 && (
        <span className="text-ink-2">{t('perPod', { rate: format.rate(copies.perPod) })}</span>
      )}
      {(form.conditions.length > 0 || copiesReadsOnly(form, choices)) && (
        <span className="basis-full text-xs text-ink-3">{t('someRequests')}</span>
      )}
      {form.routes !== null && <span className="basis-full text-xs text-ink-3">{t('someRoutesRate')}</span>}
      {form.ports !== null && <span className="basis-full text-xs text-ink-3">{t('somePorts')}</span>}
    </div>
  );
}

/** Pods among which the first target's copies are spread; 0 where nobody knows. */
function podsOfFirst({ form, choices }: Wizard): number {
  if (form.targetKind === 'new') return form.replicas;
  return form.targetKind === 'existing' ? (choices.existing?.replicas.desired ?? 0) : 0;
}
