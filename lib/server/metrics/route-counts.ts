import type { CountedClone } from '@/lib/domain/counted-clones';
import type { Prometheus } from './prometheus';
import { requestCountOfRoutes, type CountedRoute } from './promql';
import type { CountOptions } from './workload-counts';

/** Routes per query: each is named in full. */
const routesPerQuery = 50;

type Counts = ReadonlyMap<string, number | null>;

interface Gathering {
  routes: CountedRoute[];
  answer: PromiseWithResolvers<Counts>;
}

/**
 * Requests that met clones, as the callers' proxies counted them, asked of Prometheus for many tasks at once: whatever
 * is asked for within one turn of the event loop goes into a few queries. Rejects with a PrometheusError.
 */
export class RouteCounts {
  readonly #prometheus: Prometheus;
  readonly #gathering = new Map<string, Gathering>();

  constructor(prometheus: Prometheus) {
    this.#prometheus = prometheus;
  }

  /** The sum over the clones; null when no proxy is known to have counted any of them. */
  async count(clones: readonly CountedClone[], options: CountOptions): Promise<number | null> {
    const routes = clones.flatMap(({ statPrefix, host, ports }) => ports.map((port) => ({ statPrefix, host, port })));
    const found = await Promise.all(
      routes.map(async (route) => (await this.#ask(route, options)).get(keyOf(route)) ?? null),
    );
    const values = found.filter((value) => value !== null);
    return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0);
  }

  #ask(route: CountedRoute, options: CountOptions): Promise<Counts> {
    const key = JSON.stringify(options);
    const known = this.#gathering.get(key);
    if (known && known.routes.length < routesPerQuery) {
      known.routes.push(route);
      return known.answer.promise;
    }
    const gathering: Gathering = { routes: [route], answer: Promise.withResolvers() };
    this.#gathering.set(key, gathering);
    setImmediate(() => {
      if (this.#gathering.get(key) === gathering) this.#gathering.delete(key);
      this.#read(gathering.routes, options).then(gathering.answer.resolve, gathering.answer.reject);
    });
    return gathering.answer.promise;
  }

  async #read(routes: readonly CountedRoute[], options: CountOptions): Promise<Counts> {
    const query = requestCountOfRoutes(routes, options);
    const found = await this.#prometheus.query(query, options.at, options.keepSeconds);
    return new Map(found.map(({ labels, value }) => [labels['route'] ?? '', value]));
  }
}

function keyOf({ statPrefix, port }: CountedRoute): string {
  return `${statPrefix}:${port}`;
}

const shared = new WeakMap<Prometheus, RouteCounts>();

/** The counts of a Prometheus, for all who ask it. */
export function routeCountsOf(prometheus: Prometheus): RouteCounts {
  const counts = shared.get(prometheus) ?? new RouteCounts(prometheus);
  shared.set(prometheus, counts);
  return counts;
}
