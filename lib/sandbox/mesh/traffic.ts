/** The simulated clients: draws their requests, sends them where their proxies would, counts what comes of it. */
import { Random } from '../core/random.ts';
import { isAllowed, requiresMutualTls } from './authorization.ts';
import { endpointsOf, visibleService, type Cluster } from './clusters.ts';
import { hash } from './container-metrics.ts';
import type { TrafficCounters } from './counters.ts';
import { countClusterRequests, countRouteRequests } from './envoy-stats.ts';
import { resolveByDns } from './hosts.ts';
import { istioLabels, principalOf } from './istio-labels.ts';
import { LatencyModel, type DurationCounts } from './latency.ts';
import type { LivePod, LivePods } from './live-pods.ts';
import { applicationLine, proxyLine, type LoggedRequest } from './log-lines.ts';
import { selects, type RequestSpec } from './objects.ts';
import type { PodLogs } from './pod-logs.ts';
import { proxyContainer, type PodView } from './pods.ts';
import type { Propagation, ProxyState } from './propagation.ts';
import { decide, type Decision, type Forward } from './routing.ts';
import type { RoutingClient } from './http-match.ts';
import { binomial, multinomial } from './sampling.ts';
import type { EndpointsSnapshot } from './snapshots.ts';

export interface TrafficParts {
  pods: LivePods;
  propagation: Propagation;
  logs: PodLogs;
  counters: TrafficCounters;
  seed: number;
}

/** Requests of one kind from one client in one stretch of time. */
interface Batch {
  client: LivePod;
  state: ProxyState;
  request: RequestSpec;
  called: string;
  count: number;
  /** The first of them, told in the logs. */
  logged: { id: string; timeMs: number }[];
  endMs: number;
}

/** Which requests are told and counted: the past has no log beyond its last minutes, and no test asks for it. */
export interface StepMode {
  logs: boolean;
  counters: boolean;
}

interface RouteCache {
  versions: string;
  decision: Decision;
}

const million = 1_000_000;
const loggedPerSecond = 20;
const localAnswer = LatencyModel.of(0.3, 1.5);
const externalAnswer = LatencyModel.of(28, 140);
const cpuShareOfLatency = 0.3;
const proxySecondsPerRequest = 0.00035;

export class Traffic {
  readonly #parts: TrafficParts;
  readonly #random: Random;
  readonly #logRandom: Random;
  readonly #routes = new WeakMap<ProxyState, Map<string, RouteCache>>();
  readonly #endpoints = new WeakMap<EndpointsSnapshot, Map<Cluster, PodView[] | undefined>>();

  constructor(parts: TrafficParts) {
    this.#parts = parts;
    this.#random = new Random(parts.seed);
    // Log lines draw from numbers of their own: how many are kept must not change the traffic.
    this.#logRandom = new Random(parts.seed ^ 0x5bd1e995);
  }

  /** Sends what the clients send between two times. */
  step(fromMs: number, toMs: number, mode: StepMode): void {
    const seconds = (toMs - fromMs) / 1000;
    for (const client of this.#parts.pods.all()) {
      if (!client.view.ready) continue;
      const state = this.#parts.propagation.stateOf(client.view.id);
      for (const request of client.view.requests) {
        const count = this.#random.poisson(request.perSecond * wave(toMs, client.view.workload) * seconds);
        if (count === 0) continue;
        const logged = mode.logs ? this.#pickLogged(count, fromMs, toMs) : [];
        const batch = { client, state, request, called: request.host, count, logged, endMs: toMs };
        if (client.view.hasSidecar) this.#sendByProxy(batch, mode);
        else this.#sendByAddress(batch, mode);
      }
    }
    if (mode.logs) this.#parts.logs.flush();
  }

