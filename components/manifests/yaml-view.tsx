'use client';

import { FileText } from 'lucide-react';
import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { CopyButton } from '@/components/ui/copy-button';
import { ScrollRegion } from '@/components/ui/scroll-region';

/** One object's YAML with line numbers. */
export function YamlView({ title, yaml, badge }: { title: string; yaml: string; badge?: ReactNode }) {
  const t = useTranslations('manifests');
  const lines = yaml.replace(/\n$/, '').split('\n');
  return (
    <section aria-label={title} className="overflow-hidden rounded-sm border border-line bg-surface">
      <header className="flex flex-wrap items-center gap-2 border-b border-line bg-surface-2 px-3 py-2 text-xs font-semibold">
        <span className="flex min-w-0 items-center gap-2">
          <FileText aria-hidden size={16} strokeWidth={1.5} className="flex-none" />
          <span className="min-w-0 font-mono [overflow-wrap:anywhere]">{title}</span>
          {badge}
        </span>
        <span className="ml-auto">
          <CopyButton text={yaml} label={t('copyYaml')} />
        </span>
      </header>
      <ScrollRegion label={t('yamlOf', { object: title })} className="max-h-[60vh] overflow-auto">
        <table className="w-full border-collapse font-mono text-xs/5">
          <tbody>
            {lines.map((line, index) => (
              <tr key={index}>
                <td className="w-[38px] min-w-[38px] bg-surface-2 px-2 text-right text-ink-3 select-none">
                  {index + 1}
                </td>
                <td className="px-3 whitespace-pre">{line}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </ScrollRegion>
    </section>
  );
}
