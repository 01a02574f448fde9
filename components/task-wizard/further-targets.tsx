'use client';
import { CopyPlus, Plus, Trash2 } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useEffect, useId, useRef, type RefObject } from 'react';
import { Alert } from '@/components/ui/alert';
import { Button, IconButton } from '@/components/ui/button';
import { fieldMark } from '@/components/ui/focus-field';
import { Group } from '@/components/ui/group';
import { TargetEditor } from '@/components/targets/target-editor';
import { targetName } from '@/components/targets/target-name';
import { targetsMax } from '@/lib/domain/planning-snapshot';
import { targetChoices } from './model/choices';
import {
  withFurtherShare,
  withFurtherTarget,
  withoutFurtherTarget,
  withShownVersions,
  type FurtherTarget,
  type WizardForm,
} from './model/form-model';
import { useProblemText } from './problem-text';
import { editingOf } from './target-editing';
import { TargetFitness } from './target-fitness';
import type { Wizard } from './use-wizard';

/** Targets beside the first, of any kind: each gets its own share of the same requests (the guide's 4.2). */
export function FurtherTargets({ wizard }: { wizard: Wizard }) {
  const t = useTranslations('wizard.further');
  const textOf = useProblemText();
  const list = useRef<HTMLDivElement>(null);
  const follow = useFocusFollowing(list);
  const { form, choices } = wizard;
  const live = choices.liveVersions[0] ?? null;
  const full = form.further.length + 1 >= targetsMax && t('full', { count: targetsMax });
  const hasCopy =
    live !== null && form.further.some(({ targetKind, version }) => targetKind === 'new' && version === copyOf(live));
  const error = textOf(wizard.problemOf('further'));
  // Versions that were suggested stay with their targets when there are more or fewer of these.
  const change = (next: (form: WizardForm) => WizardForm): void =>
    wizard.update((current) => next(withShownVersions(current, (key) => targetChoices(choices, key).version)));
  const add = (version: string | null): void => {
    follow({ added: form.further.length });
    change((current) => withFurtherTarget(current, version));
  };
  return (
    <Group title={t('title')} lead={t('lead')}>
      <div ref={list} {...fieldMark('further')} className="grid gap-3">
        {error && <Alert tone="bad" title={error} live />}
        {form.further.map((row, index) => (
          <Row
            key={row.id}
            wizard={wizard}
            row={row}
            number={index + 2}
            onRemove={() => {
              follow({ removed: index });
              change((current) => withoutFurtherTarget(current, row.id));
            }}
          />
        ))}
        <div className="flex flex-wrap gap-2">
          <Button
            size="small"
            icon={<Plus size={14} aria-hidden />}
            disabledReason={full}
            onClick={() => add(null)}
            data-add
          >
            {t('add')}
          </Button>
          {live !== null && !hasCopy && !full && (
            <Button size="small" icon={<CopyPlus size={14} aria-hidden />} onClick={() => add(copyOf(live))}>
              {t('addCopy', { live })}
            </Button>
          )}
        </div>
      </div>
    </Group>
  );
}

/** Version of an unchanged copy of the live one, to compare with (A/A). */
function copyOf(live: string): string {
  return `${live}-aa`;
}

function Row({
  wizard,
  row,
  number,
  onRemove,
}: {
  wizard: Wizard;
  row: FurtherTarget;
  number: number;
  onRemove: () => void;
}) {
  const t = useTranslations('wizard.further');
  const id = useId();
  const editing = editingOf(wizard, row.id);
  const name = targetName(row, editing.chosen);
  return (
    <section aria-labelledby={id} tabIndex={-1} className="panel grid gap-4">
      <header className="flex items-center gap-2">
        <h3 id={id} className="font-semibold [overflow-wrap:anywhere]">
          {name === null ? t('row', { n: number }) : t('rowOf', { n: number, name })}
        </h3>
        <IconButton
          className="ml-auto"
          size="small"
          label={t('remove', { n: number })}
          icon={<Trash2 size={14} aria-hidden />}
          onClick={onRemove}
        />
      </header>
      <TargetEditor
        editing={editing}
        legend={t('kind', { n: number })}
        percentage={row.percentage}
        onPercentage={(percentage) => wizard.update((form) => withFurtherShare(form, row.id, percentage))}
        fitness={<TargetFitness wizard={wizard} target={row.id} />}
      />
    </section>
  );
}

/** By the target's place among the further ones. */
type Change = { added: number } | { removed: number };

/**
 * Leads the focus along when the number of targets changes: into one that was added; from one that was removed to the
 * one in its place, or to the button that adds one.
 */
function useFocusFollowing(list: RefObject<HTMLElement | null>): (change: Change) => void {
  const change = useRef<Change | null>(null);
  useEffect(() => {
    const now = change.current;
    change.current = null;
    if (now === null) return;
    const rows = [...(list.current?.querySelectorAll<HTMLElement>(':scope > section') ?? [])];
    if ('added' in now) rows[now.added]?.querySelector<HTMLElement>('input:checked')?.focus();
    else (rows[now.removed] ?? list.current?.querySelector<HTMLElement>('[data-add]'))?.focus();
  });
  return (next) => {
    change.current = next;
  };
}
