'use client';
import { Plus, Trash2 } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useRef, useState } from 'react';
import { Button, IconButton } from '@/components/ui/button';
import { RadioCards } from '@/components/ui/choice';
import { Field, NumberInput } from '@/components/ui/field';
import type { Task } from '@/lib/contract/task';
import { rampStepsMax } from '@/lib/domain/ramp';
import {
  minutesField,
  presetRamp,
  shareField,
  withNewStep,
  withShare,
  withStep,
  type RampStepDraft,
} from './ramp-draft';

interface Editing {
  targets: readonly Pick<Task['targets'][number], 'id' | 'label' | 'percentage'>[];
  /** The task copies nothing: its ramp is set, and held. */
  paused: boolean;
  /** What is wrong with a field, in words. */
  errorOf: (field: string) => string | undefined;
}

/** Whether a share is set at once (null), or raised by steps, and by which. */
export function RampChoice({
  targets,
  paused,
  steps,
  onChange,
  errorOf,
}: Editing & {
  steps: readonly RampStepDraft[] | null;
  onChange: (steps: RampStepDraft[] | null) => void;
}) {
  const t = useTranslations('list.change.ramp');
  // Whoever looks at the other way finds the steps again as they were.
  const [left, setLeft] = useState<readonly RampStepDraft[] | null>(null);
  const choose = (how: 'once' | 'steps'): void => {
    if (how === 'once') setLeft(steps);
    onChange(how === 'steps' ? [...(left ?? presetRamp(targets))] : null);
  };
  return (
    <>
      <RadioCards
        legend={t('how')}
        name="how"
        value={steps ? 'steps' : 'once'}
        onChange={choose}
        options={[
          { value: 'once', title: t('atOnce'), body: t('atOnceLead') },
          { value: 'steps', title: t('inSteps'), body: t('inStepsLead') },
        ]}
      />
      {steps && <Steps targets={targets} paused={paused} steps={steps} onChange={onChange} errorOf={errorOf} />}
    </>
  );
}

/** Share and minutes of each step; the last one's share stays. */
function Steps({
  targets,
  paused,
  steps,
  onChange,
  errorOf,
}: Editing & { steps: readonly RampStepDraft[]; onChange: (steps: RampStepDraft[]) => void }) {
  const t = useTranslations('list.change.ramp');
  const isOfOne = targets.length === 1;
  const add = useRef<HTMLButtonElement>(null);
  return (
    <div className="flex flex-col gap-2">
      <ol aria-label={t('steps')} className="grid gap-2">
        {steps.map(({ id, shares, minutes }, index) => {
          const n = index + 1;
          return (
            <li key={id} className="grid grid-cols-[20px_minmax(0,1fr)_minmax(0,1fr)_32px] items-start gap-x-3 gap-y-1">
              <span aria-hidden className="pt-2 text-right text-xs text-ink-3">
                {n}
              </span>
              <div className="grid min-w-0 grid-cols-1 gap-1">
                {targets.map(({ id: target, label }) => (
                  <Field
                    key={target}
                    label={isOfOne ? t('share', { n }) : t('shareOf', { n, target: label })}
                    labelHidden
                    error={errorOf(shareField(id, target))}
                  >
                    <NumberInput
                      start={!isOfOne && <span className="max-w-28 truncate text-ink-3">{label}</span>}
                      unit="%"
                      value={shares[target] ?? ''}
                      onChange={(event) => onChange(withShare(steps, id, target, event.target.value))}
                    />
                  </Field>
                ))}
              </div>
              {n === steps.length ? (
                <span className="pt-2 text-xs text-ink-2">{t('stays')}</span>
              ) : (
                <Field label={t('minutes', { n })} labelHidden error={errorOf(minutesField(id))}>
                  <NumberInput
                    unit={t('unit')}
                    value={minutes}
                    onChange={(event) => onChange(withStep(steps, id, { minutes: event.target.value }))}
                  />
                </Field>
              )}
              {steps.length > 1 && (
                <IconButton
                  size="small"
                  className="mt-0.5"
                  label={t('remove', { n })}
                  icon={<Trash2 size={14} aria-hidden />}
                  onClick={() => {
                    onChange(withStep(steps, id, null));
                    // The button that had the focus goes.
                    add.current?.focus();
                  }}
                />
              )}
            </li>
          );
        })}
      </ol>
      <Button
        ref={add}
        size="small"
        className="self-start"
        icon={<Plus size={14} aria-hidden />}
        disabledReason={steps.length >= rampStepsMax && t('most', { n: rampStepsMax })}
        onClick={() => onChange(withNewStep(steps))}
      >
        {t('add')}
      </Button>
      <p className="text-xs text-ink-3">{t(paused ? 'leadPaused' : 'lead')}</p>
      {!isOfOne && <p className="text-xs text-ink-3">{t('emptyStays')}</p>}
    </div>
  );
}
