/** Writes down what became of requests: metrics of both proxies, log lines, counters. */
import type { Random } from '../core/random.ts';
import { requestId, type Batch } from './batch.ts';
import type { Cluster } from './clusters.ts';
import { hash } from './container-metrics.ts';
import type { TrafficCounters } from './counters.ts';
import { countClusterRequests, countRouteRequests } from './envoy-stats.ts';
import { istioLabels } from './istio-labels.ts';
import type { LatencyModel } from './latency.ts';
import type { LivePod } from './live-pods.ts';
import { applicationLine, proxyLine, type LoggedRequest } from './log-lines.ts';
import type { RequestSpec } from './objects.ts';
import type { PodLogs } from './pod-logs.ts';
import { proxyContainer } from './pods.ts';

/** What a pod answered. */
export interface Answer {
  target: LivePod;
  cluster: Cluster;
  isCopy: boolean;
  mutualTls: boolean;
  code: number;
  /** Denied by the proxy: the application never saw it. */
  denied: boolean;
  latency: LatencyModel;
  /** As the client's proxy measures it. */
  latencyAtClient: LatencyModel;
}

/** An outcome that only the client's proxy knows of. */
export interface LocalOutcome {
  code: number;
  flags: string;
  cluster: Cluster | undefined;
  latency: LatencyModel;
}

const proxySecondsPerRequest = 0.00035;

export class Recorder {
  readonly #random: Random;
  readonly #logRandom: Random;
  readonly #logs: PodLogs;
  readonly #counters: TrafficCounters;
  /** False in the past that is simulated at start: tests ask for what happened since. */
  countsTruth = true;

  constructor(parts: { random: Random; logRandom: Random; logs: PodLogs; counters: TrafficCounters }) {
    this.#random = parts.random;
    this.#logRandom = parts.logRandom;
    this.#logs = parts.logs;
    this.#counters = parts.counters;
  }

  /** Requests or copies that arrived at a pod, whatever it makes of them. */
  arrived({ count }: Batch, { view }: LivePod, isCopy: boolean): void {
    if (!this.countsTruth) return;
    if (isCopy) this.#counters.addCopies(view.namespace, view.workload, count);
    else this.#counters.addAnswered(view.namespace, view.workload, count);
  }

  /** Copies that left the mesh for a host outside. */
  left({ count }: Batch, { service }: Cluster): void {
    if (this.countsTruth) this.#counters.addCopies('', service.host, count);
  }

  /** Client requests that the mesh lost. */
  failed({ client, called, count, endMs }: Batch, code: number, flags: string): void {
    if (!this.countsTruth) return;
    const name = `${client.view.namespace}/${client.view.workload}`;
    this.#counters.addFailure({ client: name, host: called, code, flags, count }, endMs);
  }

