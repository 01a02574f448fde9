/** Choices of the reader that the server needs for the first paint: cookies, readable by scripts on purpose. */
export const locales = ['en', 'zh'] as const;
export type Locale = (typeof locales)[number];

export const themes = ['light', 'dark', 'system'] as const;
export type Theme = (typeof themes)[number];

export const preferenceCookies = { locale: 'locale', theme: 'theme', namespace: 'namespace' } as const;

/** Language tag of `html lang` and of Intl formats. */
export const languageTags: Record<Locale, string> = { en: 'en', zh: 'zh-CN' };

export function isLocale(value: string | undefined): value is Locale {
  return locales.some((locale) => locale === value);
}

export function isTheme(value: string | undefined): value is Theme {
  return themes.some((theme) => theme === value);
}

const oneYearSeconds = 365 * 24 * 60 * 60;

/** Remembers a choice in this browser. */
export function rememberPreference(name: keyof typeof preferenceCookies, value: string): void {
  document.cookie = `${preferenceCookies[name]}=${encodeURIComponent(value)}; path=/; max-age=${oneYearSeconds}; samesite=strict`;
}
