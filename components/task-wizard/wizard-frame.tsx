'use client';
import { CircleX, Lock, X } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useRouter } from 'next/navigation';
import { lazy, Suspense, useEffect, useRef, useState } from 'react';
import { Alert } from '@/components/ui/alert';
import { Button, IconButton } from '@/components/ui/button';
import { Skeleton } from '@/components/ui/feedback';
import { MirrorIcon } from '@/components/ui/icons';
import { RetryAlert } from '@/components/ui/retry-alert';
import { useToast } from '@/components/ui/toast';
import { focusField } from '@/components/ui/focus-field';
import { useErrorText, useMessageText } from '@/lib/client/use-error-text';
import { routes } from '@/lib/routes';
import { BasicsStep } from './basics-step';
import { LeaveDialog, useLeaveGuard } from './leave-guard';
import { checksBySeverity } from './model/submission';
import { stepAfter, stepBefore, wizardSteps, type WizardStep } from './model/wizard-steps';
import { ServiceStep } from './service-step';
import { PrefillNotice } from './prefill-notice';
import { StepBar } from './step-bar';
import { StrategyStep } from './strategy-step';
import { SummaryRail } from './summary-rail';
import { useCreate, type Creation } from './use-create';
import { useWizard, type Wizard } from './use-wizard';
import type { PrefillSource } from './use-prefill';
import { VersionStep } from './version-step';

const formId = 'task-wizard';

// Diffs come with the last step only.
const ReviewStep = lazy(async () => ({ default: (await import('./review-step')).ReviewStep }));

/** Header, step bar, the step, the summary, and the buttons that lead on. */
export function WizardFrame({ namespace, source = null }: { namespace: string; source?: PrefillSource | null }) {
  const t = useTranslations('wizard');
  const router = useRouter();
  const toast = useToast();
  const wizard = useWizard(namespace, source && 'form' in source ? source.form : null);
  const creation = useCreate(wizard);
  const guard = useLeaveGuard(wizard.touched && !creation.done);
  const { step } = wizard;

  const { waiting, next } = useNext(wizard);
  const create = async (): Promise<void> => {
    const outcome = await creation.create();
    if (outcome?.kind === 'created') {
      toast('ok', t('review.created', { name: wizard.form.name }));
      router.push(routes.task(namespace, wizard.form.name));
      wizard.forgetDraft();
    }
    if (outcome?.kind === 'taken') {
      wizard.setRefusals([{ field: 'name', code: 'name_taken', params: { name: wizard.form.name } }]);
      wizard.goTo('basics');
    }
    if (outcome?.kind === 'refused') {
      wizard.setRefusals(outcome.problems);
      wizard.goTo(outcome.step);
    }
  };

  return (
    <section
      aria-labelledby="wizard-title"
      className="overflow-hidden rounded-sm bg-surface shadow-card ring-1 ring-line"
    >
      <header className="flex min-h-14 flex-wrap items-center gap-x-3 bg-surface-2 px-5">
        <MirrorIcon />
        <h1 id="wizard-title" className="text-[15px] font-semibold">
          {t('title')}
        </h1>
        <span className="text-xs text-ink-3">{namespace}</span>
        <IconButton
          className="ml-auto"
          label={t('close')}
          icon={<X size={16} aria-hidden />}
          onClick={() => guard.leaveTo(routes.tasks(namespace))}
        />
      </header>
      <StepBar wizard={wizard} failed={creation.plan.data ? checksBySeverity(creation.plan.data).fail.length : 0} />
      <div className="grid grid-cols-[minmax(0,1fr)_276px] max-lg:grid-cols-1">
        <form
          id={formId}
          noValidate
          className="min-w-0 px-6 pt-6 pb-8 max-sm:px-4"
          onSubmit={(event) => {
            event.preventDefault();
            next();
          }}
        >
          <StepHeading step={step} />
          {source && <PrefillNotice source={source} wizard={wizard} />}
          <Notices wizard={wizard} />
          {step !== null && <StepBody step={step} wizard={wizard} creation={creation} />}
        </form>
        <SummaryRail wizard={wizard} plan={creation.plan.data} />
      </div>
      <footer className="flex flex-wrap items-center justify-end gap-2 border-t border-line bg-surface-2 px-5 py-3">
        <FooterNote wizard={wizard} creation={creation} waiting={waiting} />
        <Button onClick={() => guard.leaveTo(routes.tasks(namespace))}>{t('cancel')}</Button>
        <FooterButtons wizard={wizard} creation={creation} waiting={waiting} onCreate={create} />
      </footer>
      <LeaveDialog guard={guard} onDiscard={wizard.discard} />
    </section>
  );
}

/**
 * Leads to the next step, or to what is missing on this one. Pressed before the services are read, it waits for them
 * and goes on by itself, unless the reader has gone to another step meanwhile.
 */
function useNext(wizard: Wizard): { waiting: boolean; next: () => void } {
  const { step } = wizard;
  const [wanted, setWanted] = useState<WizardStep | null>(null);
  const waiting = wanted !== null && wanted === step && wizard.loading;
  const go = (): void => {
    if (step === null) return;
    const problems = wizard.problemsOn(step);
    const following = stepAfter(step);
    if (problems[0] !== undefined) {
      wizard.showProblems(step);
      focusField(problems[0].field);
    } else if (following !== null) wizard.goTo(following);
  };
  const over = wanted !== null && !waiting;
  useEffect(() => {
    if (!over) return;
    setWanted(null);
    if (wanted === step) go();
    // Once when the waiting ends: `go` is new in every render.
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- see above
  }, [over]);
  const needsServices = step !== 'basics';
  return { waiting, next: () => (needsServices && wizard.loading ? setWanted(step) : go()) };
}

