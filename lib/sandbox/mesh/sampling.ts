/** Counts drawn at random without drawing every request. */
import type { Random } from '../core/random.ts';

/** How many of `n` trials succeed; by its waiting times where few do, by its normal limit where many do. */
export function binomial(random: Random, n: number, p: number): number {
  if (n <= 0 || p <= 0) return 0;
  if (p >= 1) return n;
  if (p > 0.5) return n - binomial(random, n, 1 - p);
  const variance = n * p * (1 - p);
  if (variance > 30) {
    return Math.min(n, Math.max(0, Math.round(n * p + Math.sqrt(variance) * random.normal())));
  }
  const scale = Math.log1p(-p);
  let successes = 0;
  for (let tried = 0; ; successes++) {
    tried += 1 + Math.floor(Math.log(1 - random.next()) / scale);
    if (tried > n) return successes;
  }
}

/** Splits `n` by weights; the parts add up to `n`. */
export function multinomial(random: Random, n: number, weights: ArrayLike<number>): number[] {
  const parts: number[] = [];
  let left = n;
  let leftWeight = 0;
  for (let i = 0; i < weights.length; i++) leftWeight += weights[i] as number;
  for (let i = 0; i < weights.length; i++) {
    const weight = weights[i] as number;
    const part = left === 0 ? 0 : i === weights.length - 1 ? left : binomial(random, left, weight / leftWeight);
    parts.push(part);
    left -= part;
    leftWeight -= weight;
  }
  return parts;
}