  #pickLogged(count: number, fromMs: number, toMs: number): { id: string; timeMs: number }[] {
    const most = Math.max(1, Math.ceil((loggedPerSecond * (toMs - fromMs)) / 1000));
    const kept = Math.min(count, most);
    return Array.from({ length: kept }, (_, i) => ({
      id: requestId(this.#logRandom),
      timeMs: Math.floor(fromMs + ((i + this.#logRandom.next()) / kept) * (toMs - fromMs)),
    }));
  }

  /** A client without a sidecar: the Service's address, any ready pod behind it. */
  #sendByAddress(batch: Batch, mode: StepMode): void {
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
      this.#fail(batch, { status: 503, flags: 'UF', cluster: undefined }, mode);
      return;
    }
    const { protocol } = port;
    const cluster: Cluster = { name: '', service, port: request.port, protocol, subsetLabels: {}, plaintext: true };
    this.#toCluster({ ...batch, called: service.host }, cluster, undefined, mode);
  }

  #sendByProxy(batch: Batch, mode: StepMode): void {
    const decision = this.#decision(batch);
    const told = { ...batch, called: decision.called };
    switch (decision.kind) {
      case 'failure':
        this.#fail(told, { status: decision.status, flags: decision.flags, cluster: undefined }, mode);
        return;
      case 'answer':
        this.#atClient(
          told,
          { status: decision.status, flags: '-', cluster: undefined, target: undefined },
          localAnswer,
        );
        return;
      case 'passthrough':
        this.#atClient(told, { status: 200, flags: '-', cluster: undefined, target: undefined }, externalAnswer);
        return;
      case 'forward':
        this.#forward(told, decision, mode);
    }
  }

  #forward(batch: Batch, decision: Forward, mode: StepMode): void {
    let left = batch;
    if (decision.abort) {
      const [aborted, rest] = split(batch, binomial(this.#random, batch.count, decision.abort.millionths / million));
      this.#atClient(
        aborted,
        { status: decision.abort.status, flags: 'FI', cluster: undefined, target: undefined },
        localAnswer,
      );
      left = rest;
    }
    const weights = decision.destinations.map(({ weight }) => weight);
    const parts = multinomial(this.#random, left.count, weights);
    for (const [index, { cluster }] of decision.destinations.entries()) {
      const [part, rest] = this.#splitEvenly(left, parts[index] as number);
      left = rest;
      if (part.count === 0) continue;
      if (cluster) this.#toCluster(part, cluster, decision, mode);
      else this.#fail(part, { status: 503, flags: 'NC', cluster: undefined }, mode);
    }
  }

  /** To the pods of a cluster, each request to one of them; copies follow only what found a pod. */
  #toCluster(batch: Batch, cluster: Cluster, decision: Forward | undefined, mode: StepMode): void {
    const endpoints = this.#podsOf(cluster, batch.state);
    if (!endpoints) {
      this.#external(batch, cluster);
      if (decision) this.#copy(batch, decision, mode);
      return;
    }
    if (endpoints.length === 0) {
      this.#fail(batch, { status: 503, flags: 'UH', cluster }, mode);
      return;
    }
    // A pod that is gone but not yet taken out refuses the connection, and Envoy's default retry picks another.
    const alive = endpoints.flatMap(({ id }) => this.#parts.pods.get(id) ?? []).filter(({ view }) => view.running);
    const reachable = alive.filter((pod) => accepts(pod, batch.client, cluster, this.#parts.propagation));
    if (reachable.length === 0) {
      this.#fail(batch, { status: 503, flags: 'UF', cluster }, mode);
      return;
    }
    let left = batch;
    const parts = multinomial(
      this.#random,
      batch.count,
      reachable.map(() => 1),
    );
    for (const [index, target] of reachable.entries()) {
      const [part, rest] = this.#splitEvenly(left, parts[index] as number);
      left = rest;
      if (part.count === 0) continue;
      this.#serve(part, target, cluster, false, mode);
      if (decision?.statPrefix) {
        countRouteRequests(part.client, part.called, part.request.port, decision.statPrefix, part.count);
      }
      if (decision) this.#copy(part, decision, mode);
    }
  }

  /**
   * Envoy draws once per request for all its mirrors: the requests of a smaller share are among those
   * of a larger one.
   */
  #copy(batch: Batch, decision: Forward, mode: StepMode): void {
    let left = batch;
    let share = million;
    for (const { cluster, millionths } of decision.mirrors.toSorted((a, b) => b.millionths - a.millionths)) {
      [left] = split(left, binomial(this.#random, left.count, millionths / share));
      share = millionths;
      if (left.count === 0) return;
      this.#copyTo(left, cluster, mode);
    }
  }

  #copyTo(batch: Batch, cluster: Cluster, mode: StepMode): void {
    const endpoints = this.#podsOf(cluster, batch.state);
    if (!endpoints) {
      countClusterRequests(batch.client, cluster, this.#clusterCounts(batch.count, 200, externalAnswer));
      return;
    }
    const alive = endpoints.flatMap(({ id }) => this.#parts.pods.get(id) ?? []).filter(({ view }) => view.running);
    const reachable = alive.filter((pod) => accepts(pod, batch.client, cluster, this.#parts.propagation));
    if (reachable.length === 0) {
      countClusterRequests(batch.client, cluster, this.#clusterCounts(batch.count, 503, localAnswer));
      return;
    }
    let left = batch;
    const parts = multinomial(
      this.#random,
      batch.count,
      reachable.map(() => 1),
    );
    for (const [index, target] of reachable.entries()) {
      const [part, rest] = this.#splitEvenly(left, parts[index] as number);
      left = rest;
      if (part.count > 0) this.#serve(part, target, cluster, true, mode);
    }
  }

  /** What a pod makes of requests: denied by its proxy, failed by its application, or answered. */
  #serve(batch: Batch, target: LivePod, cluster: Cluster, isCopy: boolean, mode: StepMode): void {
    const { client, request, count } = batch;
    const { view } = target;
    if (mode.counters) {
      if (isCopy) this.#parts.counters.addCopies(view.namespace, view.workload, count);
      else this.#parts.counters.addAnswered(view.namespace, view.workload, count);
    }
    if (cluster.protocol === 'tcp') return;
    const mutualTls = isMutual(client, target, cluster);
    if (view.hasSidecar) {
      const { policies } = this.#parts.propagation.stateOf(view.id);
      const identity = mutualTls
        ? { namespace: client.view.namespace, principal: principalOf(client.view) }
        : undefined;
      if (!isAllowed(policies, view, { identity }, request)) {
        if (!isCopy && mode.counters) {
          this.#countFailure(batch, 403, 'RBAC');
        }
        this.#answer(batch, target, cluster, {
          isCopy,
          mutualTls,
          code: 403,
          latency: localAnswer,
          atCaller: localAnswer,
        });
        return;
      }
    }
    const { latency, latencyAtCaller, errorRate, medianMs } = target.behaviour;
    target.appWork += (count * medianMs * cpuShareOfLatency) / 1000;
    const errors = binomial(this.#random, count, errorRate);
    const [failed, fine] = this.#splitEvenly(batch, errors);
    const common = { isCopy, mutualTls, latency, atCaller: latencyAtCaller };
    if (fine.count > 0) this.#answer(fine, target, cluster, { ...common, code: 200 });
    if (failed.count > 0) this.#answer(failed, target, cluster, { ...common, code: 500 });
  }

  /** Counts and tells one answer on both sides; a copy leaves nothing at its client: istio.md 3.1. */
  #answer(
    batch: Batch,
    target: LivePod,
    cluster: Cluster,
    outcome: { isCopy: boolean; mutualTls: boolean; code: number; latency: LatencyModel; atCaller: LatencyModel },
  ): void {
    const { client, request, count, called } = batch;
    const { isCopy, mutualTls, code, latency, atCaller } = outcome;
    const requests = {
      source: client.view,
      destination: target.view,
      cluster,
      called,
      protocol: cluster.protocol,
      code,
      flags: '-',
    };
    const source = client.view.hasSidecar ? client.view : undefined;
    if (target.proxyMetrics) {
      target.proxyWork += count * proxySecondsPerRequest;
      const key = `d|${source ? client.view.id : ''}|${cluster.service.host}|${cluster.protocol}|${code}|${mutualTls}`;
      const labels = (): Record<string, string> =>
        istioLabels({ ...requests, source, reporter: 'destination', mutualTls });
      target.proxyMetrics.observe(key, labels, {
        count,
        durations: latency.count(this.#random, count),
        ...sizes(request),
      });
    }
    if (client.proxyMetrics) {
      client.proxyWork += count * proxySecondsPerRequest;
      const durations = atCaller.count(this.#random, count);
      countClusterRequests(client, cluster, { count, code, durations });
      if (!isCopy) {
        const key = `s|${target.view.id}|${cluster.service.host}|${cluster.protocol}|${code}|${mutualTls}`;
        const labels = (): Record<string, string> => istioLabels({ ...requests, reporter: 'source', mutualTls });
        client.proxyMetrics.observe(key, labels, { count, durations, ...sizes(request) });
      }
    }
    this.#tell(batch, target, cluster, { code, isCopy, latency });
  }

  #tell(
    batch: Batch,
    target: LivePod,
    cluster: Cluster,
    outcome: { code: number; isCopy: boolean; latency: LatencyModel },
  ): void {
    const { logs } = this.#parts;
    const [client, pod] = [batch.client.view, target.view];
    for (const { id, timeMs } of batch.logged) {
      const { code, isCopy } = outcome;
      const durationMs = outcome.latency.sample(this.#logRandom);
      const logged: LoggedRequest = {
        id,
        timeMs,
        durationMs,
        code,
        flags: '-',
        request: batch.request,
        ...sizes(batch.request),
      };
      if (pod.appContainer && code !== 403) {
        logs.write(pod.namespace, pod.name, pod.appContainer.name, timeMs, () => applicationLine(pod, client, logged));
      }
      if (pod.hasSidecar) {
        const inbound = { client, target: pod, cluster, direction: 'inbound' as const };
        logs.write(pod.namespace, pod.name, proxyContainer, timeMs, () => proxyLine(inbound, logged));
      }
      if (client.hasSidecar && !isCopy) {
        const outbound = { client, target: pod, cluster, direction: 'outbound' as const };
        logs.write(client.namespace, client.name, proxyContainer, timeMs, () => proxyLine(outbound, logged));
      }
    }
  }

  /** A destination outside the mesh: nothing but the client's proxy can tell of it. */
  #external(batch: Batch, cluster: Cluster): void {
    this.#atClient(batch, { status: 200, flags: '-', cluster, target: undefined }, externalAnswer);
  }

  #fail(batch: Batch, outcome: { status: number; flags: string; cluster: Cluster | undefined }, mode: StepMode): void {
    if (batch.count === 0) return;
    if (mode.counters) this.#countFailure(batch, outcome.status, outcome.flags);
    this.#atClient(batch, { ...outcome, target: undefined }, localAnswer);
  }

  #countFailure({ client, called, count, endMs }: Batch, code: number, flags: string): void {
    const name = `${client.view.namespace}/${client.view.workload}`;
    this.#parts.counters.addFailure({ client: name, host: called, code, flags, count }, endMs);
  }

  /** Requests that only the client's proxy knows of. */
  #atClient(
    batch: Batch,
    outcome: { status: number; flags: string; cluster: Cluster | undefined; target: undefined },
    latency: LatencyModel,
  ): void {
    const { client, request, count, called } = batch;
    const { status: code, flags, cluster } = outcome;
    if (count === 0 || !client.proxyMetrics) return;
    const protocol = cluster?.protocol ?? 'http';
    if (protocol === 'tcp') return;
    const durations = latency.count(this.#random, count);
    const requests = {
      source: client.view,
      destination: undefined,
      cluster,
      called,
      protocol,
      code,
      flags,
      mutualTls: false,
    };
    const labels = (): Record<string, string> => istioLabels({ ...requests, reporter: 'source' });
    client.proxyMetrics.observe(`s||${called}|${code}|${flags}`, labels, { count, durations, ...sizes(request) });
    client.proxyWork += count * proxySecondsPerRequest;
    if (cluster) countClusterRequests(client, cluster, { count, code, durations });
    for (const { id, timeMs } of batch.logged) {
      const durationMs = latency.sample(this.#logRandom);
      const logged: LoggedRequest = { id, timeMs, durationMs, code, flags, request, ...sizes(request) };
      const outbound = { client: client.view, target: undefined, cluster, direction: 'outbound' as const };
      const { namespace, name } = client.view;
      this.#parts.logs.write(namespace, name, proxyContainer, timeMs, () => proxyLine(outbound, logged));
    }
  }

  /** `count` of a batch and the rest, with the told ones among both as chance has it. */
  #splitEvenly(batch: Batch, count: number): [Batch, Batch] {
    const { length } = batch.logged;
    const told = binomial(this.#logRandom, length, count / Math.max(1, batch.count));
    return splitTold(batch, count, Math.max(length - (batch.count - count), Math.min(count, told)));
  }

  #clusterCounts(
    count: number,
    code: number,
    latency: LatencyModel,
  ): { count: number; code: number; durations: DurationCounts } {
    return { count, code, durations: latency.count(this.#random, count) };
  }

  #decision({ client, state, request }: Batch): Decision {
    let cache = this.#routes.get(state);
    if (!cache) this.#routes.set(state, (cache = new Map()));
    const key = JSON.stringify(request);
    const versions = `${state.versions.routes} ${state.versions.clusters} ${client.view.id}`;
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

/** The first `count` of a batch, told ones first, and the rest. */
function split(batch: Batch, count: number): [Batch, Batch] {
  return splitTold(batch, count, Math.min(count, batch.logged.length));
}

function splitTold(batch: Batch, count: number, told: number): [Batch, Batch] {
  return [
    { ...batch, count, logged: batch.logged.slice(0, told) },
    { ...batch, count: batch.count - count, logged: batch.logged.slice(told) },
  ];
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

/** A workload that demands mutual TLS resets connections without it. */
function accepts(target: LivePod, client: LivePod, cluster: Cluster, propagation: Propagation): boolean {
  if (!target.view.hasSidecar || isMutual(client, target, cluster)) return true;
  return !requiresMutualTls(propagation.stateOf(target.view.id).policies, target.view);
}

/** Slow waves over the day and over half an hour, so that charts look alive. */
function wave(timeMs: number, workload: string): number {
  const phase = (hash(workload) % 1000) / 1000;
  const cycle = (periodMs: number): number => Math.sin(2 * Math.PI * (timeMs / periodMs + phase));
  return 1 + 0.1 * cycle(86_400_000) + 0.05 * cycle(23 * 60_000);
}

function sizes({ method, path }: RequestSpec): { requestBytes: number; responseBytes: number } {
  const hasBody = ['POST', 'PUT', 'PATCH'].includes(method);
  return {
    requestBytes: hasBody ? 512 : 0,
    responseBytes: path === '/headers' ? 527 : 200 + (hash(path) % 3000),
  };
}

function requestId(random: Random): string {
  const hex = (length: number): string =>
    Array.from({ length }, () => Math.floor(random.next() * 16).toString(16)).join('');
  return `${hex(8)}-${hex(4)}-4${hex(3)}-9${hex(3)}-${hex(12)}`;
}
