import { cookies, headers } from 'next/headers';
import { getRequestConfig } from 'next-intl/server';
import { localeOf } from '@/lib/i18n/locale';
import { isLocale, preferenceCookies, type Locale } from './preferences';

const loaders: Record<Locale, () => Promise<{ default: object }>> = {
  en: () => import('@/messages/en.json'),
  zh: () => import('@/messages/zh.json'),
};

/** The reader's language: the cookie that the switch sets, else what the browser asks for. No path prefix. */
export async function requestLocale(): Promise<Locale> {
  const chosen = (await cookies()).get(preferenceCookies.locale)?.value;
  return isLocale(chosen) ? chosen : localeOf((await headers()).get('accept-language'));
}

export default getRequestConfig(async () => {
  const locale = await requestLocale();
  // Times are written by lib/format in the browser's zone; UTC only keeps server and browser from disagreeing.
  return { locale, messages: { ...(await loaders[locale]()).default }, timeZone: 'UTC' };
});
