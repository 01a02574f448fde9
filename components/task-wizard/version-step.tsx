'use client';
import { useTranslations } from 'next-intl';
import { Group } from '@/components/ui/group';
import { TargetFields, TargetKindChoice } from '@/components/targets/target-editor';
import { FurtherTargets } from './further-targets';
import { editingOf } from './target-editing';
import { TargetFitness } from './target-fitness';
import type { Wizard } from './use-wizard';

/** Step 3: where copies go: a new version copied from the live workload, or what is already there, or several of these. */
export function VersionStep({ wizard }: { wizard: Wizard }) {
  const t = useTranslations('wizard.version');
  const { choices } = wizard;
  const live = [choices.service?.name ?? '', choices.liveVersions.join(', ')].join(' ').trim();
  const first = editingOf(wizard, null);
  return (
    <div className="grid gap-5">
      <Group title={t('title')} lead={t('lead', { live })}>
        <TargetKindChoice editing={first} legend={t('title')} />
      </Group>
      <TargetFields editing={first} fitness={<TargetFitness wizard={wizard} target={null} />} />
      <FurtherTargets wizard={wizard} />
    </div>
  );
}
