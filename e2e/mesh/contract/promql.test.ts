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

/** Every query of the console: by name, with and without the configured matcher, over short and long windows. */
const queries = [null, matcher].flatMap((matcher) =>
  [60, 300, 1800].flatMap((windowSeconds) => {
    const options = { windowSeconds, matcher };
    const sets = [primary, mirror, both];
    return [
      ...sets.flatMap((set) => [
        promql.requestRate(set, options),
        promql.requestTotals(set, matcher),
        promql.requestRateByCode(set, options),
        promql.successPercent(set, options),
        ...[0.5, 0.95, 0.99].map((quantile) => promql.latencyQuantile(quantile, set, options)),
        promql.requestCountByCode(set, options),
        promql.requestCountFromMesh(set, options),
        promql.requestsSeenFromOutside(set, options),
        promql.scrapedWorkload(set, matcher),
      ]),
      promql.requestRateOfMany(sets, options),
      promql.requestRateByWorkload('shop', options),
      promql.requestCountOfMany(sets, options),
      promql.failureCountOfMany(sets, options),
      promql.latencyQuantileOfMany(0.95, sets, options),
      promql.requestCountFromMeshOfMany(sets, options),
      promql.requestCountFromOutsideOfMany(sets, options),
      promql.scrapedPodsOfMany(sets, matcher),
      promql.podCpu('shop', ['reviews-v1-5d8-a', 'reviews-v2-77f-b'], options),
      promql.podMemory('shop', ['reviews-v1-5d8-a', 'reviews-v2-77f-b'], matcher),
      promql.proxyConvergenceP99(options),
    ];
  }),
);

type Answer = Map<string, [number, number][]>;
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
  it.each([...new Set(queries)])('the sandbox and Prometheus answer alike: %s', async (query) => {
    const [sandbox, real] = await Promise.all([ask(urls.sandbox, query), ask(urls.real, query)]);
    expect([...sandbox.keys()].toSorted()).toEqual([...real.keys()].toSorted());
    for (const [labels, points] of real) {
      const ours = sandbox.get(labels)!;
      expect(ours.map(([time]) => time)).toEqual(points.map(([time]) => time));
      for (const [index, [, value]] of points.entries()) expect(differs(ours[index]![1], value), query).toBe(false);
    }
  });

  it('most queries have answers', async () => {
    const answers = await Promise.all([...new Set(queries)].map((query) => ask(urls.real, query)));
    const filled = answers.filter((answer) => [...answer.values()].some((points) => points.length > 0));
    expect(filled.length).toBeGreaterThan(0.9 * answers.length);
  });
});

function differs(ours: number, theirs: number): boolean {
  if (Number.isNaN(theirs)) return !Number.isNaN(ours);
  return Math.abs(ours - theirs) > relativeError * Math.max(Math.abs(theirs), Number.MIN_VALUE);
}

/** A range query with a step that does not fall on scrapes. */
async function ask(url: string, query: string): Promise<Answer> {
  const range = { start: String(startMs / 1000 + 7), end: String(endMs / 1000), step: '37' };
  const response = await fetch(`${url}/api/v1/query_range`, {
    method: 'POST',
    body: new URLSearchParams({ query, ...range }),
  });
  const { data, error } = (await response.json()) as {
    data?: { result: { metric: Record<string, string>; values: [number, string][] }[] };
    error?: string;
  };
  if (!data) throw new Error(`${query}: ${error}`);
  const toNumber = (text: string) => (text === '+Inf' ? Infinity : text === '-Inf' ? -Infinity : Number(text));
  return new Map(
    data.result.map(({ metric, values }) => [
      Labels.from(metric).key,
      values.map(([time, text]) => [time, toNumber(text)]),
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
