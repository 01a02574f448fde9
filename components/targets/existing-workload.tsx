'use client';
import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { EmptyState } from '@/components/ui/feedback';
import { Field, Select } from '@/components/ui/field';
import type { DeploymentInfo } from '@/lib/contract/inventory';
import { InPlaceOf } from './in-place-of';
import { useTargetProblemText } from './target-problem-text';
import type { TargetEditing } from './target-editing';

/** A Deployment that is already there; whether it receives live requests is looked up as soon as it is chosen. */
export function ExistingWorkload({ editing, fitness }: { editing: TargetEditing; fitness: ReactNode }) {
  const t = useTranslations('target');
  const textOf = useTargetProblemText();
  const { namespace, target, chosen, update } = editing;
  const { candidates, service } = editing.around;
  const live = service?.live ?? [];
  const isFree = (deployment: DeploymentInfo): boolean => deployment.task === null && !live.includes(deployment.name);
  if (!candidates.some(isFree)) {
    return (
      <InPlaceOf editing={editing} field="existing">
        <EmptyState title={t('existingNone', { namespace })}>{t('existingNoneBody')}</EmptyState>
      </InPlaceOf>
    );
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
      {chosen.existing && fitness}
    </div>
  );
}
