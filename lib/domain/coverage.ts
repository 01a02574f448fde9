/** Copies that arrived over copies expected, with a 95 % interval. */
export interface CoverageRatio {
  value: number;
  low: number;
  high: number;
}

/** What a task's coverage surely says: copies are lost, or more arrive than the task asks for. */
export type CoverageFinding = 'lost' | 'surplus';

/** Below this share of the expected copies a task loses them, if that is no chance. */
export const coverageThreshold = 0.95;

/** Above this share, somebody else sends the mirror requests too, if that is no chance. */
export const surplusThreshold = 1.05;

/**
 * Chance that one look at a healthy task gives a finding. A task is looked at with every scrape as long as it stands,
 * and every look may err: a thousand tasks looked at every 15 s for a year (2 × 10⁹ looks) give about four such looks.
 */
export const falseFindingsPerLook = 2e-9;

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

/**
 * What the counts of `coverageRatio` surely say; null when they are what chance can make of a healthy task.
 *
 * The interval beside the number holds for one look at one task; somebody who looks at many tasks all the time sees
 * every one of them outside it sooner or later. So the finding has a test of its own with a far smaller error. Given
 * their sum n, the first of two independent Poisson counts is binomial with p = mean₁ / (mean₁ + mean₂), and by
 * Chernoff's bound (Hoeffding 1963, theorem 1) a share x/n beyond p has at most the chance exp(−n·KL(x/n ‖ p)): true
 * for any number of requests, and for none that arrived.
 */
export function coverageFinding(arrived: number, requests: number, share: number): CoverageFinding | null {
  if (!(requests * share >= minimumExpectedCopies)) return null;
  const total = arrived + requests;
  const found = arrived / total;
  const lowest = copiesAmongAll(coverageThreshold * share);
  const highest = copiesAmongAll(surplusThreshold * share);
  const isNoChance = (p: number) => total * divergence(found, p) >= Math.log(2 / falseFindingsPerLook);
  if (found < lowest && isNoChance(lowest)) return 'lost';
  if (found > highest && isNoChance(highest)) return 'surplus';
  return null;
}

/** Share of the copies among copies and requests, where each request has `perRequest` copies. */
function copiesAmongAll(perRequest: number): number {
  return perRequest / (1 + perRequest);
}

/** Kullback-Leibler divergence of two coins, in nats. */
function divergence(q: number, p: number): number {
  const term = (a: number, b: number) => (a === 0 ? 0 : a * Math.log(a / b));
  return term(q, p) + term(1 - q, 1 - p);
}