/** Names the step for screen readers and takes the focus when it changes. */
function StepHeading({ step }: { step: WizardStep | null }) {
  const t = useTranslations('wizard');
  const heading = useRef<HTMLHeadingElement>(null);
  const shown = useRef(step);
  useEffect(() => {
    // Not on arrival: the page's own order comes first then.
    if (shown.current !== null && step !== null && shown.current !== step) {
      heading.current?.focus({ preventScroll: true });
      heading.current?.closest('section')?.scrollIntoView({ block: 'start' });
    }
    shown.current = step ?? shown.current;
  }, [step]);
  return (
    <h2 ref={heading} tabIndex={-1} className="sr-only">
      {step !== null && t('stepHeading', { n: wizardSteps.indexOf(step) + 1, name: t(`step.${step}`) })}
    </h2>
  );
}

function StepBody({ step, wizard, creation }: { step: WizardStep; wizard: Wizard; creation: Creation }) {
  switch (step) {
    case 'basics':
      return <BasicsStep wizard={wizard} />;
    case 'service':
      return <ServiceStep wizard={wizard} />;
    case 'version':
      return <VersionStep wizard={wizard} />;
    case 'strategy':
      return <StrategyStep wizard={wizard} />;
    case 'review':
      return (
        <Suspense fallback={<Skeleton className="h-96" />}>
          <ReviewStep wizard={wizard} creation={creation} />
        </Suspense>
      );
  }
}

function Notices({ wizard }: { wizard: Wizard }) {
  const t = useTranslations('wizard');
  const errorText = useErrorText();
  return (
    <>
      {wizard.loadError !== null && (
        <div className="mb-4">
          <RetryAlert tone="bad" title={t('loadFailed', { namespace: wizard.namespace })} onRetry={wizard.reload}>
            {errorText(wizard.loadError).title}
          </RetryAlert>
        </div>
      )}
      {wizard.restored && wizard.step !== 'review' && (
        <div className="mb-4">
          <Alert
            title={t('restored')}
            actions={
              <Button
                size="small"
                onClick={() => {
                  wizard.discard();
                  wizard.goTo('basics');
                }}
              >
                {t('startOver')}
              </Button>
            }
          >
            {t('restoredBody')}
          </Alert>
        </div>
      )}
    </>
  );
}

/** Why Create cannot be pressed; null when it can. */
function useCreateObstacle(wizard: Wizard, creation: Creation): string | null {
  const t = useTranslations('wizard.review');
  const text = useMessageText();
  if (wizard.step !== 'review' || creation.made) return null;
  if (wizardSteps.some((step) => wizard.problemsOn(step).length > 0) && !creation.done) return t('cannotFields');
  const { plan } = creation;
  if (plan.data === undefined || plan.isFetching) return t('cannotPlan');
  const failed = checksBySeverity(plan.data).fail;
  if (plan.data.feasible && failed.length === 0) return null;
  const first = failed[0];
  const name =
    first === undefined
      ? ''
      : text('check', { code: `${first.code}.title`, params: first.params, message: first.message });
  return t('cannotChecks', { count: failed.length, first: name });
}

function FooterNote({ wizard, creation, waiting }: { wizard: Wizard; creation: Creation; waiting: boolean }) {
  const t = useTranslations('wizard');
  return (
    <div className="mr-auto min-w-0 text-xs text-ink-3" aria-live="polite">
      {waiting ? t('waiting', { namespace: wizard.namespace }) : <CreateNote wizard={wizard} creation={creation} />}
    </div>
  );
}

function CreateNote({ wizard, creation }: { wizard: Wizard; creation: Creation }) {
  const t = useTranslations('wizard');
  const obstacle = useCreateObstacle(wizard, creation);
  if (obstacle !== null && !creation.pending) {
    const checking = creation.plan.isFetching;
    return (
      <p className={`flex items-start gap-1.5 font-medium ${checking ? 'text-ink-3' : 'text-bad-ink'}`}>
        {!checking && <CircleX size={14} aria-hidden className="mt-0.5 flex-none" />}
        {obstacle}
      </p>
    );
  }
  return wizard.touched && t('saved');
}

function FooterButtons({
  wizard,
  creation,
  waiting,
  onCreate,
}: {
  wizard: Wizard;
  creation: Creation;
  waiting: boolean;
  onCreate: () => Promise<void>;
}) {
  const t = useTranslations('wizard');
  const step = wizard.step ?? 'basics';
  const before = stepBefore(step);
  const after = stepAfter(step);
  const obstacle = useCreateObstacle(wizard, creation);
  const busy = creation.pending || creation.done;
  return (
    <>
      {before !== null && <Button onClick={() => wizard.goTo(before)}>{t('previous')}</Button>}
      {after !== null ? (
        // Enter in a field does the same.
        <Button variant="control" type="submit" form={formId} pending={waiting}>
          {t('next', { name: t(`step.${after}`) })}
        </Button>
      ) : (
        <Button
          variant="primary"
          pending={busy}
          disabledReason={busy ? undefined : obstacle}
          // The words stand at the other end of the footer.
          reasonPlacement="hidden"
          icon={obstacle === null ? undefined : <Lock size={14} aria-hidden />}
          onClick={() => void onCreate()}
        >
          {busy ? t('creating') : t('create')}
        </Button>
      )}
    </>
  );
}
