'use client';
import { useQuery } from '@tanstack/react-query';
import { useTranslations } from 'next-intl';
import { Alert } from '@/components/ui/alert';
import { EmptyState } from '@/components/ui/feedback';
import { Field, Select } from '@/components/ui/field';
import { Spinner } from '@/components/ui/spinner';
import { useMessageText } from '@/lib/client/use-error-text';
import { planTaskOptions } from '@/lib/client/tasks';
import type { DeploymentInfo } from '@/lib/contract/inventory';
import type { PlanCheck } from '@/lib/contract/task';
import { fieldMark } from './focus-field';
import { toProbeInput } from './model/to-input';
import { stepOfCheck } from './model/wizard-steps';
import { useProblemText } from './problem-text';
import type { Wizard } from './use-wizard';

/** A Deployment that is already there; whether it receives live requests is looked up as soon as it is chosen. */
export function ExistingWorkload({ wizard }: { wizard: Wizard }) {
  const t = useTranslations('wizard.version');
  const textOf = useProblemText();
  const { candidates } = wizard.choices;
  const live = wizard.choices.service?.live ?? [];
  const isFree = (deployment: DeploymentInfo): boolean => deployment.task === null && !live.includes(deployment.name);
  if (!candidates.some(isFree)) {
    return <EmptyState title={t('existingNone', { namespace: wizard.namespace })}>{t('existingNoneBody')}</EmptyState>;
  }
  const label = (deployment: DeploymentInfo): string => {
    if (live.includes(deployment.name)) return t('existingLive', { workload: deployment.name });
    return deployment.task === null
      ? t('existingOption', {
          workload: deployment.name,
          version: deployment.version ?? t('noVersionLabel'),
          ready: deployment.replicas.ready,
          desired: deployment.replicas.desired,
        })
      : t('existingUsed', { workload: deployment.name, task: deployment.task });
  };
  return (
    <div className="grid max-w-115 gap-3">
      <Field label={t('existingLabel')} required hint={t('existingKept')} error={textOf(wizard.problemOf('existing'))}>
        <Select
          {...fieldMark('existing')}
          value={wizard.form.existing ?? ''}
          onChange={(event) =>
            wizard.update((form) => ({ ...form, existing: event.target.value || null, placement: null }))
          }
          options={[
            { value: '', label: t('existingChoose') },
            ...candidates.map((deployment) => ({
              value: deployment.name,
              label: label(deployment),
              disabled: !isFree(deployment),
            })),
          ]}
        />
      </Field>
      <Fitness wizard={wizard} />
    </div>
  );
}

/** What the plan's checks say about the chosen Deployment. */
function Fitness({ wizard }: { wizard: Wizard }) {
  const t = useTranslations('wizard.version');
  const text = useMessageText();
  const input = toProbeInput(wizard.form, wizard.namespace, wizard.choices);
  const plan = useQuery({ ...planTaskOptions(input ?? neverAsked), enabled: input !== null, staleTime: 10_000 });
  if (input === null || wizard.choices.existing === null) return null;
  if (plan.isPending) {
    return (
      <output className="flex items-center gap-2 text-xs text-ink-3">
        <Spinner />
        {t('existingChecking')}
      </output>
    );
  }
  if (plan.isError) return <Alert title={t('existingUnchecked')} />;
  const findings = plan.data.checks.filter(
    (check) => check.severity === 'fail' && stepOfCheck(check.code) === 'version',
  );
  if (findings.length === 0) return <Alert tone="ok" title={t('existingFit')} live />;
  const words = (check: PlanCheck): string =>
    text('check', { code: `${check.code}.${check.severity}`, params: check.params, message: check.message });
  return findings.map((check) => <Alert key={`${check.code} ${words(check)}`} tone="bad" title={words(check)} live />);
}

const neverAsked = { namespace: '', name: '', service: '', target: { kind: 'version', existing: '' } } as const;
