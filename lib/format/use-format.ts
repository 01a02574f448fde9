'use client';
import { useLocale } from 'next-intl';
import { useMemo } from 'react';
import { isLocale, languageTags } from '@/lib/i18n/preferences';
import {
  formatDifference,
  formatDuration,
  formatMoment,
  formatNumber,
  formatPercentage,
  formatRate,
  formatShare,
  formatTime,
} from './format';

/** The formats of lib/format in the reader's language. */
export function useFormat() {
  const locale = useLocale();
  return useMemo(() => {
    const language = isLocale(locale) ? languageTags[locale] : locale;
    return {
      language,
      number: (value: number | null | undefined, digits?: number) => formatNumber(value, language, digits),
      rate: (value: number | null | undefined) => formatRate(value, language),
      share: (value: number | null | undefined, digits?: number) => formatShare(value, language, digits),
      percentage: (percent: number) => formatPercentage(percent, language),
      difference: (value: number | null | undefined, unit: 'percentage_points' | 'milliseconds') =>
        formatDifference(value, unit, language),
      time: formatTime,
      moment: formatMoment,
      duration: (ms: number) => formatDuration(ms, language),
    };
  }, [locale]);
}
