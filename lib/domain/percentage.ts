/** Smallest share that can be set, in percent: one request in a million. */
export const percentageStep = 0.0001;
const millionthsPerPercent = 10_000;

/** Ranges of the mirroring guide (section 6.1), in percent; `value` is what choosing one sets. */
export const percentagePresets = [
  { id: 'smoke', low: 1, high: 5, value: 5 },
  { id: 'functional', low: 10, high: 30, value: 10 },
  { id: 'load', low: 50, high: 100, value: 100 },
] as const;

/**
 * What Envoy makes of an Istio percentage: pilot truncates value × 10000 to millionths in IEEE doubles.
 */
export function effectiveMillionths(value: number): number {
  return Math.trunc(value * millionthsPerPercent);
}

/** Percent as the operator's number: a multiple of 0.0001, taken as the nearest number of millionths. */
export function toMillionths(percent: number): number {
  return Math.round(percent * millionthsPerPercent);
}

/**
 * The `value` to write for a percentage: n/10000, or the next double up where that truncates to n − 1 in pilot
 * (0.57 would become 5699 millionths).
 */
export function toIstioPercentage(percent: number): number {
  const millionths = toMillionths(percent);
  const plain = millionths / millionthsPerPercent;
  return effectiveMillionths(plain) === millionths ? plain : nextUp(plain);
}

/** Percent that is really copied for an Istio `value`; absent means everything, `{}` means nothing. */
export function percentOf(percentage: { value?: number } | undefined): number {
  if (percentage === undefined) return 100;
  return effectiveMillionths(percentage.value ?? 0) / millionthsPerPercent;
}

/** What is wrong with a typed percentage; the text is `invalid.<code>`. */
export type PercentageProblem = 'percentage_required' | 'percentage_number' | 'percentage_range' | 'percentage_step';

/** Reads a typed percentage: "10", "0.5", "0,5", "10 %". */
export function parsePercentage(text: string): { percent: number } | { problem: PercentageProblem } {
  const plain = text
    .replace(/[%％]\s*$/, '')
    .trim()
    .replace(',', '.');
  if (plain === '') return { problem: 'percentage_required' };
  if (!/^(\d+\.?\d*|\.\d+)$/.test(plain)) return { problem: 'percentage_number' };
  const percent = Number(plain);
  if (percent > 100 || percent < percentageStep) return { problem: 'percentage_range' };
  if ((plain.split('.')[1] ?? '').replace(/0+$/, '').length > 4) return { problem: 'percentage_step' };
  return { percent: toMillionths(percent) / millionthsPerPercent };
}

/** Percent as text without an exponent or rounding noise: 0.0001, 0.57, 100. */
export function formatPercent(percent: number): string {
  return (toMillionths(percent) / millionthsPerPercent).toFixed(4).replace(/\.?0+$/, '');
}

function nextUp(value: number): number {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  view.setBigUint64(0, view.getBigUint64(0) + 1n);
  return view.getFloat64(0);
}
