/** The simulated mesh: clients, proxies, their metrics and logs, driven by a clock. */
import type { Clock } from '../core/clock.ts';
import type { ImageBehaviour, KubeObject, ObjectChange, ObjectReader, PodLogSource } from '../core/objects.ts';
import { Random } from '../core/random.ts';
import { Tsdb } from '../prometheus/tsdb.ts';
import { accountContainers } from './container-metrics.ts';
import { TrafficCounters } from './counters.ts';
import { rootNamespace } from './hosts.ts';
import { LivePods } from './live-pods.ts';
import { startupLines } from './log-lines.ts';
import { PodLogs } from './pod-logs.ts';
import { PodMetrics } from './pod-metrics.ts';
import { podView, type PodView } from './pods.ts';
import { Propagation } from './propagation.ts';
import { Traffic } from './traffic.ts';

export interface MeshOptions {
  /** The same seed, objects and times give the same numbers. */
  seed: number;
  /** How much past there is at creation, up to 24 h. */
  historyMs?: number;
  /** How workloads answer, by their image. */
  behaviour?: (image: string) => ImageBehaviour | undefined;
  /** Ms from a written change to a proxy that obeys it; by default 300 to 2500, for each proxy anew. */
  pushDelayMs?: () => number;
  /** Ms from a pod's readiness to a proxy that knows of it; by default 100 to 500. */
  endpointDelayMs?: () => number;
  scrapeIntervalMs?: number;
  tickMs?: number;
}

export interface Mesh {
  /** Lines of application and proxy containers. */
  logs: PodLogSource;
  /** What Prometheus has scraped; hand it to `startPrometheus`. */
  tsdb: Tsdb;
  scrapeIntervalMs: number;
  /**
   * What really happened from creation up to the clock's now (the past not included): answers, copies,
   * failed client requests.
   */
  readonly counters: TrafficCounters;
  stop(): void;
}

const maxHistoryMs = 24 * 3_600_000;
const maxCatchUpMs = 5 * 60_000;
const pastLogsMs = 10 * 60_000;
/** Elsewhere in the mesh something changes every few minutes, and istiod pushes it to everybody. */
const otherPushesMs = 4 * 60_000;
const convergenceBounds = [0.1, 0.5, 1, 3, 5, 10, 20, 30];
const liveMode = { logs: true, counters: true };

/** Starts the simulation over the objects of `reader`; its past is simulated before this returns. */
export function createMesh(reader: ObjectReader, clock: Clock, options: MeshOptions): Mesh {
  return new Simulation(reader, clock, options);
}

class Simulation implements Mesh {
  readonly logs = new PodLogs();
  readonly tsdb = new Tsdb();
  readonly scrapeIntervalMs: number;
  readonly #clock: Clock;
  readonly #tickMs: number;
  readonly #pods: LivePods;
  readonly #propagation: Propagation;
  readonly #traffic: Traffic;
  readonly #resourceRandom: Random;
  readonly #istiod = new Map<string, PodMetrics>();
  readonly #counters = new TrafficCounters();
  readonly #unsubscribe: () => void;
  #stopped = false;
  #doneMs: number;
  #nextScrapeMs: number;
  #lastScrapeMs: number;
  #cancelTick: () => void = () => {};

  constructor(reader: ObjectReader, clock: Clock, options: MeshOptions) {
    this.#clock = clock;
    this.#tickMs = options.tickMs ?? 1000;
    this.scrapeIntervalMs = options.scrapeIntervalMs ?? 15_000;
    this.#resourceRandom = new Random(options.seed ^ 0x27d4eb2f);
    this.#pods = new LivePods(reader, options.behaviour ?? (() => undefined));
    // Registered before the propagation's own subscription: time up to a change belongs to the state before it.
    this.#unsubscribe = reader.subscribe((change) => this.#changed(change));
    const hooks = { beforeChange: () => this.#settle(), onConverged: (seconds: number) => this.#converged(seconds) };
    this.#propagation = new Propagation(reader, clock, new Random(options.seed ^ 0x165667b1), hooks, options);
    this.#traffic = new Traffic({
      pods: this.#pods,
      propagation: this.#propagation,
      logs: this.logs,
      counters: this.#counters,
      seed: options.seed,
    });
    for (const { view, started } of this.#pods.all()) if (started) this.#podStarted(view);
    const historyMs = Math.min(maxHistoryMs, Math.max(0, options.historyMs ?? 3_600_000));
    const now = clock.now();
    this.#doneMs = now - historyMs;
    this.#lastScrapeMs = this.#doneMs;
    this.#nextScrapeMs = Math.ceil(this.#doneMs / this.scrapeIntervalMs) * this.scrapeIntervalMs;
    this.#simulatePast(now);
    this.#scheduleTick();
  }

