import type { MetricSeries } from '@/lib/contract/metrics';
import { afterEach, describe, expect, it } from 'vitest';
import type { PrometheusFault } from '@/lib/sandbox/prometheus/faults';
import { measureCoverage } from './coverage';
import { measureTasks } from './list-metrics';
import { markersOf, measureTask } from './task-metrics';
import { startTestMesh, testRecord } from './testing/test-mesh';

type World = Awaited<ReturnType<typeof startTestMesh>>;

let world: World | undefined;
afterEach(async () => {
  await world?.stop();
  world = undefined;
});

const record = testRecord();
const measure = ({ prometheus }: World, range: '15m' | '1h' = '15m') =>
  measureTask(record, { prometheus, matcher: null, range });
const values = (series: MetricSeries | undefined) => (series?.points ?? []).flatMap(([, value]) => value ?? []);
const mean = (numbers: number[]) => numbers.reduce((sum, value) => sum + value, 0) / numbers.length;
const find = (series: MetricSeries[], wanted: Partial<MetricSeries>) =>
  series.find((one) => Object.entries(wanted).every(([key, value]) => one[key as keyof MetricSeries] === value));

describe('the charts of a task', () => {
  it('show both sides alike, from full history, with the query of each series', async () => {
    world = await startTestMesh({ percentage: 50 });
    const measured = await measure(world, '1h');
    expect(measured).toMatchObject({ stepSeconds: 15, scrapeIntervalSeconds: 15, problem: null });
    const [primary, mirror] = (['primary', 'mirror'] as const).map((side) =>
      find(measured.series, { metric: 'rate', side }),
    );
    expect(values(primary).length).toBeGreaterThan(220);
    expect(mean(values(mirror)) / mean(values(primary))).toBeCloseTo(0.5, 1);
    expect(mirror?.query).toContain('destination_workload="reviews-v2"');
    expect(mirror?.target).toBe('version');

    for (const side of ['primary', 'mirror'] as const) {
      expect(mean(values(find(measured.series, { metric: 'success', side })))).toBeGreaterThan(90);
      const latencies = [0.5, 0.95, 0.99].map((quantile) =>
        mean(values(find(measured.series, { metric: 'latency', side, quantile }))),
      );
      expect(latencies).toEqual(latencies.toSorted((a, b) => a - b));
      expect(latencies[0]).toBeGreaterThan(0);
      expect(values(find(measured.series, { metric: 'codes', side, code: '200' })).length).toBeGreaterThan(200);
    }
    const total = (side: string) => measured.totals.find((one) => one.side === side && one.code === '200')?.count ?? 0;
    expect(total('mirror') / total('primary')).toBeCloseTo(0.5, 1);
    for (const series of measured.series) expect(series.points).toHaveLength(241);
  });

  it('have gaps, not zeros, for a version that nobody has measured yet', async () => {
    world = await startTestMesh();
    const measured = await measure(world);
    for (const metric of ['rate', 'success', 'latency'] as const) {
      const mirror = find(measured.series, { metric, side: 'mirror' });
      expect(mirror?.points.every(([, value]) => value === null)).toBe(true);
      expect(values(find(measured.series, { metric, side: 'primary' })).length).toBeGreaterThan(50);
    }
    expect(find(measured.series, { metric: 'codes', side: 'mirror' })).toBeUndefined();
    expect(measured.totals.every(({ side }) => side === 'primary')).toBe(true);
    expect(measured.problem).toBeNull();
  });

  it('begin where copies begin', async () => {
    world = await startTestMesh();
    world.store.put(world.v2, world.route(100));
    world.clock.advance(300_000);
    const mirror = find((await measure(world)).series, { metric: 'rate', side: 'mirror' });
    const first = mirror?.points.find(([, value]) => value !== null)?.[0] ?? 0;
    const last = mirror?.points.at(-1);
    expect((last?.[0] ?? 0) - first).toBeLessThanOrEqual(300);
    expect(last?.[1]).toBeGreaterThan(10);
  });

  it('keep what they had while Prometheus is away, and say so', async () => {
    world = await startTestMesh({ percentage: 100 });
    const before = await measure(world);
    await world.server.setOutage(true);
    world.clock.advance(60_000);
    const during = await measure(world);
    expect(during.problem?.code).toBe('metrics_unreachable');
    expect(during.series).toEqual(before.series);
    await world.server.setOutage(false);
    const after = await measure(world);
    expect(after.problem).toBeNull();
    expect(after.end).toBe(before.end + 60);
  });

  it.each<[PrometheusFault['kind'], string | null]>([
    ['empty', null],
    ['nan', null],
    ['garbage', 'metrics_bad_answer'],
    ['error500', 'metrics_unreachable'],
  ])('invent nothing while Prometheus answers %s', async (kind, problem) => {
    world = await startTestMesh({ percentage: 100 });
    world.server.setFault({ kind, delayMs: 0 });
    const fresh = testRecord({ createdAt: `2026-01-01T00:00:00.${kind}` });
    const options = { prometheus: world.prometheus, matcher: null };
    const measured = await measureTask(fresh, { ...options, range: '15m' });
    expect(measured.problem?.code ?? null).toBe(problem);
    expect(measured.series.flatMap(({ points }) => points.flatMap(([, value]) => value ?? []))).toEqual([]);
    expect(measured.totals.flatMap(({ count }) => count ?? [])).toEqual([]);
    const coverage = await measureCoverage(fresh.spec, fresh.percentageSince, world.clock.now(), {
      ...options,
      settleMs: 10_000,
      otherPorts: [],
    });
    expect(coverage).toMatchObject({ value: null, arrivedPerSecond: null, finding: null });
    expect(coverage.reason).not.toBeNull();
  });

  it('have nothing of an earlier task of the same name', async () => {
    world = await startTestMesh({ percentage: 100 });
    const before = await measure(world);
    expect(before.series).not.toEqual([]);
    await world.server.setOutage(true);
    world.clock.advance(60_000);
    const again = testRecord({ createdAt: new Date(world.clock.now()).toISOString() });
    const measured = await measureTask(again, { prometheus: world.prometheus, matcher: null, range: '15m' });
    expect(measured).toMatchObject({ series: [], totals: [], problem: { code: 'metrics_unreachable' } });
  });

  it('say when no Prometheus is configured', async () => {
    const other = testRecord({ spec: { ...record.spec, name: 'other' } });
    const measured = await measureTask(other, { prometheus: null, matcher: null, range: '1h' });
    expect(measured).toMatchObject({ series: [], totals: [], problem: { code: 'metrics_not_configured' } });
  });
});

