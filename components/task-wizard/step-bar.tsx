'use client';
import { Check } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { cx } from '@/components/ui/cx';
import { wizardSteps, type WizardStep } from './model/wizard-steps';
import type { Wizard } from './use-wizard';

type State = 'current' | 'done' | 'todo' | 'mend';

/** The five steps; one that can be reached is a button. `failed`: checks that failed on the review. */
export function StepBar({ wizard, failed }: { wizard: Wizard; failed: number }) {
  const t = useTranslations('wizard');
  const current = wizard.step ?? 'basics';
  const firstInvalid = wizardSteps.findIndex((step) => step !== 'review' && wizard.problemsOn(step).length > 0);
  const stateOf = (step: WizardStep, index: number): State => {
    if (step === current) return 'current';
    const passed = index < wizardSteps.indexOf(current);
    if (wizard.problemsOn(step).length > 0) return passed ? 'mend' : 'todo';
    return passed ? 'done' : 'todo';
  };
  return (
    <nav aria-label={t('stepsLabel')}>
      <ol className="grid grid-cols-5 border-y border-line bg-surface-3">
        {wizardSteps.map((step, index) => {
          const state = stateOf(step, index);
          const stopped = (step === 'review' && state === 'current' && failed > 0) || state === 'mend';
          const words =
            step === 'review' && stopped ? t('stepState.failed', { count: failed }) : t(`stepState.${state}`);
          const reachable = firstInvalid === -1 || index <= firstInvalid;
          const label = (
            <StepLabel number={index + 1} name={t(`step.${step}`)} words={words} state={state} stopped={stopped} />
          );
          return (
            <li
              key={step}
              aria-current={state === 'current' ? 'step' : undefined}
              className={cx(
                'min-w-0 border-r border-line last:border-r-0',
                state === 'current' && 'bg-surface',
                state === 'current' &&
                  (stopped ? 'shadow-[inset_0_-3px_var(--bad-mark)]' : 'shadow-[inset_0_-3px_var(--brand)]'),
              )}
            >
              {reachable && state !== 'current' ? (
                <button
                  type="button"
                  className="block w-full text-left hover:bg-surface-hover"
                  onClick={() => wizard.goTo(step)}
                >
                  {label}
                </button>
              ) : (
                label
              )}
            </li>
          );
        })}
      </ol>
    </nav>
  );
}

function StepLabel({
  number,
  name,
  words,
  state,
  stopped,
}: {
  number: number;
  name: string;
  words: string;
  state: State;
  stopped: boolean;
}) {
  const circle = stopped
    ? 'border-bad-mark bg-bad-soft text-bad-ink'
    : {
        current: 'border-brand text-brand',
        done: 'border-brand bg-brand text-on-brand',
        todo: 'border-control',
        mend: '',
      }[state];
  return (
    <span
      className={cx(
        'flex h-16 items-center gap-2.5 px-4 max-lg:h-auto max-lg:flex-col max-lg:gap-1 max-lg:px-1 max-lg:py-2 max-lg:text-center',
        state === 'current' ? 'text-ink' : 'text-ink-2',
      )}
    >
      <span
        className={cx('grid size-7 flex-none place-items-center rounded-full border-2 text-xs font-semibold', circle)}
      >
        {state === 'done' ? <Check size={16} aria-hidden /> : number}
      </span>
      <span className="min-w-0">
        <span className="block text-sm leading-[18px] font-semibold max-lg:text-xs">{name}</span>
        <span className="block text-xs text-ink-3">{words}</span>
      </span>
    </span>
  );
}
