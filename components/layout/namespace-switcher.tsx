'use client';
import { useQuery } from '@tanstack/react-query';
import { Box, ChevronDown } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { SearchSelect } from '@/components/ui/search-select';
import { namespacesOptions } from '@/lib/client/inventory';
import { useChooseNamespace, useNamespace } from '@/lib/client/namespace';

const namespaceName = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

/** The project in view. Namespaces that the user may not list can be typed; the pages say if they may be read. */
export function NamespaceSwitcher() {
  const t = useTranslations('shell');
  const namespace = useNamespace();
  const choose = useChooseNamespace();
  const { data } = useQuery(namespacesOptions());
  const items = data?.items ?? [];
  const workspace = items.find((item) => item.name === namespace)?.workspace;
  return (
    <SearchSelect
      label={t('project')}
      className="flex h-10 min-w-59 items-center gap-2.5 rounded-sm bg-block px-3 text-left leading-tight text-on-block shadow-block hover:bg-block-hover max-lg:min-w-0 max-lg:flex-1 max-lg:basis-45"
      options={items.map((item) => ({
        value: item.name,
        label: item.name,
        lead: [item.workspace && t('workspace', { name: item.workspace }), !item.injection && t('noInjection')]
          .filter(Boolean)
          .join(' · '),
      }))}
      value={namespace}
      onChange={choose}
      searchLabel={t('findProject')}
      emptyText={t('noProject')}
      typedOption={(typed) =>
        namespaceName.test(typed) ? { value: typed, label: typed, lead: t('typedProject') } : null
      }
    >
      <Box size={16} strokeWidth={1.7} aria-hidden className="flex-none" />
      <span className="min-w-0 flex-1">
        <span className="block truncate text-2xs text-on-block-2">
          {workspace ? t('workspace', { name: workspace }) : t('project')}
        </span>
        <span className="block truncate text-sm font-semibold">{namespace ?? t('chooseProject')}</span>
      </span>
      <ChevronDown size={16} strokeWidth={1.7} aria-hidden className="flex-none" />
    </SearchSelect>
  );
}
