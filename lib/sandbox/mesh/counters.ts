/** What really happened, counted apart from what the metrics say: tests state guarantees on it. */

/** Requests that a client lost because of the mesh, summed up by kind. */
export interface ClientFailure {
  /** NAMESPACE/WORKLOAD of the client. */
  client: string;
  host: string;
  code: number;
  /** Envoy's response flags: NC, UH, UF, NR; RBAC for a policy's denial. */
  flags: string;
  count: number;
  firstMs: number;
  lastMs: number;
}

/** Answers to clients and copies that arrived, by NAMESPACE/WORKLOAD, and what clients lost. */
export interface TrafficTotals {
  answered: Record<string, number>;
  copies: Record<string, number>;
  clientFailures: ClientFailure[];
}

export class TrafficCounters {
  readonly #answered = new Map<string, number>();
  readonly #copies = new Map<string, number>();
  readonly #failures = new Map<string, ClientFailure>();

  /** Requests of clients (no copies) that the workload answered. */
  answeredBy(namespace: string, workload: string): number {
    return this.#answered.get(`${namespace}/${workload}`) ?? 0;
  }

  /** Copies that reached the workload's pods, denied ones included; without a namespace: that left for a host outside. */
  copiesTo(namespace: string, workload: string): number {
    return this.#copies.get(`${namespace}/${workload}`) ?? 0;
  }

  /** All of it, by NAMESPACE/WORKLOAD. */
  totals(): TrafficTotals {
    return {
      answered: Object.fromEntries(this.#answered),
      copies: Object.fromEntries(this.#copies),
      clientFailures: this.clientFailures(),
    };
  }

  clientFailures(): ClientFailure[] {
    return [...this.#failures.values()].map((failure) => ({ ...failure }));
  }

  /** Forgets everything: what counts afterwards happened afterwards. */
  reset(): void {
    this.#answered.clear();
    this.#copies.clear();
    this.#failures.clear();
  }

  addAnswered(namespace: string, workload: string, count: number): void {
    const key = `${namespace}/${workload}`;
    this.#answered.set(key, (this.#answered.get(key) ?? 0) + count);
  }

  addCopies(namespace: string, workload: string, count: number): void {
    const key = `${namespace}/${workload}`;
    this.#copies.set(key, (this.#copies.get(key) ?? 0) + count);
  }

  addFailure(failure: Omit<ClientFailure, 'firstMs' | 'lastMs'>, timeMs: number): void {
    const key = `${failure.client}|${failure.host}|${failure.code}|${failure.flags}`;
    const known = this.#failures.get(key);
    if (known) {
      known.count += failure.count;
      known.lastMs = timeMs;
    } else this.#failures.set(key, { ...failure, firstMs: timeMs, lastMs: timeMs });
  }
}
