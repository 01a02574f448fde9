/** The simulated clients: draws their requests and sends them where their proxies would. */
import { Random } from '../core/random.ts';
import { isAllowed, requiresMutualTls } from './authorization.ts';
import { pickTold, splitAtRandom, splitFirst, type Batch } from './batch.ts';
import { endpointsOf, visibleService, type Cluster } from './clusters.ts';
import { hash } from './container-metrics.ts';
import type { TrafficCounters } from './counters.ts';
import { resolveByDns } from './hosts.ts';
import type { RoutingClient } from './http-match.ts';
import { principalOf } from './istio-labels.ts';
import { LatencyModel } from './latency.ts';
import type { LivePod, LivePods } from './live-pods.ts';
import { selects } from './objects.ts';
import type { PodLogs } from './pod-logs.ts';
import type { PodView } from './pods.ts';
import type { Propagation, ProxyState } from './propagation.ts';
import { Recorder } from './recorder.ts';
import { decide, type Decision, type Forward } from './routing.ts';
import { binomial, multinomial } from './sampling.ts';
import type { EndpointsSnapshot } from './snapshots.ts';

export interface TrafficParts {
  pods: LivePods;
  propagation: Propagation;
  logs: PodLogs;
  counters: TrafficCounters;
  seed: number;
}

/** What is told and counted: the past has no log beyond its last minutes, and no test asks for it. */
export interface StepMode {
  logs: boolean;
  counters: boolean;
}

const million = 1_000_000;
const localLatency = LatencyModel.of(0.3, 1.5);
const externalLatency = LatencyModel.of(28, 140);
const cpuShareOfLatency = 0.3;

export class Traffic {
  readonly #pods: LivePods;
  readonly #propagation: Propagation;
  readonly #logs: PodLogs;
  readonly #recorder: Recorder;
  readonly #random: Random;
  readonly #logRandom: Random;
  readonly #decisions = new WeakMap<ProxyState, Map<string, { versions: string; decision: Decision }>>();
  readonly #endpoints = new WeakMap<EndpointsSnapshot, Map<Cluster, PodView[] | undefined>>();

  constructor({ pods, propagation, logs, counters, seed }: TrafficParts) {
    this.#pods = pods;
    this.#propagation = propagation;
    this.#logs = logs;
    this.#random = new Random(seed);
    // Log lines draw from numbers of their own: how many are kept must not change the traffic.
    this.#logRandom = new Random(seed ^ 0x5bd1e995);
    this.#recorder = new Recorder({ random: this.#random, logRandom: this.#logRandom, logs, counters });
  }

  /** Sends what the clients send between two times. */
  step(fromMs: number, toMs: number, mode: StepMode): void {
    this.#recorder.countsTruth = mode.counters;
    const seconds = (toMs - fromMs) / 1000;
    for (const client of this.#pods.all()) {
      if (!client.view.ready) continue;
      const state = this.#propagation.stateOf(client.view.id);
      for (const request of client.view.requests) {
        const count = this.#random.poisson(request.perSecond * wave(toMs, client.view.workload) * seconds);
        if (count === 0) continue;
        const told = mode.logs ? pickTold(count, fromMs, toMs, this.#logRandom) : [];
        const batch = { client, state, request, called: request.host, count, told, endMs: toMs };
        if (client.view.hasSidecar) this.#sendByProxy(batch);
        else this.#sendByAddress(batch);
      }
    }
    if (mode.logs) this.#logs.flush();
  }

  /** A client without a sidecar: the Service's address, any ready pod behind it. */
  #sendByAddress(batch: Batch): void {
    const { state, client, request } = batch;
    const routing: RoutingClient = {
      namespace: client.view.namespace,
      labels: client.view.labels,
      gateways: undefined,
    };
    const exists = (host: string): boolean => state.clusters.byHost.has(host);
    const service = visibleService(state.clusters, resolveByDns(request.host, routing.namespace, exists), routing);
    const port = service?.ports.find(({ number }) => number === request.port);
    if (!service || !port) {
      this.#fail(batch, 503, 'UF', undefined);
      return;
    }
    const { protocol } = port;
    const cluster: Cluster = { name: '', service, port: request.port, protocol, subsetLabels: {}, plaintext: true };
    this.#toCluster({ ...batch, called: service.host }, cluster, undefined);
  }

