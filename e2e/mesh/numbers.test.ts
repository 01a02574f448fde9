import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { bucketBounds } from '../../lib/sandbox/mesh/latency.ts';
import type { TaskMetrics } from '../../lib/contract/metrics.ts';
import { labKube, leaveNamespace, readyPods } from './lab-client.ts';
import { LabConsole } from './lab-console.ts';
import type { AppCounts } from './lab/app.ts';
import { ConstantLoad, type LoadedRequest } from './fire/load.ts';
import { makeShop, mirrorWorkload, service, task, taskInput, type Variant } from './fire/shop.ts';

const measuredSeconds = 120;
/** Of what the applications counted themselves. */
const tolerance = 0.02;
const perSecond = 30;
const settleMs = 2500;
/** From a request to the scrape that brings its answer, two seconds later, and more. */
const scrapedAfterMs = 5000;
/** The page's times are multiples of its step, 5 s: by then one of them lies behind the first copies. */
const firstReadAfterMs = 8000;
/** Of the errors, which come at random while the page looks back from each of its times. */
const errorTolerance = 0.1;
/** Durations over several of Envoy's buckets, long beside what the machine adds; and some errors. */
const behaviour = { 'latency-ms-p50': '800', 'latency-ms-p99': '1600', 'error-rate': '0.05' };
/**
 * The mirrored version is another one: a page that took one side for the other would be wrong. Its answers stay clear of
 * the bounds at 1000 and 2500 ms, whatever the machine adds: chance would decide in which bucket a quantile is.
 */
const mirrorEnv = { LATENCY_MS_P50: '1500', LATENCY_MS_P99: '1800', ERROR_RATE: '0.2' };
/** A rate looks back for a step of the page, 5 s, and a scrape of the lab, 1 s. */
const lookBackSeconds = 6;

interface Case {
  title: string;
  variant: Variant;
  percentage: number;
  /** Ports whose requests are copied; absent: all. */
  ports?: number[];
}

const cases: Case[] = [
  {
    title: 'without a clone',
    variant: { namespace: 'numbers-1', placement: 'dedicated', owner: 'one route', ports: [9080], behaviour },
    // Chance picks the copies: of a smaller share they would differ by more than 2 % from one time to the next.
    percentage: 80,
  },
  {
    title: 'with a clone for every port',
    variant: { namespace: 'numbers-2', placement: 'dedicated', owner: 'one route', ports: [9080, 9090], behaviour },
    percentage: 100,
  },
  {
    title: 'with a clone for one port of two',
    variant: { namespace: 'numbers-3', placement: 'dedicated', owner: 'one route', ports: [9080, 9090], behaviour },
    percentage: 100,
    ports: [9080],
  },
];

interface Side {
  /** Requests that arrived per second. */
  rate: number;
  /** Requests with status 200 per second. */
  answeredPerSecond: number;
  /** Percent of the measured requests that were not answered with an error. */
  success: number;
  /** Milliseconds by quantile, estimated from Istio's buckets. */
  latency: Record<number, number>;
}

interface Page {
  metrics: TaskMetrics;
  coverage: { value: number | null; arrivedPerSecond: number | null; reason: unknown };
  /** Requests with status 200 that the page counts up to `metrics.end`. */
  answered: Record<'primary' | 'mirror', number>;
}

interface Measured {
  /** At the end. */
  page: Page;
  /** Requests with status 200 that the page's count grew by, per second of the page's own time. */
  answeredPerSecond: Record<'primary' | 'mirror', number>;
  own: Record<'primary' | 'mirror', Side>;
  /** Requests per second that the client's proxy counted on routes with a statPrefix; null: there are none. */
  clones: number | null;
  /** Requests per second that the client sent to the chosen ports. */
  sent: number;
}

let console: LabConsole;
const measured = new Map<Case, Measured>();

beforeAll(async () => {
  console = await LabConsole.start({ settleMs });
  await Promise.all(cases.map(async (one) => measured.set(one, await measure(one))));
}, 600_000);
afterAll(() => console?.stop());

