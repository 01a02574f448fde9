'use client';
import { Monitor, Moon, Sun } from 'lucide-react';
import { useLocale, useTranslations } from 'next-intl';
import { useRouter } from 'next/navigation';
import { useState } from 'react';
import { Segmented } from '@/components/ui/tabs';
import { isLocale, rememberPreference, type Locale, type Theme } from '@/lib/i18n/preferences';

/** Changes the language: the server renders again with the new messages, the page keeps its state. */
export function LanguageSwitch() {
  const t = useTranslations('shell');
  const locale = useLocale();
  const router = useRouter();
  return (
    <Segmented<Locale>
      small
      label={t('language')}
      value={isLocale(locale) ? locale : 'en'}
      options={[
        { value: 'zh', label: '中文', lang: 'zh' },
        { value: 'en', label: 'EN', lang: 'en' },
      ]}
      onChange={(next) => {
        rememberPreference('locale', next);
        router.refresh();
      }}
    />
  );
}

/** Changes the colours at once; the cookie makes the next first paint right. */
export function ThemeSwitch({ initial }: { initial: Theme }) {
  const t = useTranslations('shell');
  const [theme, setTheme] = useState(initial);
  const icon = 'size-3.5';
  return (
    <Segmented<Theme>
      small
      label={t('theme')}
      value={theme}
      options={[
        { value: 'light', label: <Sun aria-hidden className={icon} />, name: t('themeLight') },
        { value: 'dark', label: <Moon aria-hidden className={icon} />, name: t('themeDark') },
        { value: 'system', label: <Monitor aria-hidden className={icon} />, name: t('themeSystem') },
      ]}
      onChange={(next) => {
        setTheme(next);
        document.documentElement.dataset.theme = next;
        rememberPreference('theme', next);
      }}
    />
  );
}
