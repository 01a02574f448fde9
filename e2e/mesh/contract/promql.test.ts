import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DrivenClock } from '../../../lib/sandbox/core/clock.ts';
import { Random } from '../../../lib/sandbox/core/random.ts';
import { bucketBounds } from '../../../lib/sandbox/mesh/latency.ts';
import { Labels } from '../../../lib/sandbox/prometheus/labels.ts';
import { startPrometheus as startSandboxPrometheus } from '../../../lib/sandbox/prometheus/server.ts';
import { Tsdb } from '../../../lib/sandbox/prometheus/tsdb.ts';
import * as promql from '../../../lib/server/metrics/promql.ts';
import { requiredVariable } from '../../cluster/cluster.ts';
import { startPrometheus } from '../lab/prometheus.ts';
import { remoteWrite, type WrittenSeries } from './remote-write.ts';

const scrapeSeconds = 15;
const minutes = 40;
const relativeError = 1e-9;
const endMs = Math.floor(Date.now() / 60_000) * 60_000;
const startMs = endMs - minutes * 60_000;

const primary = { namespace: 'shop', workloads: ['reviews-v1'] };
const mirror = { namespace: 'shop', workloads: ['reviews-v2'] };
const both = { namespace: 'shop', workloads: ['reviews-v1', 'reviews-v2.canary'] };
const matcher = 'cluster="east"';

const pods = ['reviews-v1-5d8-a', 'reviews-v2-77f-b'];
const clone = (statPrefix: string) => ({ statPrefix, host: 'reviews.shop.svc.cluster.local', port: 9080 });
/** The last one is counted by nobody. */
const clones = [clone('mc_0123456789abcdef'), clone('mc_fedcba9876543210'), clone('mc_00000000000000ff')];

type Queries = (options: promql.QueryOptions) => string[];
const ofEachSet =
  (query: (set: promql.WorkloadSet, options: promql.QueryOptions) => string): Queries =>
  (options) =>
    [primary, mirror, both].map((set) => query(set, options));

/** Calls of every function that builds a query of the console: none can be added without one here. */
const calls: Record<keyof typeof promql, Queries> = {
  requestRate: ofEachSet(promql.requestRate),
  requestTotals: ofEachSet((set, { matcher }) => promql.requestTotals(set, matcher)),
  requestRateByCode: ofEachSet(promql.requestRateByCode),
  successPercent: ofEachSet(promql.successPercent),
  latencyQuantile: (options) =>
    [0.5, 0.95, 0.99].flatMap((quantile) =>
      ofEachSet((set) => promql.latencyQuantile(quantile, set, options))(options),
    ),
  requestCountByCode: ofEachSet(promql.requestCountByCode),
  requestRateOfMany: (options) => [promql.requestRateOfMany([primary, both], options)],
  requestRateByWorkload: (options) => [promql.requestRateByWorkload('shop', options)],
  requestCountOfMany: (options) => [promql.requestCountOfMany([primary, both], options)],
  failureCountOfMany: (options) => [promql.failureCountOfMany([primary, both], options)],
  latencyQuantileOfMany: (options) => [promql.latencyQuantileOfMany(0.95, [primary, both], options)],
  requestCountFromMesh: ofEachSet(promql.requestCountFromMesh),
  requestCountFromMeshOfMany: (options) => [promql.requestCountFromMeshOfMany([primary, both], options)],
  requestCountOfRoutes: (options) => [
    promql.requestCountOfRoutes(clones.slice(0, 1), options),
    promql.requestCountOfRoutes(clones, options),
  ],
  requestCountFromOutsideOfMany: (options) => [promql.requestCountFromOutsideOfMany([primary, both], options)],
  requestsSeenFromOutside: ofEachSet(promql.requestsSeenFromOutside),
  callersOfWorkloads: ofEachSet(promql.callersOfWorkloads),
  clustersCalling: ofEachSet(promql.clustersCalling),
  callersOfHost: (options) => [promql.callersOfHost('outside.example.com', ['shop', 'web'], options)],
  scrapedWorkload: ofEachSet((set, { matcher }) => promql.scrapedWorkload(set, matcher)),
  scrapedPodsOfMany: ({ matcher }) => [promql.scrapedPodsOfMany([primary, both], matcher)],
  podCpu: (options) => [promql.podCpu('shop', pods, options)],
  podMemory: ({ matcher }) => [promql.podMemory('shop', pods, matcher)],
  proxyConvergenceP99: (options) => [promql.proxyConvergenceP99(options)],
};

