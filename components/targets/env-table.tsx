'use client';
import { Check, Plus, RotateCcw, Trash2, TriangleAlert } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useRef } from 'react';
import { Badge } from '@/components/ui/badge';
import { Button, IconButton } from '@/components/ui/button';
import { cx } from '@/components/ui/cx';
import type { ContainerView, EnvRow } from './containers';
import { hasPreset, isolationPresets, togglePreset } from './env-presets';
import {
  withContainer,
  withEnvAdded,
  withEnvRemoved,
  withEnvRow,
  withEnvValue,
  type ContainerDraft,
} from './target-draft';
import { envField } from './target-problems';
import { useTargetProblemText } from './target-problem-text';
import type { TargetEditing } from './target-editing';

/** Variables of a container: copied ones can be changed or taken out, others added. References stay as they are. */
export function EnvTable({ editing, view }: { editing: TargetEditing; view: ContainerView }) {
  const t = useTranslations('target');
  const add = useRef<HTMLButtonElement>(null);
  const change = (edit: (draft: ContainerDraft) => ContainerDraft): void =>
    editing.update((target) => withContainer(target, view.name, edit(target.containers[view.name] ?? view.draft)));
  return (
    <section aria-label={t('env')} className="@container">
      <div className="mb-1.5 flex flex-wrap items-center gap-2">
        <h5 className="text-xs font-semibold">{t('env')}</h5>
        <span className="ml-auto flex flex-wrap items-center gap-2">
          <span className="text-xs text-ink-3">{t('envQuick')}</span>
          {isolationPresets.map((preset) => {
            const on = hasPreset(view, preset);
            return (
              <button
                key={preset.name}
                type="button"
                className="chip"
                aria-pressed={on}
                onClick={() => change((draft) => togglePreset(draft, view.live, preset, !on))}
              >
                {on && <Check size={14} aria-hidden />}
                {preset.name}={preset.value}
              </button>
            );
          })}
          <Button
            ref={add}
            size="small"
            icon={<Plus size={14} aria-hidden />}
            onClick={() => change((draft) => withEnvAdded(draft, '', ''))}
          >
            {t('envAdd')}
          </Button>
        </span>
      </div>
      {view.env.length === 0 ? (
        <p className="rounded-sm border border-line bg-surface px-3 py-2 text-xs text-ink-3">{t('envNone')}</p>
      ) : (
        <ul className="rounded-sm border border-line bg-surface">
          {view.env.map((row, index) => (
            <EnvLine
              key={row.key}
              editing={editing}
              container={view.name}
              row={row}
              number={index + 1 - view.live.env.length}
              change={change}
              onGone={() => add.current?.focus()}
            />
          ))}
        </ul>
      )}
    </section>
  );
}

interface LineProps {
  editing: TargetEditing;
  container: string;
  row: EnvRow;
  /** Of an added row, among these. */
  number: number;
  change: (edit: (draft: ContainerDraft) => ContainerDraft) => void;
  /** The row has gone, and with it the button that had the focus. */
  onGone: () => void;
}

function EnvLine({ editing, container, row, number, change, onGone }: LineProps) {
  const t = useTranslations('target');
  const textOf = useTargetProblemText();
  const nameError = textOf(editing.problemOf(envField(container, row, 'name')));
  const valueError = textOf(editing.problemOf(envField(container, row, 'value')));
  const removed = row.state === 'removed';
  const setValue = (value: string): void =>
    change((draft) =>
      row.id === null ? withEnvValue(draft, row.name, value, row.liveValue) : withEnvRow(draft, row.id, { value }),
    );
  const remove = (): void => {
    change((draft) => (row.id === null ? withEnvRemoved(draft, row.name, !removed) : withEnvRow(draft, row.id, null)));
    if (row.id !== null) onGone();
  };
  const name = row.name || t('envNew', { n: number });
  const errorId = `${editing.fieldOf(envField(container, row, 'name'))}-error`;
  const error = nameError ?? valueError;
  return (
    <li className="grid grid-cols-[minmax(0,2fr)_minmax(0,3fr)_112px_32px] items-center gap-x-3 gap-y-1 border-t border-line px-3 py-1.5 first:border-t-0 @max-lg:grid-cols-[minmax(0,1fr)_32px]">
      <span className={cx('min-w-0 font-mono text-xs [overflow-wrap:anywhere]', removed && 'text-ink-3 line-through')}>
        {row.id === null ? (
          row.name
        ) : (
          <input
            {...editing.mark(envField(container, row, 'name'))}
            className="input"
            aria-label={t('envNameOf', { n: number })}
            aria-invalid={nameError !== undefined || undefined}
            aria-describedby={error === undefined ? undefined : errorId}
            placeholder={t('envName')}
            autoComplete="off"
            spellCheck={false}
            value={row.name}
            onChange={(event) =>
              change((draft) => withEnvRow(draft, row.id ?? '', { name: event.target.value.trim() }))
            }
          />
        )}
      </span>
      <span className="min-w-0 font-mono text-xs [overflow-wrap:anywhere] @max-lg:order-3 @max-lg:col-span-2">
        {row.from !== null || removed ? (
          <span className={cx(removed && 'text-ink-3 line-through')}>{row.from ?? row.value}</span>
        ) : (
          <input
            {...editing.mark(envField(container, row, 'value'))}
            className="input"
            aria-label={t('envValueOf', { name })}
            aria-invalid={valueError !== undefined || undefined}
            aria-describedby={error === undefined ? undefined : errorId}
            placeholder={t('envValue')}
            autoComplete="off"
            spellCheck={false}
            value={row.value ?? ''}
            onChange={(event) => setValue(event.target.value)}
          />
        )}
      </span>
      <span className="@max-lg:order-4">
        <Origin row={row} />
      </span>
      <IconButton
        size="small"
        label={removed ? t('envRestore', { name }) : t('envRemove', { name })}
        icon={removed ? <RotateCcw size={14} aria-hidden /> : <Trash2 size={14} aria-hidden />}
        onClick={remove}
      />
      {error !== undefined && (
        <p id={errorId} role="alert" className="col-span-full text-xs font-medium text-bad-ink @max-lg:order-5">
          {error}
        </p>
      )}
    </li>
  );
}

function Origin({ row }: { row: EnvRow }) {
  const t = useTranslations('target');
  if (row.state === 'removed') return <Badge tone="idle">{t('envRemoved')}</Badge>;
  if (row.state === 'changed') return <Badge tone="ok">{t('envChanged')}</Badge>;
  if (row.state === 'added') return <Badge tone="ok">{t('envAdded')}</Badge>;
  if (row.from?.startsWith('secret') === true) {
    return (
      <Badge tone="warn" icon={<TriangleAlert aria-hidden />}>
        {t('envShared')}
      </Badge>
    );
  }
  return <span className="text-xs text-ink-3">{t('envCopied')}</span>;
}