describe('over two minutes the page tells what the applications counted', () => {
  for (const one of cases) {
    it.each(['primary', 'mirror'] as const)(`${one.title}: rate, success, latency and codes of the %s`, (side) => {
      const { page, answeredPerSecond, own } = measured.get(one)!;
      const mean = (metric: string, quantile: number | null = null) => {
        const series = page.metrics.series.find(
          (each) => each.side === side && each.metric === metric && each.quantile === quantile,
        );
        return meanOf(series!.points.map(([, value]) => value));
      };
      expectClose(mean('rate'), own[side].rate);
      expectClose(100 - mean('success'), 100 - own[side].success, errorTolerance);
      for (const quantile of [0.5, 0.95, 0.99]) expectClose(mean('latency', quantile), own[side].latency[quantile]!);
      expectClose(answeredPerSecond[side], own[side].answeredPerSecond);
    });
  }

  it('coverage is the mirror’s requests over those that are to be copied, by the live version or by the clones', () => {
    for (const one of cases) {
      const { page, own, sent } = measured.get(one)!;
      expect(page.coverage.reason).toBeNull();
      const toCopy = (one.ports ? sent : own.primary.rate) * (one.percentage / 100);
      expectClose(page.coverage.value ?? 0, own.mirror.rate / toCopy);
      expectClose(page.coverage.arrivedPerSecond ?? 0, own.mirror.rate);
    }
  });

  it('Envoy counts what meets a clone by its statPrefix', () => {
    expect(measured.get(cases[0]!)!.clones).toBeNull();
    for (const one of cases.slice(1)) expectClose(measured.get(one)!.clones ?? 0, measured.get(one)!.sent);
  });
});

async function measure({ variant, percentage, ports }: Case): Promise<Measured> {
  const { namespace } = variant;
  const { egress, requests } = await makeShop(labKube(), variant);
  const load = new ConstantLoad({ egress, host: `${service}.${namespace}`, requests, perSecond });
  try {
    const { status, body } = await console.api('POST', '/tasks', {
      ...asAnotherVersion(taskInput(variant, percentage)),
      ...(ports && { ports }),
    });
    expect(status, JSON.stringify(body)).toBe(201);
    await console.untilState(namespace, task, 'Mirroring', 120_000);
    await delay(settleMs);
    const before = { primary: await countsOf(namespace, 'shop-v1'), mirror: await countsOf(namespace, mirrorWorkload) };
    const startedMs = Date.now();
    const { sent } = load.result;
    await delay(firstReadAfterMs);
    const first = await readPage(namespace, startedMs);
    await delay(measuredSeconds * 1000 - firstReadAfterMs);
    const elapsedSeconds = (Date.now() - startedMs) / 1000;
    const after = { primary: await countsOf(namespace, 'shop-v1'), mirror: await countsOf(namespace, mirrorWorkload) };
    const chosen = shareOf(requests, ports);
    const own = {
      primary: sideOf(before.primary, after.primary, elapsedSeconds),
      mirror: sideOf(before.mirror, after.mirror, elapsedSeconds),
    };
    const sentPerSecond = ((load.result.sent - sent) / elapsedSeconds) * chosen;
    await delay(scrapedAfterMs);
    const last = await readPage(namespace, startedMs);
    // The page's times are multiples of its step: a page read a moment later may count up to a step more.
    const perSecondOfPage = (side: 'primary' | 'mirror') =>
      (last.answered[side] - first.answered[side]) / (last.metrics.end - first.metrics.end);
    return {
      page: last,
      answeredPerSecond: { primary: perSecondOfPage('primary'), mirror: perSecondOfPage('mirror') },
      own,
      clones: await requestsOfClones(namespace, Math.floor(elapsedSeconds)),
      sent: sentPerSecond,
    };
  } finally {
    await load.stop();
    leaveNamespace(labKube(), namespace);
  }
}

function asAnotherVersion(input: ReturnType<typeof taskInput>) {
  const env = Object.entries(mirrorEnv).map(([name, value]) => ({ name, value }));
  const containers = input.target.containers.map((container) => ({ ...container, env }));
  return { ...input, target: { ...input.target, containers } };
}

