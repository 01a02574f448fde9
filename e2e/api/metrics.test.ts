import type { ErrorBody } from '@/lib/contract/error';
import { TaskListMetrics, TaskMetrics } from '@/lib/contract/metrics';
import { toConfigMap } from '@/lib/domain/record';
import type { TaskRecord } from '@/lib/domain/task';
import { testRecord } from '@/lib/server/metrics/testing/test-mesh';
import { afterEach, expect, it } from 'vitest';
import { startTestConsole, type Call, type TestConsole } from './console';

let console: TestConsole | undefined;
afterEach(async () => {
  await console?.stop();
  console = undefined;
});

const one = '/api/tasks/[namespace]/[name]/metrics';
const many = '/api/tasks/metrics';
const namespace = 'demo-project';

/** A task of `reviews` that started five minutes ago and was lowered since. */
function recordNow(): TaskRecord {
  const now = Date.now();
  const { spec } = testRecord();
  const host = `reviews.${namespace}.svc.cluster.local`;
  const destinationRule = { namespace, name: 'reviews' };
  const entry = { by: 'admin', outcome: 'done', detail: null } as const;
  return testRecord({
    spec: {
      ...spec,
      namespace,
      name: 'charted',
      service: { ...spec.service, host },
      subsets: spec.subsets && { ...spec.subsets, destinationRule, host },
    },
    activity: [
      { ...entry, at: new Date(now - 300_000).toISOString(), verb: 'create', percentage: 100 },
      { ...entry, at: new Date(now - 120_000).toISOString(), verb: 'change', percentage: 25 },
    ],
  });
}

async function start(options?: Parameters<typeof startTestConsole>[0]) {
  console = await startTestConsole(options);
  const { getCluster } = await import('@/lib/server/cluster/get-cluster');
  await getCluster().create(toConfigMap(recordNow()));
  return console;
}

async function get<T>(running: TestConsole, pattern: string, call: Call): Promise<{ status: number; body: T }> {
  const response = await running.call(running.route(pattern), call);
  return { status: response.status, body: (await response.json()) as T };
}

const charted = { params: { namespace, name: 'charted' } };

it('the charts come on a grid that fits their range', async () => {
  const running = await start();
  const grids = { '15m': [15, 61], '1h': [15, 241], '6h': [60, 361], '24h': [300, 289] };
  for (const [range, [step, points]] of Object.entries(grids)) {
    const { status, body } = await get<TaskMetrics>(running, one, { ...charted, query: `?range=${range}` });
    expect(status).toBe(200);
    expect(TaskMetrics.safeParse(body).error).toBeUndefined();
    expect(body.stepSeconds).toBe(step);
    expect(body.end % body.stepSeconds).toBe(0);
    expect(body.problem).toBeNull();
    for (const series of body.series) expect(series.points).toHaveLength(points ?? 0);
    const rate = body.series.find(({ metric, side }) => metric === 'rate' && side === 'primary');
    expect(rate?.points.some(([, value]) => (value ?? 0) > 1)).toBe(true);
  }
});

it('the charts carry every change of the percentage, in the language that is asked for', async () => {
  const running = await start();
  const { body } = await get<TaskMetrics>(running, one, { ...charted, headers: { 'accept-language': 'zh' } });
  expect(body.markers.map(({ kind, percentage }) => [kind, percentage])).toEqual([
    ['create', 100],
    ['change', 25],
  ]);
  for (const { text } of body.markers) expect(text).toMatch(/[\u4e00-\u9fff].*(100|25)/);
});

it('a step of the reader is taken, unless it would make too many points', async () => {
  const running = await start();
  const wide = await get<TaskMetrics>(running, one, { ...charted, query: '?range=1h&step=120' });
  expect(wide.body.stepSeconds).toBe(120);
  const narrow = await get<ErrorBody>(running, one, { ...charted, query: '?range=24h&step=5' });
  expect(narrow.status).toBe(400);
  expect(narrow.body.error.details?.map(({ path, code }) => [path, code])).toEqual([['step', 'too_small']]);
});

it('charts keep what they had while Prometheus is away', async () => {
  const running = await start();
  const before = await get<TaskMetrics>(running, one, charted);
  await running.sandbox.setPrometheusOutage(true);
  const query = '?range=1h&step=30';
  const fresh = await get<TaskMetrics>(running, one, { ...charted, query });
  expect(fresh.status).toBe(200);
  expect(fresh.body).toMatchObject({ series: [], problem: { code: 'metrics_unreachable' } });
  expect(fresh.body.problem?.message).toContain('Prometheus');
  await running.sandbox.setPrometheusOutage(false);
  expect((await get<TaskMetrics>(running, one, { ...charted, query })).body.problem).toBeNull();
  expect(before.body.series.length).toBeGreaterThan(10);
});

it('the list gets one row per task that is there, and none for what is not', async () => {
  const running = await start();
  const query = `?task=${namespace}/charted&task=${namespace}/nothing&task=kube-system/charted`;
  const { status, body } = await get<TaskListMetrics>(running, many, { query });
  expect(status).toBe(200);
  expect(TaskListMetrics.safeParse(body).error).toBeUndefined();
  expect(body.items.map(({ name }) => name)).toEqual(['charted']);
  expect(body.items[0]?.last.primary).toBeGreaterThan(1);
  // The mirror of this record does not exist: nothing is measured, which is not zero.
  expect(body.items[0]?.last.mirror).toBeNull();
});

it('the list refuses what is not a task, by its path', async () => {
  const running = await start();
  for (const task of ['../x', 'a', 'a/b/c', 'A/b', 'a/b"}', 'a/%2e%2e', '']) {
    const { status, body } = await get<ErrorBody>(running, many, { query: `?task=${encodeURIComponent(task)}` });
    expect(status).toBe(400);
    expect(body.error.details?.map(({ path }) => path)).toEqual(['task[0]']);
  }
});

it('a task in a namespace that the user may not see is not there', async () => {
  const running = await start({ user: 'project-regular' });
  expect((await get<ErrorBody>(running, one, { params: { namespace: 'httpbin', name: 'charted' } })).status).toBe(404);
  const list = await get<TaskListMetrics>(running, many, { query: '?task=httpbin/charted' });
  expect(list.body.items).toEqual([]);
});

it('charts are for who may list pods', async () => {
  const running = await start();
  const { getCluster } = await import('@/lib/server/cluster/get-cluster');
  const cluster = getCluster();
  const review = cluster.review.bind(cluster);
  cluster.review = async (accesses) =>
    (await review(accesses)).map((allowed, index) => allowed && accesses[index]?.resource !== 'pods');
  const refused = await get<ErrorBody>(running, one, charted);
  expect(refused.status).toBe(403);
  expect(refused.body.error.message).toContain('list pods');
  const list = await get<TaskListMetrics>(running, many, { query: `?task=${namespace}/charted` });
  expect(list.body.items[0]).toMatchObject({ series: [], problem: { code: 'metrics_not_allowed' } });
});