/** Every query of the console, with and without the configured matcher, over short and long windows. */
const queries = new Set(
  [null, matcher].flatMap((matcher) =>
    [60, 300, 1800].flatMap((windowSeconds) =>
      Object.values(calls).flatMap((call) => call({ windowSeconds, matcher })),
    ),
  ),
);

type Answer = Map<string, [number, number][]>;
interface Sampled {
  metric: Record<string, string>;
  values?: [number, string][];
  value?: [number, string];
}

const urls = { sandbox: '', real: '' };
const stops: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  const series = makeSeries();
  const tsdb = new Tsdb();
  for (const { labels, samples } of series) tsdb.add(Labels.from(labels), samples);
  const sandbox = await startSandboxPrometheus({
    tsdb,
    clock: new DrivenClock(endMs),
    scrapeIntervalMs: scrapeSeconds * 1000,
  });
  stops.push(() => sandbox.stop());
  urls.sandbox = sandbox.url;

  const directory = mkdtempSync(path.join(tmpdir(), 'prometheus-'));
  const real = await startPrometheus({
    binary: requiredVariable('PROMETHEUS_BINARY'),
    directory,
    scrapeIntervalSeconds: scrapeSeconds,
    scrapeConfigs: [],
    takesRemoteWrite: true,
  });
  stops.push(async () => {
    await real.stop();
    rmSync(directory, { recursive: true, force: true });
  });
  urls.real = real.url;
  await remoteWrite(real.url, series);
});
afterAll(() => Promise.all(stops.map((stop) => stop())));

describe('on the same samples', () => {
  it.each([...queries])('the sandbox and Prometheus answer alike: %s', async (query) => {
    for (const kind of ['range', 'instant'] as const) {
      const [sandbox, real] = await Promise.all([ask(kind, urls.sandbox, query), ask(kind, urls.real, query)]);
      expect([...sandbox.keys()].toSorted()).toEqual([...real.keys()].toSorted());
      for (const [labels, points] of real) {
        const ours = sandbox.get(labels)!;
        expect(ours.map(([time]) => time)).toEqual(points.map(([time]) => time));
        for (const [index, [, value]] of points.entries())
          expect(isSame(ours[index]![1], value), `${kind} ${query}: ${ours[index]![1]}, ${value}`).toBe(true);
      }
    }
  });

  it('most queries have answers', async () => {
    const answers = await Promise.all([...queries].map((query) => ask('range', urls.real, query)));
    const filled = answers.filter((answer) => [...answer.values()].some((points) => points.length > 0));
    expect(filled.length).toBeGreaterThan(0.9 * answers.length);
  });

  it('each kind of query has an answer', async () => {
    for (const [name, call] of Object.entries(calls)) {
      const answers = await Promise.all(
        call({ windowSeconds: 300, matcher: null }).map((query) => ask('range', urls.real, query)),
      );
      const points = answers.flatMap((answer) => [...answer.values()].flat());
      expect(points.length, name).toBeGreaterThan(0);
    }
  });
});

function isSame(ours: number, theirs: number): boolean {
  if (Object.is(ours, theirs)) return true;
  if (!Number.isFinite(ours) || !Number.isFinite(theirs)) return false;
  return Math.abs(ours - theirs) <= relativeError * Math.abs(theirs);
}

const times = {
  /** Steps that do not fall on scrapes. */
  range: { start: String(startMs / 1000 + 7), end: String(endMs / 1000), step: '37' },
  instant: { time: String(endMs / 1000 - 11) },
};

async function ask(kind: keyof typeof times, url: string, query: string): Promise<Answer> {
  const path = kind === 'range' ? 'query_range' : 'query';
  const response = await fetch(`${url}/api/v1/${path}`, {
    method: 'POST',
    body: new URLSearchParams({ query, ...times[kind] }),
  });
  const { data, error } = (await response.json()) as { data?: { result: Sampled[] }; error?: string };
  if (!data) throw new Error(`${query}: ${error}`);
  const toNumber = (text: string) => (text === '+Inf' ? Infinity : text === '-Inf' ? -Infinity : Number(text));
  return new Map(
    data.result.map(({ metric, values, value }) => [
      Labels.from(metric).key,
      (values ?? [value!]).map(([time, text]) => [time, toNumber(text)]),
    ]),
  );
}