  get counters(): TrafficCounters {
    if (!this.#stopped) this.#settle();
    return this.#counters;
  }

  /** Sends what is due up to the clock's now. */
  #settle(): void {
    const now = this.#clock.now();
    // After a long stop of the process (a laptop asleep) there was no traffic, as with a real one.
    if (now - this.#doneMs > maxCatchUpMs) {
      this.#doneMs = now - this.#tickMs;
      this.#nextScrapeMs = Math.ceil(this.#doneMs / this.scrapeIntervalMs) * this.scrapeIntervalMs;
    }
    while (this.#doneMs < now) this.#advance(Math.min(now, this.#doneMs + this.#tickMs), liveMode);
  }

  stop(): void {
    this.#stopped = true;
    this.#cancelTick();
    this.#unsubscribe();
    this.#propagation.stop();
  }

  #simulatePast(now: number): void {
    while (this.#doneMs < now) {
      const until = Math.min(now, this.#nextScrapeMs);
      const withLogs = now - this.#doneMs <= pastLogsMs;
      // Logs keep some lines per second, so their stretch is simulated second by second.
      const end = withLogs ? Math.min(until, this.#doneMs + this.#tickMs) : until;
      this.#advance(Math.max(end, this.#doneMs), { logs: withLogs, counters: false });
    }
  }

  #scheduleTick(): void {
    this.#cancelTick = this.#clock.after(this.#tickMs, () => {
      this.#settle();
      this.#scheduleTick();
    });
  }

  /** One stretch of time, cut where a scrape falls into it. */
  #advance(toMs: number, mode: { logs: boolean; counters: boolean }): void {
    const cut = Math.min(toMs, this.#nextScrapeMs);
    if (cut > this.#doneMs) {
      this.#traffic.step(this.#doneMs, cut, mode);
      this.#doneMs = cut;
    }
    if (this.#doneMs >= this.#nextScrapeMs) {
      this.#scrape(this.#nextScrapeMs);
      this.#nextScrapeMs += this.scrapeIntervalMs;
    }
  }

  #scrape(timeMs: number): void {
    const seconds = Math.max(0.001, (timeMs - this.#lastScrapeMs) / 1000);
    if (Math.floor(timeMs / otherPushesMs) > Math.floor(this.#lastScrapeMs / otherPushesMs)) this.#pushForOthers();
    this.#lastScrapeMs = timeMs;
    for (const pod of this.#pods.all()) {
      accountContainers(pod, seconds, timeMs, this.#resourceRandom);
      if (!pod.view.running) continue;
      this.tsdb.scrape(`containers/${pod.view.id}`, timeMs, pod.containerMetrics.takeAdded());
      if (pod.proxyMetrics) {
        pod.proxyMetrics.set('up', {}, 1);
        this.tsdb.scrape(`proxy/${pod.view.id}`, timeMs, pod.proxyMetrics.takeAdded());
      }
    }
    for (const [id, metrics] of this.#istiod) {
      metrics.set('up', {}, 1);
      this.tsdb.scrape(`istiod/${id}`, timeMs, metrics.takeAdded());
    }
  }

  #changed({ type, object }: ObjectChange): void {
    if (object.kind !== 'Pod' || object.apiVersion !== 'v1') return;
    this.#settle();
    if (type === 'DELETED') this.#podGone(object);
    else if (this.#pods.update(object)) this.#podStarted(podView(object));
  }

  #podStarted(view: PodView): void {
    this.#propagation.connect(view.id);
    if (view.namespace === rootNamespace && view.labels['app'] === 'istiod') {
      const target = {
        job: 'istiod',
        app: 'istiod',
        namespace: view.namespace,
        pod: view.name,
        instance: `${view.ip}:15014`,
      };
      this.#istiod.set(view.id, new PodMetrics(target));
    }
    for (const { container, timeMs, text } of startupLines(view)) {
      this.logs.write(view.namespace, view.name, container, timeMs, () => text);
    }
    this.logs.flush();
  }

  #podGone(pod: KubeObject): void {
    const view = this.#pods.remove(pod);
    const now = this.#clock.now();
    for (const target of ['containers', 'proxy', 'istiod']) this.tsdb.end(`${target}/${view.id}`, now);
    this.#istiod.delete(view.id);
    this.#propagation.forget(view.id);
    this.logs.forget(view.namespace, view.name);
  }

  #pushForOthers(): void {
    for (const { view } of this.#pods.all()) {
      if (view.hasSidecar) this.#converged(0.05 + 1.2 * this.#resourceRandom.next() ** 2);
    }
  }

  #converged(seconds: number): void {
    for (const metrics of this.#istiod.values()) {
      metrics.observeHistogram('pilot_proxy_convergence_time', convergenceBounds, seconds);
    }
  }
}