  #sendByProxy(batch: Batch): void {
    const decision = this.#decision(batch);
    const resolved = { ...batch, called: decision.called };
    const local = { flags: '-', cluster: undefined };
    switch (decision.kind) {
      case 'failure':
        this.#fail(resolved, decision.status, decision.flags, undefined);
        return;
      case 'answer':
        this.#recorder.atClient(resolved, { ...local, code: decision.status, latency: localLatency });
        return;
      case 'passthrough':
        this.#recorder.atClient(resolved, { ...local, code: 200, latency: externalLatency });
        return;
      case 'forward':
        this.#forward(resolved, decision);
    }
  }

  #forward(batch: Batch, decision: Forward): void {
    let left = batch;
    const { abort, destinations } = decision;
    if (abort) {
      const aborted = binomial(this.#random, batch.count, abort.millionths / million);
      const [ended, rest] = splitAtRandom(batch, aborted, this.#logRandom);
      this.#recorder.atClient(ended, { code: abort.status, flags: 'FI', cluster: undefined, latency: localLatency });
      left = rest;
    }
    const weights = destinations.map(({ weight }) => weight);
    this.#split(left, weights, (part, index) => {
      const cluster = destinations[index]?.cluster;
      if (cluster) this.#toCluster(part, cluster, decision);
      else this.#fail(part, 503, 'NC', undefined);
    });
  }

  /** To the pods of a cluster, each request to one of them; copies follow only what found a pod. */
  #toCluster(batch: Batch, cluster: Cluster, decision: Forward | undefined): void {
    const endpoints = this.#podsOf(cluster, batch.state);
    if (!endpoints) {
      this.#recorder.atClient(batch, { code: 200, flags: '-', cluster, latency: externalLatency });
      if (decision) this.#copy(batch, decision);
      return;
    }
    const reachable = this.#reachable(endpoints, batch.client, cluster);
    if (reachable.length === 0) {
      this.#fail(batch, 503, endpoints.length === 0 ? 'UH' : 'UF', cluster);
      return;
    }
    this.#overPods(batch, reachable, (part, target) => {
      this.#serve(part, target, cluster, false);
      if (decision?.statPrefix) this.#recorder.byRoute(part, decision.statPrefix);
      if (decision) this.#copy(part, decision);
    });
  }

  /**
   * Envoy draws once per request for all its mirrors: the requests of a smaller share are among those
   * of a larger one.
   */
  #copy(batch: Batch, decision: Forward): void {
    let left = batch;
    let share = million;
    for (const { cluster, millionths } of decision.mirrors.toSorted((a, b) => b.millionths - a.millionths)) {
      [left] = splitFirst(left, binomial(this.#random, left.count, millionths / share));
      share = millionths;
      if (left.count === 0) return;
      this.#copyTo(left, cluster);
    }
  }

  #copyTo(batch: Batch, cluster: Cluster): void {
    const endpoints = this.#podsOf(cluster, batch.state);
    if (!endpoints) {
      this.#recorder.left(batch, cluster);
      this.#recorder.lostCopies(batch, cluster, 200, externalLatency);
      return;
    }
    const reachable = this.#reachable(endpoints, batch.client, cluster);
    if (reachable.length === 0) this.#recorder.lostCopies(batch, cluster, 503, localLatency);
    else this.#overPods(batch, reachable, (part, target) => this.#serve(part, target, cluster, true));
  }

  /** What a pod makes of requests: denied by its proxy, failed by its application, or answered. */
  #serve(batch: Batch, target: LivePod, cluster: Cluster, isCopy: boolean): void {
    this.#recorder.arrived(batch, target, isCopy);
    if (cluster.protocol === 'tcp') return;
    const mutualTls = isMutual(batch.client, target, cluster);
    const common = { target, cluster, isCopy, mutualTls };
    if (!this.#letsIn(batch, target, mutualTls)) {
      if (!isCopy) this.#recorder.failed(batch, 403, 'RBAC');
      const local = { latency: localLatency, latencyAtClient: localLatency };
      this.#recorder.answered(batch, { ...common, ...local, code: 403, denied: true });
      return;
    }
    const { latency, latencyAtCaller, errorRate, medianMs } = target.behaviour;
    target.appWork += (batch.count * medianMs * cpuShareOfLatency) / 1000;
    const errors = binomial(this.#random, batch.count, errorRate);
    const [failed, fine] = splitAtRandom(batch, errors, this.#logRandom);
    const answer = { ...common, latency, latencyAtClient: latencyAtCaller, denied: false };
    if (fine.count > 0) this.#recorder.answered(fine, { ...answer, code: 200 });
    if (failed.count > 0) this.#recorder.answered(failed, { ...answer, code: 500 });
  }

  #letsIn({ client, request }: Batch, { view }: LivePod, mutualTls: boolean): boolean {
    if (!view.hasSidecar) return true;
    const { policies } = this.#propagation.stateOf(view.id);
    const identity = mutualTls ? { namespace: client.view.namespace, principal: principalOf(client.view) } : undefined;
    return isAllowed(policies, view, { identity }, request);
  }

  #fail(batch: Batch, code: number, flags: string, cluster: Cluster | undefined): void {
    this.#recorder.failed(batch, code, flags);
    this.#recorder.atClient(batch, { code, flags, cluster, latency: localLatency });
  }

  /**
   * The pods that take a connection. One that is gone but not yet taken out refuses it, and Envoy's
   * default retry picks another; a workload that demands mutual TLS resets what comes without.
   */
  #reachable(endpoints: PodView[], client: LivePod, cluster: Cluster): LivePod[] {
    const alive = endpoints.flatMap(({ id }) => this.#pods.get(id) ?? []).filter(({ view }) => view.running);
    return alive.filter(
      (target) =>
        !target.view.hasSidecar ||
        isMutual(client, target, cluster) ||
        !requiresMutualTls(this.#propagation.stateOf(target.view.id).policies, target.view),
    );
  }

  #overPods(batch: Batch, pods: LivePod[], visit: (part: Batch, target: LivePod) => void): void {
    const evenly = pods.map(() => 1);
    this.#split(batch, evenly, (part, index) => visit(part, pods[index] as LivePod));
  }

  #split(batch: Batch, weights: number[], visit: (part: Batch, index: number) => void): void {
    let left = batch;
    for (const [index, count] of multinomial(this.#random, batch.count, weights).entries()) {
      const [part, rest] = splitAtRandom(left, count, this.#logRandom);
      left = rest;
      if (part.count > 0) visit(part, index);
    }
  }

  /** The proxy's decision for a kind of request, made anew when its configuration changes. */
  #decision({ client, state, request }: Batch): Decision {
    let cache = this.#decisions.get(state);
    if (!cache) this.#decisions.set(state, (cache = new Map()));
    const key = JSON.stringify(request);
    const versions = `${state.versions.routes} ${state.versions.clusters} ${client.view.identity}`;
    let known = cache.get(key);
    if (known?.versions !== versions) {
      known = { versions, decision: decide(request, routingClient(client.view, state), state.routes, state.clusters) };
      cache.set(key, known);
    }
    return known.decision;
  }

  #podsOf(cluster: Cluster, state: ProxyState): PodView[] | undefined {
    let cache = this.#endpoints.get(state.endpoints);
    if (!cache) this.#endpoints.set(state.endpoints, (cache = new Map()));
    if (!cache.has(cluster)) cache.set(cluster, endpointsOf(cluster, state.endpoints));
    return cache.get(cluster);
  }
}

function routingClient(view: PodView, state: ProxyState): RoutingClient {
  const gateways = state.routes.gateways
    .filter(({ spec }) => spec.selector && Object.keys(spec.selector).length > 0 && selects(spec.selector, view.labels))
    .map(({ namespace, name }) => `${namespace}/${name}`);
  return { namespace: view.namespace, labels: view.labels, gateways: gateways.length ? gateways : undefined };
}

function isMutual(client: LivePod, target: LivePod, cluster: Cluster): boolean {
  return client.view.hasSidecar && target.view.hasSidecar && !cluster.plaintext;
}

/** Slow waves over the day and over half an hour, so that charts look alive. */
function wave(timeMs: number, workload: string): number {
  const phase = (hash(workload) % 1000) / 1000;
  const cycle = (periodMs: number): number => Math.sin(2 * Math.PI * (timeMs / periodMs + phase));
  return 1 + 0.1 * cycle(86_400_000) + 0.05 * cycle(23 * 60_000);
}