/** What proxies, cAdvisor and istiod would have exported: with restarts, gaps, late starts and early ends. */
function makeSeries(): WrittenSeries[] {
  const random = new Random(7);
  const series: WrittenSeries[] = [];
  const steps = (minutes * 60) / scrapeSeconds;
  const counter = (
    labels: Record<string, string>,
    perScrape: number,
    { from = 0, to = steps, restartAt = -1 } = {},
  ) => {
    const samples: [number, number][] = [];
    let value = 0;
    for (let step = 0; step < steps; step++) {
      value = step === restartAt ? 0 : value + random.poisson(perScrape);
      // A scrape is late by some milliseconds, and one in forty is lost.
      const isKept = step >= from && step < to && random.next() > 0.025;
      if (isKept) samples.push([startMs + step * scrapeSeconds * 1000 + Math.floor(random.next() * 40), value]);
    }
    series.push({ labels, samples });
  };
  for (const [index, workload] of ['reviews-v1', 'reviews-v2', 'reviews-v2.canary'].entries()) {
    for (const pod of ['a', 'b']) {
      const name = `${workload}-${['5d8', '77f', '9c4'][index]}-${pod}`;
      const life = { from: 20 * index, to: pod === 'b' ? steps - 30 : steps, restartAt: pod === 'a' ? 70 : -1 };
      const target = { namespace: 'shop', pod: name, instance: `shop/${name}`, cluster: pod === 'a' ? 'east' : 'west' };
      const labels = {
        ...target,
        reporter: 'destination',
        destination_workload: workload,
        destination_workload_namespace: 'shop',
        source_workload_namespace: pod === 'a' ? 'shop' : 'web',
      };
      for (const source of ['productpage-v1', 'unknown'])
        for (const [code, rate] of [
          ['200', 90],
          ['404', 3],
          ['500', 1],
          ['0', 0.2],
        ] as const) {
          const ofCode = { ...labels, source_workload: source, response_code: code, request_protocol: 'http' };
          counter({ __name__: 'istio_requests_total', ...ofCode }, source === 'unknown' ? rate / 10 : rate, life);
        }
      const grpc = { request_protocol: 'grpc', response_code: '200', source_workload: 'productpage-v1' };
      for (const status of ['0', '13'])
        counter({ __name__: 'istio_requests_total', ...labels, ...grpc, grpc_response_status: status }, 2, life);
      histogram(
        series,
        random,
        { ...labels, source_workload: 'productpage-v1' },
        'istio_request_duration_milliseconds',
        bucketBounds,
      );
      series.push({ labels: { __name__: 'up', ...target }, samples: steadily(steps, () => 1) });
      const container = { ...target, container: 'reviews' };
      counter({ __name__: 'container_cpu_usage_seconds_total', ...container }, 4, life);
      series.push({
        labels: { __name__: 'container_memory_working_set_bytes', ...container },
        samples: steadily(steps, () => 60_000_000 + Math.floor(random.next() * 1e6)),
      });
    }
  }
  for (const [index, { statPrefix, host, port }] of clones.slice(0, 2).entries()) {
    const name = `envoy_vhost_${host.replaceAll('.', '_')}_${port}_route_${statPrefix}_upstream_rq_completed`;
    for (const pod of ['web-a', 'web-b'])
      counter({ __name__: name, namespace: 'web', pod, cluster: 'east' }, 7, { from: 30 * index });
  }
  for (const [source, service] of [
    ['checkout', 'outside.example.com'],
    ['cart', 'outside.example.com:8443'],
    ['cart', 'inside.example.com'],
  ]) {
    const caller = { namespace: 'web', source_workload: source!, source_workload_namespace: 'web', cluster: 'east' };
    counter({ __name__: 'istio_requests_total', reporter: 'source', ...caller, destination_service: service! }, 1);
  }
  histogram(series, random, { cluster: 'east' }, 'pilot_proxy_convergence_time', [
    0.1,
    0.5,
    1,
    3,
    5,
    10,
    20,
    30,
    Infinity,
  ]);
  return series;
}

function histogram(
  series: WrittenSeries[],
  random: Random,
  labels: Record<string, string>,
  name: string,
  bounds: readonly number[],
): void {
  const steps = (minutes * 60) / scrapeSeconds;
  const totals = bounds.map(() => 0);
  const columns: [number, number][][] = bounds.map(() => []);
  for (let step = 0; step < steps; step++) {
    const timeMs = startMs + step * scrapeSeconds * 1000 + 5;
    let cumulative = 0;
    for (const [index] of bounds.entries()) {
      totals[index]! += random.poisson(6 / (1 + Math.abs(index - 4)));
      cumulative += totals[index]!;
      columns[index]!.push([timeMs, cumulative]);
    }
  }
  for (const [index, bound] of bounds.entries()) {
    const le = bound === Infinity ? '+Inf' : String(bound);
    series.push({ labels: { __name__: `${name}_bucket`, ...labels, le }, samples: columns[index]! });
  }
}

function steadily(steps: number, value: () => number): [number, number][] {
  return Array.from({ length: steps }, (_, step) => [startMs + step * scrapeSeconds * 1000 + 3, value()]);
}