  /** An answer on both sides; a copy leaves nothing at its client: istio.md 3.1. */
  answered(batch: Batch, answer: Answer): void {
    const { client, request, count, called } = batch;
    const { target, cluster, isCopy, mutualTls, code } = answer;
    const { protocol, service } = cluster;
    const requests = { destination: target.view, cluster, called, protocol, code, flags: '-', mutualTls };
    const source = client.view.hasSidecar ? client.view : undefined;
    if (target.proxyMetrics) {
      target.proxyWork += count * proxySecondsPerRequest;
      const key = `d|${source?.identity ?? ''}|${service.host}|${protocol}|${code}|${mutualTls}`;
      const labels = (): Record<string, string> => istioLabels({ ...requests, source, reporter: 'destination' });
      const durations = answer.latency.count(this.#random, count);
      target.proxyMetrics.observe(key, labels, { count, durations, ...sizes(request) });
    }
    if (client.proxyMetrics) {
      client.proxyWork += count * proxySecondsPerRequest;
      const durations = answer.latencyAtClient.count(this.#random, count);
      countClusterRequests(client, cluster, { count, code, durations });
      if (!isCopy) {
        const key = `s|${target.view.identity}|${service.host}|${protocol}|${code}|${mutualTls}`;
        const labels = (): Record<string, string> => istioLabels({ ...requests, source, reporter: 'source' });
        client.proxyMetrics.observe(key, labels, { count, durations, ...sizes(request) });
      }
    }
    this.#tellAnswer(batch, answer);
  }

  /** Requests that ended at the client's proxy, or outside the mesh. */
  atClient(batch: Batch, { code, flags, cluster, latency }: LocalOutcome): void {
    const { client, request, count, called } = batch;
    const protocol = cluster?.protocol ?? 'http';
    if (count === 0 || !client.proxyMetrics || protocol === 'tcp') return;
    const durations = latency.count(this.#random, count);
    const unplaced = { source: client.view, destination: undefined, mutualTls: false };
    const labels = (): Record<string, string> =>
      istioLabels({ ...unplaced, cluster, called, protocol, code, flags, reporter: 'source' });
    client.proxyMetrics.observe(`s||${called}|${cluster?.service.host ?? ''}|${code}|${flags}`, labels, {
      count,
      durations,
      ...sizes(request),
    });
    client.proxyWork += count * proxySecondsPerRequest;
    if (cluster) countClusterRequests(client, cluster, { count, code, durations });
    for (const { idSeed, timeMs } of batch.told) {
      const logged = this.#logged(batch, { idSeed, timeMs, code, flags, latency });
      const outbound = { client: client.view, target: undefined, cluster, direction: 'outbound' as const };
      const { namespace, name } = client.view;
      this.#logs.write(namespace, name, proxyContainer, timeMs, () => proxyLine(outbound, logged()));
    }
  }

  /** Copies that no pod took: only the client's cluster statistics know. */
  lostCopies({ client, count }: Batch, cluster: Cluster, code: number, latency: LatencyModel): void {
    countClusterRequests(client, cluster, { count, code, durations: latency.count(this.#random, count) });
  }

  /** Requests of a route that has a `statPrefix`. */
  byRoute({ client, called, request, count }: Batch, statPrefix: string): void {
    countRouteRequests(client, called, request.port, statPrefix, count);
  }

  #tellAnswer(batch: Batch, { target, cluster, code, isCopy, denied, latency }: Answer): void {
    const [client, pod] = [batch.client.view, target.view];
    for (const { idSeed, timeMs } of batch.told) {
      const logged = this.#logged(batch, { idSeed, timeMs, code, flags: '-', latency });
      if (pod.appContainer && !denied) {
        this.#logs.write(pod.namespace, pod.name, pod.appContainer.name, timeMs, () =>
          applicationLine(pod, client, logged()),
        );
      }
      if (pod.hasSidecar) {
        const inbound = { client, target: pod, cluster, direction: 'inbound' as const };
        this.#logs.write(pod.namespace, pod.name, proxyContainer, timeMs, () => proxyLine(inbound, logged()));
      }
      if (client.hasSidecar && !isCopy) {
        const outbound = { client, target: pod, cluster, direction: 'outbound' as const };
        this.#logs.write(client.namespace, client.name, proxyContainer, timeMs, () => proxyLine(outbound, logged()));
      }
    }
  }

  /** A told request, written out when its line is read. */
  #logged(
    { request }: Batch,
    {
      idSeed,
      latency,
      ...rest
    }: { idSeed: number; timeMs: number; code: number; flags: string; latency: LatencyModel },
  ): () => LoggedRequest {
    const durationMs = latency.sample(this.#logRandom);
    return () => ({ ...rest, id: requestId(idSeed), durationMs, request, ...sizes(request) });
  }
}

function sizes({ method, path }: RequestSpec): { requestBytes: number; responseBytes: number } {
  const hasBody = ['POST', 'PUT', 'PATCH'].includes(method);
  return {
    requestBytes: hasBody ? 512 : 0,
    responseBytes: path === '/headers' ? 527 : 200 + (hash(path) % 3000),
  };
}
