/** An axis: its ends and the values that carry a label, lowest first. */
export interface Axis {
  min: number;
  max: number;
  ticks: number[];
}

const niceSteps = [1, 2, 2.5, 5, 10];

/** Axis from zero to a round number at or above `highest`, in at most `intervals` equal steps. */
export function prepareZeroAxis(highest: number | null, intervals = 4): Axis {
  const top = highest !== null && Number.isFinite(highest) && highest > 0 ? highest : 1;
  const rough = top / intervals;
  const magnitude = 10 ** Math.floor(Math.log10(rough));
  const nice = niceSteps.find((step) => step * magnitude >= rough * (1 - 1e-9)) ?? 10;
  const step = nice * magnitude;
  const count = Math.max(1, Math.ceil(top / step - 1e-9));
  return axisOf(0, step, count);
}

/** Where a success axis may start, with its step: close enough to see a difference, never hiding a sample. */
const successStarts = [
  [99.5, 0.1],
  [99, 0.25],
  [98, 0.5],
  [95, 1],
  [90, 2],
  [80, 5],
  [50, 10],
  [0, 25],
] as const;

/** Axis in percent that ends at 100 and starts at the highest of a fixed set of starts that shows `lowest`. */
export function prepareSuccessAxis(lowest: number | null): Axis {
  const bottom = lowest !== null && Number.isFinite(lowest) ? lowest : 100;
  const [start, step] = successStarts.find(([candidate]) => candidate <= bottom) ?? [0, 25];
  return axisOf(start, step, Math.round((100 - start) / step));
}

function axisOf(min: number, step: number, count: number): Axis {
  const ticks = Array.from({ length: count + 1 }, (_, index) => withoutNoise(min + index * step));
  return { min, max: ticks.at(-1) ?? min, ticks };
}

/** 0.30000000000000004 → 0.3 */
function withoutNoise(value: number): number {
  return Number(value.toPrecision(12));
}

const timeSteps = [60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 14_400, 21_600, 43_200, 86_400];

/**
 * Times for the labels of a time axis, as unix seconds: round in the reader's clock (`utcOffsetSeconds`) and at most
 * `most` of them.
 */
export function prepareTimeTicks(start: number, end: number, most: number, utcOffsetSeconds: number): number[] {
  const span = end - start;
  const room = Math.max(1, Math.floor(most));
  const step = timeSteps.find((candidate) => span / candidate <= room) ?? 86_400;
  const first = Math.ceil((start + utcOffsetSeconds) / step) * step - utcOffsetSeconds;
  const ticks: number[] = [];
  for (let at = first; at <= end; at += step) ticks.push(at);
  return ticks;
}

/** Digits after the point that tell neighbouring ticks apart. */
export function tickDecimals(ticks: number[]): number {
  const step = ticks.length > 1 ? withoutNoise((ticks[1] ?? 0) - (ticks[0] ?? 0)) : 1;
  const text = String(step);
  if (text.includes('e-')) return Number(text.split('e-')[1]) + (text.split('e')[0]?.split('.')[1]?.length ?? 0);
  return text.split('.')[1]?.length ?? 0;
}
