/** A Kubernetes cluster without traffic: store, controllers and API server over one clock. */
import type { Clock } from '../core/clock.ts';
import type { ImageBehaviour, PodLogSource } from '../core/objects.ts';
import { Random } from '../core/random.ts';
import { ApiServer } from './api-server.ts';
import { makeCertificates } from './certificates.ts';
import { startControllers } from './controllers/start-controllers.ts';
import { FaultPlan } from './faults.ts';
import { HandoverClock } from './handover-clock.ts';
import { Registry } from './registry.ts';
import { Store } from './store.ts';
import { Users, type UserName } from './users.ts';

export interface ClusterOptions {
  /** Time from the moment of start on. */
  clock: Clock;
  seed: number;
  /** How old the cluster is at start: its past is run through at once. */
  ageMs: number;
  /** Fills the empty cluster, `ageMs` ago. */
  fill: (registry: Registry) => void;
  behaviour: (image: string) => ImageBehaviour | undefined;
  /** How long changes can still be watched from, in milliseconds. */
  watchHistoryMs?: number | undefined;
}

export interface Cluster {
  clock: Clock;
  store: Store;
  registry: Registry;
  faults: FaultPlan;
  apiServer: ApiServer;
  /** Serves; from now on log requests are answered from `logs`. */
  listen(port: number, logs?: PodLogSource): Promise<void>;
  kubeconfigFor(user: UserName): string;
  stop(): Promise<void>;
}

/** Builds the cluster and runs through its past; it does not serve yet. */
export async function createCluster(options: ClusterOptions): Promise<Cluster> {
  const { clock: target, seed, ageMs, fill, behaviour, watchHistoryMs } = options;
  const clock = new HandoverClock(target.now() - ageMs);
  const store = new Store(clock, watchHistoryMs === undefined ? {} : { historyMs: watchHistoryMs });
  const registry = new Registry(store, clock);
  const controllers = startControllers({ registry, store, clock, random: new Random(seed) }, { behaviour });
  fill(registry);
  clock.handOver(target);
  const users = new Users();
  const faults = new FaultPlan(clock);
  const certificates = await makeCertificates();
  let logs: PodLogSource | undefined;
  const apiServer = new ApiServer({ registry, clock, users, faults, ...certificates, logs: () => logs });
  return {
    clock,
    store,
    registry,
    faults,
    apiServer,
    async listen(port, source) {
      logs = source;
      await apiServer.listen(port);
    },
    kubeconfigFor: (user) => users.kubeconfig(apiServer.url, certificates.authority, user),
    async stop() {
      controllers.stop();
      await apiServer.close();
    },
  };
}
