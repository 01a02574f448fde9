/**
 * The way from the store to the proxies. Every proxy holds its own copies of routes, clusters,
 * endpoints and policies, and each copy arrives in its own time: whoever writes in the wrong order,
 * or does not wait, sees requests fail or reach the wrong version here as in a real mesh.
 */
import type { Clock } from '../core/clock.ts';
import type { ObjectChange, ObjectReader } from '../core/objects.ts';
import type { Random } from '../core/random.ts';
import {
  istioGroup,
  readClusters,
  readEndpoints,
  readPolicies,
  readRoutes,
  securityGroup,
  type ClustersSnapshot,
  type EndpointsSnapshot,
  type PoliciesSnapshot,
  type RoutesSnapshot,
} from './snapshots.ts';

interface Snapshots {
  routes: RoutesSnapshot;
  clusters: ClustersSnapshot;
  endpoints: EndpointsSnapshot;
  policies: PoliciesSnapshot;
}

type Stream = keyof Snapshots;

/** What one proxy has at the moment. */
export interface ProxyState extends Snapshots {
  /** Number of the newest snapshot that arrived, per stream. */
  versions: Record<Stream, number>;
}

export interface PropagationOptions {
  /** Ms from a change in the store to a proxy that obeys it. */
  pushDelayMs?: () => number;
  /** The same for the readiness of pods. */
  endpointDelayMs?: () => number;
}

const debounceAfterMs = 100;
const debounceMaxMs = 10_000;
const configStreams: Record<string, Stream> = {
  [`${istioGroup}/VirtualService`]: 'routes',
  [`${istioGroup}/Gateway`]: 'routes',
  [`${istioGroup}/DestinationRule`]: 'clusters',
  [`${istioGroup}/ServiceEntry`]: 'clusters',
  '/Service': 'clusters',
  [`${securityGroup}/AuthorizationPolicy`]: 'policies',
  [`${securityGroup}/PeerAuthentication`]: 'policies',
};
const readers: { [S in Stream]: (reader: ObjectReader) => Snapshots[S] } = {
  routes: readRoutes,
  clusters: readClusters,
  endpoints: readEndpoints,
  policies: readPolicies,
};

export class Propagation {
  readonly #reader: ObjectReader;
  readonly #clock: Clock;
  readonly #pushDelayMs: () => number;
  readonly #endpointDelayMs: () => number;
  readonly #beforeChange: () => void;
  readonly #onConverged: (seconds: number) => void;
  readonly #unsubscribe: () => void;
  readonly #proxies = new Map<string, ProxyState>();
  readonly #timers = new Set<() => void>();
  #latest: Snapshots;
  #version = 0;
  #dirty = new Map<Stream, number>();
  #firstChangeMs = 0;
  #cancelPush: (() => void) | undefined;

  /**
   * `beforeChange` runs before any proxy's configuration changes, so that traffic up to that moment
   * is counted under the old one; `onConverged` gets each proxy's delay in seconds.
   */
  constructor(
    reader: ObjectReader,
    clock: Clock,
    random: Random,
    hooks: { beforeChange: () => void; onConverged: (seconds: number) => void },
    options: PropagationOptions,
  ) {
    this.#reader = reader;
    this.#clock = clock;
    this.#beforeChange = hooks.beforeChange;
    this.#onConverged = hooks.onConverged;
    this.#pushDelayMs = options.pushDelayMs ?? (() => 300 + 2200 * random.next());
    this.#endpointDelayMs = options.endpointDelayMs ?? (() => 100 + 400 * random.next());
    this.#latest = {
      routes: readRoutes(reader),
      clusters: readClusters(reader),
      endpoints: readEndpoints(reader),
      policies: readPolicies(reader),
    };
    this.#unsubscribe = reader.subscribe((change) => this.#changed(change));
  }

  /** A pod's proxy (or its node's kube-proxy) connects: it starts with the last push and gets every later one. */
  connect(podId: string): void {
    const version = ++this.#version;
    const versions = { routes: version, clusters: version, endpoints: version, policies: version };
    this.#proxies.set(podId, { ...this.#latest, versions });
  }

  /** What a connected pod's proxy has now. */
  stateOf(podId: string): ProxyState {
    const state = this.#proxies.get(podId);
    if (!state) throw new Error(`pod ${podId} has not started`);
    return state;
  }

  forget(podId: string): void {
    this.#proxies.delete(podId);
  }

  stop(): void {
    this.#unsubscribe();
    this.#cancelPush?.();
    for (const cancel of this.#timers) cancel();
  }

  #changed({ object }: ObjectChange): void {
    if (object.kind === 'Pod' && object.apiVersion === 'v1') {
      this.#podChanged();
      return;
    }
    const group = object.apiVersion.includes('/') ? (object.apiVersion.split('/')[0] ?? '') : '';
    const stream = configStreams[`${group}/${object.kind}`];
    if (!stream) return;
    const now = this.#clock.now();
    if (this.#dirty.size === 0) this.#firstChangeMs = now;
    this.#dirty.set(stream, this.#dirty.get(stream) ?? now);
    this.#cancelPush?.();
    const wait = Math.min(debounceAfterMs, Math.max(0, this.#firstChangeMs + debounceMaxMs - now));
    this.#cancelPush = this.#clock.after(wait, () => this.#push());
  }

  /** Sends what changed to every proxy; each stream takes its own time to each of them. */
  #push(): void {
    this.#cancelPush = undefined;
    const now = this.#clock.now();
    const changed = [...this.#dirty];
    this.#dirty = new Map();
    for (const [stream] of changed) read(this.#latest, stream, this.#reader);
    for (const state of this.#proxies.values()) {
      for (const [stream, changedAtMs] of changed) {
        const delayMs = Math.max(now - changedAtMs, this.#pushDelayMs());
        this.#onConverged(delayMs / 1000);
        this.#deliver(state, stream, delayMs - (now - changedAtMs));
      }
    }
  }

  #podChanged(): void {
    const endpoints = readEndpoints(this.#reader);
    if (signature(endpoints) === signature(this.#latest.endpoints)) return;
    this.#latest.endpoints = endpoints;
    for (const state of this.#proxies.values()) this.#deliver(state, 'endpoints', this.#endpointDelayMs());
  }

  #deliver(state: ProxyState, stream: Stream, delayMs: number): void {
    const snapshot = this.#latest[stream];
    const version = ++this.#version;
    const cancel = this.#clock.after(delayMs, () => {
      this.#timers.delete(cancel);
      // An older push that took longer changes nothing any more.
      if (version < state.versions[stream]) return;
      this.#beforeChange();
      Object.assign(state, { [stream]: snapshot });
      state.versions[stream] = version;
    });
    this.#timers.add(cancel);
  }
}

function read<S extends Stream>(into: Snapshots, stream: S, reader: ObjectReader): void {
  Object.assign(into, { [stream]: readers[stream](reader) });
}

function signature({ readyPods }: EndpointsSnapshot): string {
  return readyPods.map((pod) => `${pod.id} ${pod.ip} ${JSON.stringify(pod.labels)}`).join('\n');
}
