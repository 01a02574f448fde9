import type { InstantValue, Prometheus } from './prometheus';
import {
  requestCountFromMeshOfMany,
  requestCountFromOutsideOfMany,
  scrapedPodsOfMany,
  type WorkloadSet,
} from './promql';

/** What can be counted of a workload at one moment. */
export type CountKind = 'fromMesh' | 'fromOutside' | 'scrapedPods';

export interface CountOptions {
  /** Unix seconds. */
  at: number;
  windowSeconds: number;
  /** How long the answer is good. */
  keepSeconds: number;
  matcher: string | null;
}

/** Workloads per query: keeps its regular expressions and its answer small. */
const workloadsPerQuery = 250;

type Values = ReadonlyMap<string, number | null>;

interface Batch {
  validUntilMs: number;
  answers: Map<string, Promise<Values>>;
  /** What waits for the end of this turn of the event loop, to be asked for together. */
  gathering: { sets: WorkloadSet[]; answer: PromiseWithResolvers<Values> } | null;
}

/**
 * Counts of single workloads, asked of Prometheus for many at once: whatever is asked for within one turn of the event
 * loop goes into a few queries, and an answer serves until the next scrape. So a list of a thousand tasks costs a
 * handful of queries per scrape, not thousands per look. Rejects with a PrometheusError.
 */
export class WorkloadCounts {
  readonly #prometheus: Prometheus;
  readonly #batches = new Map<string, Batch>();

  constructor(prometheus: Prometheus) {
    this.#prometheus = prometheus;
  }

  /** The sum over the set's workloads; null when nothing is known of any of them. */
  async count(kind: CountKind, { namespace, workloads }: WorkloadSet, options: CountOptions): Promise<number | null> {
    const batch = this.#batch(kind, options);
    const found = await Promise.all(
      workloads.map(async (workload) => {
        const key = workloadKey(namespace, workload);
        const known = batch.answers.get(key);
        const answer = known ?? this.#ask(batch, kind, { namespace, workloads: [workload] }, options);
        if (!known) {
          batch.answers.set(key, answer);
          // A failure is not kept: the next look asks again.
          answer.catch(() => batch.answers.delete(key));
        }
        return (await answer).get(key) ?? null;
      }),
    );
    const values = found.filter((value) => value !== null);
    return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0);
  }

  #batch(kind: CountKind, { at, windowSeconds, keepSeconds, matcher }: CountOptions): Batch {
    const key = JSON.stringify([kind, at, windowSeconds, matcher]);
    const known = this.#batches.get(key);
    if (known) return known;
    const now = this.#prometheus.now();
    for (const [old, { validUntilMs }] of this.#batches) if (validUntilMs <= now) this.#batches.delete(old);
    const batch = { validUntilMs: (at + keepSeconds) * 1000, answers: new Map(), gathering: null };
    this.#batches.set(key, batch);
    return batch;
  }

  #ask(batch: Batch, kind: CountKind, set: WorkloadSet, options: CountOptions): Promise<Values> {
    if (!batch.gathering || batch.gathering.sets.length >= workloadsPerQuery) {
      const gathering = { sets: [], answer: Promise.withResolvers<Values>() };
      batch.gathering = gathering;
      setImmediate(() => {
        if (batch.gathering === gathering) batch.gathering = null;
        this.#read(kind, gathering.sets, options).then(gathering.answer.resolve, gathering.answer.reject);
      });
    }
    batch.gathering.sets.push(set);
    return batch.gathering.answer.promise;
  }

  async #read(kind: CountKind, sets: readonly WorkloadSet[], options: CountOptions): Promise<Values> {
    const { at, keepSeconds, matcher } = options;
    switch (kind) {
      case 'fromMesh':
        return byWorkload(await this.#prometheus.query(requestCountFromMeshOfMany(sets, options), at, keepSeconds));
      case 'fromOutside':
        return byWorkload(await this.#prometheus.query(requestCountFromOutsideOfMany(sets, options), at, keepSeconds));
      case 'scrapedPods':
        return podsByWorkload(await this.#prometheus.query(scrapedPodsOfMany(sets, matcher), at, keepSeconds));
    }
  }
}

function byWorkload(found: readonly InstantValue[]): Values {
  return new Map(
    found.map(({ labels, value }) => [
      workloadKey(labels['destination_workload_namespace'], labels['destination_workload']),
      value,
    ]),
  );
}

/** A pod is named after its Deployment and its ReplicaSet's hash. */
function podsByWorkload(found: readonly InstantValue[]): Values {
  const counts = new Map<string, number>();
  for (const { labels } of found) {
    const key = workloadKey(labels['namespace'], labels['pod']?.replace(/-[a-z0-9]+-[a-z0-9]+$/, ''));
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
}

function workloadKey(namespace: string | undefined, workload: string | undefined): string {
  return `${namespace}/${workload}`;
}

const shared = new WeakMap<Prometheus, WorkloadCounts>();

/** The counts of a Prometheus, for all who ask it. */
export function countsOf(prometheus: Prometheus): WorkloadCounts {
  const counts = shared.get(prometheus) ?? new WorkloadCounts(prometheus);
  shared.set(prometheus, counts);
  return counts;
}
