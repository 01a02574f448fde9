/** Points in time at which a range is looked at, in Unix seconds; `start` and `end` are multiples of the step. */
export interface Grid {
  start: number;
  end: number;
  stepSeconds: number;
}

const niceSteps = [5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600];
const wantedPoints = 360;

/** The step for a range: at most `wantedPoints` points, and none between two scrapes. */
export function stepFor(rangeSeconds: number, scrapeIntervalSeconds: number): number {
  const atLeast = Math.max(rangeSeconds / wantedPoints, scrapeIntervalSeconds);
  return niceSteps.find((step) => step >= atLeast) ?? Math.ceil(atLeast);
}

/**
 * The grid that ends at the last multiple of the step before now: every browser that looks within one step asks for
 * the same points, so one answer serves all of them, and a chart does not flicker from poll to poll.
 */
export function gridOf(rangeSeconds: number, stepSeconds: number, nowMs: number): Grid {
  const end = Math.floor(nowMs / 1000 / stepSeconds) * stepSeconds;
  return { start: end - Math.floor(rangeSeconds / stepSeconds) * stepSeconds, end, stepSeconds };
}

/** Width of rate(): four scrapes, so that one lost scrape leaves no gap, and no request between two points is lost. */
export function rateWindowSeconds(stepSeconds: number, scrapeIntervalSeconds: number): number {
  return Math.ceil(Math.max(4 * scrapeIntervalSeconds, stepSeconds + scrapeIntervalSeconds));
}

/** Values at the grid's points; null where there is no sample or no number (NaN, infinite): a gap. */
export function fillGrid(grid: Grid, samples: readonly (readonly [number, string])[]): [number, number | null][] {
  const byTime = new Map(samples.map(([time, text]) => [Math.round(time), toNumber(text)]));
  const count = Math.round((grid.end - grid.start) / grid.stepSeconds) + 1;
  return Array.from({ length: count }, (_, index) => {
    const time = grid.start + index * grid.stepSeconds;
    return [time, byTime.get(time) ?? null];
  });
}

/** A sample's value, which Prometheus sends as text; null when it is not a finite number. */
export function toNumber(text: string): number | null {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  return Number.isFinite(value) ? value : null;
}