/** What the task's page asks for, with the points of the measured time alone. */
async function readPage(namespace: string, startedMs: number): Promise<Page> {
  const { body: view } = await console.api('GET', `/tasks/${namespace}/${task}`);
  const { body } = await console.api('GET', `/tasks/${namespace}/${task}/metrics?range=15m&step=5`);
  const metrics = body as TaskMetrics;
  const from = startedMs / 1000 + lookBackSeconds;
  const series = metrics.series.map((one) => ({ ...one, points: one.points.filter(([time]) => time >= from) }));
  const answered = (side: string) =>
    metrics.totals.find((total) => total.side === side && total.code === '200')?.count ?? 0;
  return {
    metrics: { ...metrics, series },
    coverage: view.coverage,
    answered: { primary: answered('primary'), mirror: answered('mirror') },
  };
}

async function countsOf(namespace: string, workload: string): Promise<AppCounts> {
  const [pod] = await readyPods(namespace, workload);
  return (await (await fetch(`${pod!.app}/-/counts`)).json()) as AppCounts;
}

function sideOf(before: AppCounts, after: AppCounts, seconds: number): Side {
  const difference = (name: keyof AppCounts) =>
    Object.fromEntries(Object.entries(after[name]).map(([key, count]) => [key, count - (before[name][key] ?? 0)]));
  const total = (counts: Record<string, number>) => Object.values(counts).reduce((sum, count) => sum + count, 0);
  const codes = difference('codes');
  return {
    rate: total(difference('requests')) / seconds,
    answeredPerSecond: (codes['200'] ?? 0) / seconds,
    success: 100 * (1 - (codes['500'] ?? 0) / total(codes)),
    latency: Object.fromEntries(
      [0.5, 0.95, 0.99].map((quantile) => [quantile, quantileOf(difference('durationsMs'), quantile)]),
    ),
  };
}

/** As Prometheus estimates it: linear within the bucket. */
function quantileOf(durationsMs: Record<string, number>, quantile: number): number {
  const counts = bucketBounds.map((bound, index) =>
    Object.entries(durationsMs)
      .filter(([ms]) => Number(ms) <= bound && Number(ms) > (bucketBounds[index - 1] ?? -1))
      .reduce((sum, [, count]) => sum + count, 0),
  );
  const rank = quantile * counts.reduce((sum, count) => sum + count, 0);
  let below = 0;
  for (const [index, count] of counts.entries()) {
    if (below + count >= rank) {
      const lower = bucketBounds[index - 1] ?? 0;
      return lower + ((bucketBounds[index]! - lower) * (rank - below)) / count;
    }
    below += count;
  }
  return NaN;
}

function shareOf(requests: readonly LoadedRequest[], ports: readonly number[] | undefined): number {
  return ports ? requests.filter(({ port }) => ports.includes(port)).length / requests.length : 1;
}

async function requestsOfClones(namespace: string, seconds: number): Promise<number | null> {
  const name = `envoy_vhost_shop_${namespace.replaceAll('-', '_')}_svc_cluster_local_.*_route_mc_.*_upstream_rq_completed`;
  // Not rate(): it would drop the names, which are all that tells the clones apart.
  const query = `(sum({__name__=~"${name}"}) - sum({__name__=~"${name}"} offset ${seconds}s)) / ${seconds}`;
  const response = await fetch(`${inject('lab').prometheus}/api/v1/query?${new URLSearchParams({ query })}`);
  const { data } = (await response.json()) as { data: { result: { value: [number, string] }[] } };
  return data.result[0] ? Number(data.result[0].value[1]) : null;
}

function meanOf(values: readonly (number | null)[]): number {
  expect(values.length).toBeGreaterThan(10);
  expect(values).not.toContain(null);
  return values.reduce<number>((sum, value) => sum + (value ?? 0), 0) / values.length;
}

function expectClose(told: number, counted: number, within = tolerance): void {
  expect(Math.abs(told - counted) / counted, `${told} told, ${counted} counted`).toBeLessThan(within);
}
