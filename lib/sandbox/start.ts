/** Puts the sandbox together: API server, controllers, traffic, Prometheus and its switches. */
import { realClock, type Clock, type DrivenClock } from './core/clock.ts';
import { startControl, type RunningControl } from './control.ts';
import { createCluster } from './kube/cluster.ts';
import type { FaultPlan } from './kube/faults.ts';
import type { Registry } from './kube/registry.ts';
import type { Store } from './kube/store.ts';
import type { UserName } from './kube/users.ts';
import { createMesh, type Mesh } from './mesh/mesh.ts';
import { startPrometheus } from './prometheus/server.ts';
import { imageBehaviour } from './seed/images.ts';
import { seedObjects } from './seed/seed.ts';

const clusterAgeMs = 3 * 3_600_000;

export interface SandboxOptions {
  /** Time from the moment of start on; the past before it is run through at once. */
  clock?: Clock;
  /** Port of the API server; 0 or absent = any free one. */
  port?: number;
  seed?: number;
  /** Past traffic at start, in milliseconds. */
  historyMs?: number;
  /** Milliseconds from a written change to a proxy that obeys it; absent = as the mesh proposes. */
  pushDelayMs?: number;
  /** How long changes can still be watched from, in milliseconds. */
  watchHistoryMs?: number;
}

export interface RunningSandbox {
  /** Contexts admin (current), project-regular, viewer. */
  kubeconfigYaml: string;
  /** The same with another current context. */
  kubeconfigFor(user: UserName): string;
  apiServerUrl: string;
  prometheusUrl: string;
  controlUrl: string;
  clock: Clock;
  store: Store;
  registry: Registry;
  mesh: Mesh;
  faults: FaultPlan;
  /** True: the API server refuses connections; false: back on the same port. */
  setApiOutage(down: boolean): Promise<void>;
  setPrometheusOutage(down: boolean): Promise<void>;
  stop(): Promise<void>;
}

/** Starts everything; on return all preloaded workloads are ready and traffic has its past. */
export async function startSandbox(options: SandboxOptions = {}): Promise<RunningSandbox> {
  const { clock: target = realClock, seed = 1, historyMs, pushDelayMs, watchHistoryMs } = options;
  const cluster = await createCluster({
    clock: target,
    seed,
    ageMs: clusterAgeMs,
    fill: seedObjects,
    behaviour: imageBehaviour,
    watchHistoryMs,
  });
  const { clock, store, registry, faults, apiServer } = cluster;
  const mesh = createMesh(store, clock, {
    seed,
    behaviour: imageBehaviour,
    ...(historyMs === undefined ? {} : { historyMs }),
    ...(pushDelayMs === undefined ? {} : { pushDelayMs: () => pushDelayMs }),
  });
  await cluster.listen(options.port ?? 0, mesh.logs);
  const prometheus = await startPrometheus({ tsdb: mesh.tsdb, clock, scrapeIntervalMs: mesh.scrapeIntervalMs });
  const down = { api: false, prometheus: false };
  const setApiOutage = async (isDown: boolean) => {
    down.api = isDown;
    await (isDown ? apiServer.close() : apiServer.listen());
  };
  const setPrometheusOutage = async (isDown: boolean) => {
    down.prometheus = isDown;
    await prometheus.setOutage(isDown);
  };
  const control: RunningControl = await startControl({
    setApiOutage,
    setPrometheusOutage,
    outages: () => ({ ...down }),
    faults,
    setPrometheusFault: (fault) => prometheus.setFault(fault),
    store,
    traffic: () => mesh.counters.totals(),
    ...(isDriven(target) ? { advance: (ms: number) => target.advance(ms) } : {}),
  });
  return {
    kubeconfigYaml: cluster.kubeconfigFor('admin'),
    kubeconfigFor: (user) => cluster.kubeconfigFor(user),
    apiServerUrl: apiServer.url,
    prometheusUrl: prometheus.url,
    controlUrl: control.url,
    clock,
    store,
    registry,
    mesh,
    faults,
    setApiOutage,
    setPrometheusOutage,
    async stop() {
      mesh.stop();
      await Promise.all([cluster.stop(), prometheus.stop(), control.stop()]);
    },
  };
}

function isDriven(clock: Clock): clock is DrivenClock {
  return 'advance' in clock;
}
