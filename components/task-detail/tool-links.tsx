'use client';

import { useQuery } from '@tanstack/react-query';
import { ExternalLink } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { environmentOptions } from '@/lib/client/inventory';
import type { Task } from '@/lib/contract/task';
import { fillLink } from '@/lib/domain/link-template';
import { linkValues } from './link-values';

/** Where else to look at the task, as the console's settings have it; nothing is shown without one. */
export function ToolLinks({ task }: { task: Task }) {
  const t = useTranslations('task.links');
  const { data } = useQuery(environmentOptions());
  const values = linkValues(task);
  const links = (data?.links ?? []).flatMap(({ tool, template }) => {
    const href = fillLink(template, values);
    return href === null ? [] : [{ tool, href }];
  });
  if (links.length === 0) return null;
  return (
    <nav aria-label={t('title')} className="mt-2 flex flex-wrap gap-x-4 gap-y-1 text-xs">
      {links.map(({ tool, href }) => (
        <a key={tool} href={href} target="_blank" rel="noopener noreferrer" className="inline-flex items-center gap-1">
          {t(tool)}
          <ExternalLink size={12} aria-hidden />
          <span className="sr-only">{t('newTab')}</span>
        </a>
      ))}
    </nav>
  );
}
