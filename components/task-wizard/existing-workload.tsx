'use client';
import { useTranslations } from 'next-intl';
import { EmptyState } from '@/components/ui/feedback';
import { Field, Select } from '@/components/ui/field';
import type { DeploymentInfo } from '@/lib/contract/inventory';
import { useProblemText } from './problem-text';
import { TargetFitness } from './target-fitness';
import type { TargetEditing } from './target-editing';

/** A Deployment that is already there; whether it receives live requests is looked up as soon as it is chosen. */
export function ExistingWorkload({ editing }: { editing: TargetEditing }) {
  const t = useTranslations('wizard.version');
  const textOf = useProblemText();
  const { wizard, target, chosen, update } = editing;
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
      <Field label={t('existingLabel')} required hint={t('existingKept')} error={textOf(editing.problemOf('existing'))}>
        <Select
          {...editing.mark('existing')}
          value={target.existing ?? ''}
          onChange={(event) => {
            const existing = event.target.value || null;
            update((current) => ({ ...current, existing }));
          }}
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
      {chosen.existing && <TargetFitness editing={editing} />}
    </div>
  );
}
