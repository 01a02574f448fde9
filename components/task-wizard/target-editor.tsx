'use client';
import { Box, Globe, Plus, Waypoints } from 'lucide-react';
import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { RadioCards } from '@/components/ui/choice';
import { ExistingWorkload } from './existing-workload';
import { targetField, targetKinds, type TargetKind } from './model/form-model';
import { NewVersion } from './new-version';
import type { TargetEditing } from './target-editing';
import { TargetHost } from './target-host';
import { TargetService } from './target-service';

const kindIcons: Record<TargetKind, ReactNode> = {
  new: <Plus size={16} aria-hidden />,
  existing: <Box size={16} aria-hidden />,
  service: <Waypoints size={16} aria-hidden />,
  external: <Globe size={16} aria-hidden />,
};

/** Which of the four kinds a target is. */
export function TargetKindChoice({ editing, legend }: { editing: TargetEditing; legend: string }) {
  const t = useTranslations('wizard.version');
  const { source } = editing.wizard.choices;
  return (
    <RadioCards
      {...editing.mark('targetKind')}
      legend={legend}
      name={targetField(editing.key, 'target')}
      columns={4}
      value={editing.target.targetKind}
      onChange={(targetKind) => editing.update((target) => ({ ...target, targetKind }))}
      options={targetKinds.map((kind) => ({
        value: kind,
        title: (
          <span className="flex items-center gap-1.5">
            {kindIcons[kind]}
            {t(kind)}
          </span>
        ),
        body: kind === 'new' && source === null ? t('newLeadPlain') : t(`${kind}Lead`, { source: source?.name ?? '' }),
      }))}
    />
  );
}

/** What is asked of a target of its kind. */
export function TargetFields({ editing }: { editing: TargetEditing }) {
  switch (editing.target.targetKind) {
    case 'new':
      return <NewVersion editing={editing} />;
    case 'existing':
      return <ExistingWorkload editing={editing} />;
    case 'service':
      return <TargetService editing={editing} />;
    case 'external':
      return <TargetHost editing={editing} />;
  }
}
