'use client';

import { FileText } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useMemo, useState, type ReactNode } from 'react';
import { CopyButton } from '@/components/ui/copy-button';
import { ScrollRegion } from '@/components/ui/scroll-region';
import { prepareDiff, type DiffHunk, type DiffLine } from './prepare-diff';

export interface DiffViewProps {
  /** Which object, e.g. `VirtualService demo-project/reviews`. */
  title: string;
  /** YAML as it stands; null when the object is created. */
  before: string | null;
  /** YAML after the change; null when the object is deleted. */
  after: string | null;
  badge?: ReactNode;
}

/** Unified diff of one object's YAML: hunks, line numbers of both sides, counts, the whole text on demand. */
export function DiffView({ title, before, after, badge }: DiffViewProps) {
  const t = useTranslations('manifests');
  const [whole, setWhole] = useState(false);
  const diff = useMemo(() => prepareDiff(before, after, whole ? Number.POSITIVE_INFINITY : 3), [before, after, whole]);

  return (
    <section aria-label={title} className="overflow-hidden rounded-sm border border-line bg-surface">
      <header className="flex flex-wrap items-center gap-2 border-b border-line bg-surface-2 px-3 py-2 text-xs font-semibold">
        <span className="flex min-w-0 items-center gap-2">
          <FileText aria-hidden size={16} strokeWidth={1.5} className="flex-none" />
          <span className="min-w-0 font-mono [overflow-wrap:anywhere]">{title}</span>
          {badge}
        </span>
        <span className="ml-auto flex items-center gap-2">
          <span className="font-mono text-ok-ink">
            <span aria-hidden>+{diff.added}</span>
            <span className="sr-only">{t('added', { count: diff.added })}</span>
          </span>
          <span className="font-mono text-bad-ink">
            <span aria-hidden>−{diff.removed}</span>
            <span className="sr-only">{t('removed', { count: diff.removed })}</span>
          </span>
          {diff.hidden > 0 || whole ? (
            <button
              type="button"
              aria-pressed={whole}
              onClick={() => setWhole(!whole)}
              className="rounded-sm px-1 font-normal text-brand underline-offset-2 hover:underline"
            >
              {whole ? t('showChanges') : t('showWhole')}
            </button>
          ) : null}
          <CopyButton text={after ?? before ?? ''} label={t('copyYaml')} />
        </span>
      </header>
      {diff.hunks.length === 0 ? (
        <p className="px-3 py-2 text-xs text-ink-3">{t('noDifference')}</p>
      ) : (
        <ScrollRegion label={t('diffOf', { object: title })} className="max-h-[60vh] overflow-auto">
          <table className="w-full border-collapse font-mono text-xs/5">
            {diff.hunks.map((hunk) => (
              <HunkRows key={hunk.header} hunk={hunk} />
            ))}
          </table>
        </ScrollRegion>
      )}
    </section>
  );
}

function HunkRows({ hunk }: { hunk: DiffHunk }) {
  return (
    <tbody>
      <tr className="bg-surface-3 text-ink-3">
        <td colSpan={4} className="pr-3 pl-24 whitespace-pre">
          {hunk.header}
        </td>
      </tr>
      {hunk.lines.map((line) => (
        <LineRow key={`${line.kind} ${line.before} ${line.after}`} line={line} />
      ))}
    </tbody>
  );
}

const lineLook = {
  same: { sign: '', text: '', gutter: 'bg-surface-2 text-ink-3' },
  add: { sign: '+', text: 'bg-add-bg text-add-ink', gutter: 'bg-add-gutter text-ink-2' },
  remove: { sign: '−', text: 'bg-del-bg text-del-ink', gutter: 'bg-del-gutter text-ink-2' },
} as const;

function LineRow({ line }: { line: DiffLine }) {
  const look = lineLook[line.kind];
  const numberCell = `w-[38px] min-w-[38px] px-2 text-right select-none ${look.gutter}`;
  return (
    <tr>
      <td className={numberCell}>{line.before}</td>
      <td className={numberCell}>{line.after}</td>
      <td className={`w-5 min-w-5 px-1.5 text-center font-bold select-none ${look.text}`}>{look.sign}</td>
      <td className={`pr-3 whitespace-pre ${look.text}`}>{line.text}</td>
    </tr>
  );
}
