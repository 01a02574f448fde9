/** Copies that arrived over copies expected, with a 95 % interval. */
export interface CoverageRatio {
  value: number;
  low: number;
  high: number;
}

/** Below this share of the expected copies a task counts as losing them, if the interval's upper bound is below it. */
export const coverageThreshold = 0.95;

/** Fewer expected copies than this say nothing about a share of them. */
export const minimumExpectedCopies = 10;

/** 97.5th percentile of the normal distribution. */
const z = 1.959964;
/** Upper 97.5 % bound of a Poisson mean when nothing was counted: -ln(0.025). */
const upperBoundOfZero = 3.688879;

/**
 * Coverage from two counts: copies that arrived, and live requests of which `share` (0..1) should have been copied.
 * Null when too few copies were expected.
 *
 * The counts come from different pods that are scraped at different moments, so they are taken as two independent
 * Poisson counts rather than as pairs: log of the ratio ± z·√(1/arrived + 1/requests). That is wider than the truth
 * for a copy of every request, never narrower, and it widens as traffic becomes less.
 */
export function coverageRatio(arrived: number, requests: number, share: number): CoverageRatio | null {
  const expected = requests * share;
  if (!(expected >= minimumExpectedCopies)) return null;
  if (arrived < 1) {
    const spread = Math.exp(z / Math.sqrt(requests));
    return { value: Math.max(0, arrived) / expected, low: 0, high: (upperBoundOfZero / expected) * spread };
  }
  const value = arrived / expected;
  const spread = Math.exp(z * Math.sqrt(1 / arrived + 1 / requests));
  return { value, low: value / spread, high: value * spread };
}

/** True only when copies are surely lost: the whole interval lies below the threshold. */
export function losesCopies(coverage: { high: number | null }): boolean {
  return coverage.high !== null && coverage.high < coverageThreshold;
}
