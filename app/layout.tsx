import type { Metadata } from 'next';
import { getLocale, getTranslations } from 'next-intl/server';
import { cookies, headers } from 'next/headers';
import type { ReactNode } from 'react';
import { AppHeader } from '@/components/layout/app-header';
import { PageMessages } from '@/components/layout/page-messages';
import { Providers } from '@/components/layout/providers';
import { ReachabilityBand } from '@/components/layout/reachability-band';
import { SideNav } from '@/components/layout/side-nav';
import { SkipLink } from '@/components/ui/navigation';
import { isLocale, isTheme, languageTags, preferenceCookies } from '@/lib/i18n/preferences';
import './globals.css';

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations('shell');
  return { title: { default: t('product'), template: `%s - ${t('product')}` }, description: t('description') };
}

/** Every page: theme and language from cookies for a right first paint, the nonce of the page's policy. */
export default async function RootLayout({ children }: { children: ReactNode }) {
  const [t, locale, cookieStore, headerList] = await Promise.all([
    getTranslations('shell'),
    getLocale(),
    cookies(),
    headers(),
  ]);
  const chosen = cookieStore.get(preferenceCookies.theme)?.value;
  const theme = isTheme(chosen) ? chosen : 'system';
  return (
    <html
      lang={isLocale(locale) ? languageTags[locale] : locale}
      data-theme={theme}
      // The theme switch and browser extensions write attributes here.
      suppressHydrationWarning
    >
      <body>
        <PageMessages areas={['shell']}>
          <Providers
            nonce={headerList.get('x-nonce') ?? undefined}
            namespace={cookieStore.get(preferenceCookies.namespace)?.value ?? null}
          >
            <SkipLink href="#main">{t('skip')}</SkipLink>
            <AppHeader theme={theme} />
            <div className="lg:flex">
              <SideNav />
              <main id="main" tabIndex={-1} className="min-w-0 flex-1 space-y-3 p-5">
                <ReachabilityBand />
                {children}
              </main>
            </div>
          </Providers>
        </PageMessages>
      </body>
    </html>
  );
}
