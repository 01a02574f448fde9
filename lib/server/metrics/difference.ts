/** A proportion: `part` of `whole`. Counts from increase() are estimates and need not be whole numbers. */
export interface Share {
  part: number;
  whole: number;
}

export interface ShareDifference {
  value: number;
  low: number;
  high: number;
}

/** 97.5th percentile of the normal distribution: two-sided 95 % intervals. */
const z = 1.959964;

/** Fewer requests than this on a side say nothing about a share of failures. */
export const minimumSamples = 30;

/**
 * Difference of two independent proportions, `a` minus `b`, with Newcombe's hybrid score interval (1998, method 10)
 * from two Wilson intervals: holds near 0 and 1, where success shares live. Null below `minimumSamples`.
 */
export function shareDifference(a: Share, b: Share): ShareDifference | null {
  if (a.whole < minimumSamples || b.whole < minimumSamples) return null;
  const [first, second] = [wilson(a), wilson(b)];
  const value = first.share - second.share;
  return {
    value,
    low: value - Math.hypot(first.share - first.low, second.high - second.share),
    high: value + Math.hypot(first.high - first.share, second.share - second.low),
  };
}

function wilson({ part, whole }: Share): { share: number; low: number; high: number } {
  const share = Math.min(1, Math.max(0, part / whole));
  const centre = share + z ** 2 / (2 * whole);
  const spread = z * Math.sqrt((share * (1 - share)) / whole + z ** 2 / (4 * whole ** 2));
  const scale = 1 + z ** 2 / whole;
  return { share, low: Math.max(0, (centre - spread) / scale), high: Math.min(1, (centre + spread) / scale) };
}
