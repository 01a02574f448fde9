/** Request durations: lognormal, known by median and 99th percentile, counted in Envoy's buckets. */
import type { Random } from '../core/random.ts';
import { multinomial } from './sampling.ts';

/** Envoy's default histogram bounds in milliseconds; the last bucket is +Inf. */
export const bucketBounds = [
  0.5,
  1,
  5,
  10,
  25,
  50,
  100,
  250,
  500,
  1000,
  2500,
  5000,
  10_000,
  30_000,
  60_000,
  300_000,
  600_000,
  1_800_000,
  3_600_000,
  Infinity,
] as const;

const normalQuantile99 = 2.3263478740408408;
const models = new Map<string, LatencyModel>();

/** What was counted of a batch of requests. */
export interface DurationCounts {
  /** Not cumulative, one per bound. */
  buckets: number[];
  sumMs: number;
}

export class LatencyModel {
  readonly #mu: number;
  readonly #sigma: number;
  readonly #shares: number[] = [];
  readonly #means: number[] = [];

  private constructor(p50Ms: number, p99Ms: number) {
    this.#mu = Math.log(p50Ms);
    this.#sigma = Math.max(0.01, (Math.log(p99Ms) - this.#mu) / normalQuantile99);
    let below = 0;
    let massBelow = 0;
    const mean = Math.exp(this.#mu + this.#sigma ** 2 / 2);
    for (const bound of bucketBounds) {
      const z = (Math.log(bound) - this.#mu) / this.#sigma;
      const share = normalCdf(z) - below;
      const mass = normalCdf(z - this.#sigma) - massBelow;
      this.#shares.push(Math.max(0, share));
      this.#means.push(share > 1e-12 ? (mean * mass) / share : Math.min(bound, 3_600_000));
      below += share;
      massBelow += mass;
    }
  }

  /** The model for a median and 99th percentile in ms; shared between equal ones. */
  static of(p50Ms: number, p99Ms: number): LatencyModel {
    const p50 = Math.max(0.05, p50Ms);
    const p99 = Math.max(p50 * 1.01, p99Ms);
    const key = `${p50}|${p99}`;
    let model = models.get(key);
    if (!model) models.set(key, (model = new LatencyModel(p50, p99)));
    return model;
  }

  /** Durations of `n` requests, counted per bucket; the sum comes from the buckets' means. */
  count(random: Random, n: number): DurationCounts {
    const buckets = multinomial(random, n, this.#shares);
    let sumMs = 0;
    for (const [index, count] of buckets.entries()) sumMs += count * (this.#means[index] as number);
    return { buckets, sumMs };
  }

  /** One duration in ms. */
  sample(random: Random): number {
    return Math.exp(this.#mu + this.#sigma * random.normal());
  }
}

/** Φ by Abramowitz and Stegun 7.1.26 (error below 2e-7). */
function normalCdf(z: number): number {
  if (z === Infinity) return 1;
  const x = Math.abs(z) / Math.SQRT2;
  const t = 1 / (1 + 0.3275911 * x);
  const poly = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  const erf = 1 - poly * Math.exp(-x * x);
  return z >= 0 ? (1 + erf) / 2 : (1 - erf) / 2;
}