it('markers tell when the percentage changed, and only what was done', () => {
  const entry = (
    at: string,
    verb: 'create' | 'change' | 'pause' | 'resume' | 'delete',
    outcome: 'started' | 'done' | 'failed',
    percentage: number | null,
  ) => ({
    at,
    verb,
    outcome,
    percentage,
    by: 'admin',
    detail: null,
  });
  const activity = [
    entry('2026-11-23T08:00:00Z', 'create', 'started', 100),
    entry('2026-11-23T08:00:30Z', 'create', 'done', 100),
    entry('2026-11-23T08:10:00Z', 'change', 'done', 25),
    entry('2026-11-23T08:15:00Z', 'change', 'failed', 50),
    entry('2026-11-23T08:20:00Z', 'pause', 'done', null),
    entry('2026-11-23T08:30:00Z', 'resume', 'done', 25),
    entry('2026-11-23T08:40:00Z', 'delete', 'started', null),
  ];
  expect(markersOf(testRecord({ activity })).map(({ kind, percentage }) => [kind, percentage])).toEqual([
    ['create', 100],
    ['change', 25],
    ['pause', 0],
    ['resume', 25],
  ]);
});

describe('the rows of the list', () => {
  it('show rates and differences of every task from a handful of queries', async () => {
    world = await startTestMesh({ percentage: 100 });
    const records = Array.from({ length: 30 }, (_, index) =>
      testRecord({ spec: { ...record.spec, name: `task-${index}` } }),
    );
    const sent: string[] = [];
    const { prometheus } = world;
    for (const method of ['query', 'queryRange'] as const) {
      const original = prometheus[method].bind(prometheus) as (...parameters: unknown[]) => Promise<never>;
      prometheus[method] = (...parameters: [string, ...never[]]) => {
        sent.push(parameters[0]);
        return original(...parameters);
      };
    }
    const rows = await measureTasks(records, { prometheus, matcher: null });
    expect(sent.length).toBeLessThanOrEqual(4);
    expect(rows.map(({ name }) => name)).toEqual(records.map(({ spec }) => spec.name));
    for (const row of rows) {
      expect(row.problem).toBeNull();
      expect(row.last.primary).toBeGreaterThan(10);
      expect(row.last.mirror).toBeGreaterThan(10);
      expect(row.series.map(({ side, points }) => [side, points.length])).toEqual([
        ['primary', 31],
        ['mirror', 31],
      ]);
      const [success, latency] = row.differences;
      expect(success).toMatchObject({ metric: 'success', unit: 'percentage_points' });
      expect(success?.low).toBeLessThanOrEqual(success?.value ?? Number.NaN);
      expect(success?.high).toBeGreaterThanOrEqual(success?.value ?? Number.NaN);
      expect(success?.samples).toBeGreaterThan(10_000);
      expect(latency).toMatchObject({ metric: 'latency_p95', unit: 'milliseconds', low: null, high: null });
      expect(typeof latency?.value).toBe('number');
    }
  });

  it('compare each target of a task by itself, and none that has clients of its own', async () => {
    world = await startTestMesh({ percentage: 100 });
    const [target] = record.spec.targets;
    const slow = { ...target, id: 'version-2', workload: 'reviews-v3', version: 'v3' };
    const input = { kind: 'service', namespace: 'demo', name: 'ratings', port: 9080 } as const;
    const service = { ...target, id: 'service', input, workload: null, behind: ['ratings-v1'] };
    const several = testRecord({ spec: { ...record.spec, targets: [target, slow, service] } });
    const options = { prometheus: world.prometheus, matcher: null };
    const [alone, row] = await measureTasks([record, several], options);
    expect(alone?.differences.map((one) => one.target)).toEqual(['version', 'version']);
    const of = (id: string) => row?.differences.filter((one) => one.target === id) ?? [];
    expect(of('version')).toEqual(alone?.differences);
    // Nobody has measured it yet: no number, and not the other one's.
    expect(of('version-2').map(({ metric, value }) => [metric, value])).toEqual([
      ['success', null],
      ['latency_p95', null],
    ]);
    expect(of('service')).toEqual([]);
  });

  it('compare nothing while the task is paused, or has only just begun', async () => {
    world = await startTestMesh({ percentage: 100 });
    const now = new Date(world.clock.now()).toISOString();
    const options = { prometheus: world.prometheus, matcher: null };
    const [paused] = await measureTasks([testRecord({ desired: 'paused' })], options);
    expect(paused?.differences).toEqual([]);
    expect(paused?.last.mirror).toBeGreaterThan(0);
    const [young] = await measureTasks([testRecord({ percentageSince: now })], options);
    expect(young?.differences).toEqual([]);
  });

  it('say why there are no numbers', async () => {
    world = await startTestMesh();
    await world.server.setOutage(true);
    const [row] = await measureTasks([record], { prometheus: world.prometheus, matcher: null });
    expect(row).toMatchObject({ series: [], differences: [], problem: { code: 'metrics_unreachable' } });
    const [without] = await measureTasks([record], { prometheus: null, matcher: null });
    expect(without?.problem?.code).toBe('metrics_not_configured');
  });
});
