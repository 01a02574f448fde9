/**
 * Numbers, times and durations as the console writes them: a unit with a space, a sign on differences,
 * a dash for what was not measured (never 0). `language` is a BCP 47 tag.
 */
export const dash = '—';

const percentFormats = new Map<string, Intl.NumberFormat>();

function numberFormat(language: string, options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const key = `${language} ${JSON.stringify(options)}`;
  let format = percentFormats.get(key);
  if (!format) percentFormats.set(key, (format = new Intl.NumberFormat(language, options)));
  return format;
}

/** A plain number with at most `digits` decimals. */
export function formatNumber(value: number | null | undefined, language: string, digits = 1): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return dash;
  return numberFormat(language, { maximumFractionDigits: digits }).format(value);
}

/** Requests per second without unit: one decimal, more where it would read 0. */
export function formatRate(value: number | null | undefined, language: string): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return dash;
  if (value === 0) return '0';
  if (value < 0.1) return numberFormat(language, { maximumSignificantDigits: 2 }).format(value);
  return numberFormat(language, { minimumFractionDigits: 1, maximumFractionDigits: 1 }).format(value);
}

/** A share 0..1 as "99.1 %". */
export function formatShare(value: number | null | undefined, language: string, digits = 1): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return dash;
  const text = numberFormat(language, { minimumFractionDigits: digits, maximumFractionDigits: digits });
  return `${text.format(value * 100)} %`;
}

/** A task's percentage as "0.57 %": no exponent, no rounding; up to four decimals are real. */
export function formatPercentage(percent: number, language: string): string {
  return `${numberFormat(language, { maximumFractionDigits: 4 }).format(percent)} %`;
}

/** Mirror minus live, always with a sign: "+6 ms", "−0.03 pp". */
export function formatDifference(
  value: number | null | undefined,
  unit: 'percentage_points' | 'milliseconds',
  language: string,
): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return dash;
  const digits = unit === 'percentage_points' ? 2 : 0;
  const rounded = Number(value.toFixed(digits));
  const text = numberFormat(language, { minimumFractionDigits: digits, maximumFractionDigits: digits });
  const sign = rounded > 0 ? '+' : rounded < 0 ? '−' : '±';
  return `${sign}${text.format(Math.abs(rounded))} ${unit === 'percentage_points' ? 'pp' : 'ms'}`;
}

/** "14:18" today, "11-22 14:18" on another day of this year, with the year before that. Local time of the reader. */
export function formatTime(iso: string, now: number, seconds = false): string {
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return dash;
  const today = new Date(now);
  const two = (value: number) => String(value).padStart(2, '0');
  const clock = [date.getHours(), date.getMinutes(), ...(seconds ? [date.getSeconds()] : [])].map(two).join(':');
  const day = `${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  if (date.toDateString() === today.toDateString()) return clock;
  return date.getFullYear() === today.getFullYear() ? `${day} ${clock}` : `${date.getFullYear()}-${day} ${clock}`;
}

/** The whole moment, for titles: "2025-11-22 14:18:05". */
export function formatMoment(iso: string): string {
  return formatTime(iso, 0, true);
}

const durationUnits = [
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
  ['second', 1],
] as const;

/** The two largest units: "3 hr 12 min", "48 min", "12 sec"; in Chinese "3 小时 12 分钟". */
export function formatDuration(ms: number, language: string): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const largest = durationUnits.findIndex(([, size]) => seconds >= size);
  const start = largest === -1 ? durationUnits.length - 1 : largest;
  const parts: string[] = [];
  let rest = seconds;
  for (const [index, [unit, size]] of durationUnits.entries()) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    const wanted = index === start || (index === start + 1 && count > 0 && unit !== 'second');
    if (wanted) parts.push(formatWithUnit(count, unit, language));
  }
  return parts.join(' ');
}

/** Number and unit with a space between them, which Intl leaves out in Chinese. */
function formatWithUnit(count: number, unit: string, language: string): string {
  const format = numberFormat(language, { style: 'unit', unit, unitDisplay: 'short', useGrouping: false });
  const parts = format.formatToParts(count).filter(({ type }) => type !== 'literal');
  return parts.map(({ value }) => value).join(' ');
}
