'use client';
import { Box, Globe, Plus, Waypoints } from 'lucide-react';
import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { RadioCards } from '@/components/ui/choice';
import { Field, NumberInput } from '@/components/ui/field';
import { ExistingWorkload } from './existing-workload';
import { NewVersion } from './new-version';
import { targetKinds, type TargetKind } from './target-draft';
import type { TargetEditing } from './target-editing';
import { TargetHost } from './target-host';
import { useTargetProblemText } from './target-problem-text';
import { TargetService } from './target-service';

const kindIcons: Record<TargetKind, ReactNode> = {
  new: <Plus size={16} aria-hidden />,
  existing: <Box size={16} aria-hidden />,
  service: <Waypoints size={16} aria-hidden />,
  external: <Globe size={16} aria-hidden />,
};

/** A target beside others: its kind, its share of the same requests, and what its kind asks for. */
export function TargetEditor({
  editing,
  legend,
  percentage,
  onPercentage,
  fitness,
  unread,
}: {
  editing: TargetEditing;
  /** Names the choice of its kind. */
  legend: string;
  /** As typed. */
  percentage: string;
  onPercentage: (percentage: string) => void;
  /** See `TargetFields`. */
  fitness?: ReactNode;
  /** Stands in place of what its kind asks for while that cannot be told. */
  unread?: ReactNode;
}) {
  const t = useTranslations('target');
  const textOf = useTargetProblemText();
  return (
    <div className="grid gap-4">
      <TargetKindChoice editing={editing} legend={legend} />
      <Field label={t('percentage')} required className="w-45" error={textOf(editing.problemOf('percentage'))}>
        <NumberInput
          {...editing.mark('percentage')}
          unit="%"
          value={percentage}
          onChange={(event) => onPercentage(event.target.value)}
        />
      </Field>
      {unread ?? <TargetFields editing={editing} fitness={fitness} />}
    </div>
  );
}

/** Which of the four kinds a target is. */
export function TargetKindChoice({ editing, legend }: { editing: TargetEditing; legend: string }) {
  const t = useTranslations('target');
  const { source } = editing.around;
  return (
    <div className="@container">
      <RadioCards
        {...editing.mark('targetKind')}
        legend={legend}
        name={editing.fieldOf('target')}
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
          body:
            kind === 'new' && source === null ? t('newLeadPlain') : t(`${kind}Lead`, { source: source?.name ?? '' }),
        }))}
      />
    </div>
  );
}

/**
 * What is asked of a target of its kind. `fitness`: what is to be told of one that is there already, once it is chosen;
 * a form whose plan stands below tells it there.
 */
export function TargetFields({ editing, fitness }: { editing: TargetEditing; fitness?: ReactNode }) {
  switch (editing.target.targetKind) {
    case 'new':
      return <NewVersion editing={editing} />;
    case 'existing':
      return <ExistingWorkload editing={editing} fitness={fitness} />;
    case 'service':
      return <TargetService editing={editing} fitness={fitness} />;
    case 'external':
      return <TargetHost editing={editing} fitness={fitness} />;
  }
}
