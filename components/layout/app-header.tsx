import { getTranslations } from 'next-intl/server';
import { LogoMark } from '@/components/ui/icons';
import { Link } from '@/components/ui/link';
import type { Theme } from '@/lib/i18n/preferences';
import { routes } from '@/lib/routes';
import { ClusterChip } from './cluster-chip';
import { NamespaceSwitcher } from './namespace-switcher';
import { LanguageSwitch, ThemeSwitch } from './preference-switches';
import { UserChip } from './user-chip';

/** Where we are and as whom: project, cluster, language, colours, user. */
export async function AppHeader({ theme }: { theme: Theme }) {
  const t = await getTranslations('shell');
  return (
    <header className="flex min-h-15 flex-wrap items-center gap-x-3 gap-y-2 border-b border-line px-5 py-2">
      <Link
        href={routes.tasks()}
        className="flex flex-none items-center gap-2.5 text-[15px] font-semibold whitespace-nowrap text-ink hover:text-ink hover:no-underline lg:w-54 max-xl:lg:w-48"
      >
        <LogoMark />
        <span className="max-lg:sr-only">{t('product')}</span>
      </Link>
      <NamespaceSwitcher />
      <ClusterChip />
      <div className="ml-auto flex flex-wrap items-center gap-3">
        <LanguageSwitch />
        <ThemeSwitch initial={theme} />
        <UserChip />
      </div>
    </header>
  );
}
