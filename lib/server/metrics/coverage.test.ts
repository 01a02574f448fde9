import type { CountedClone } from '@/lib/domain/counted-clones';
import { pod, testStartMs } from '@/lib/sandbox/mesh/test-world';
import type { RequestSelection } from '@/lib/domain/request-match';
import { withPercentages } from '@/lib/domain/targets';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { measureCoverage } from './coverage';
import { startTestMesh, testRecord } from './testing/test-mesh';

type World = Awaited<ReturnType<typeof startTestMesh>>;

let world: World | undefined;
afterEach(async () => {
  await world?.stop();
  world = undefined;
});

const { spec } = testRecord();
const anHourAgo = new Date(testStartMs - 3_600_000).toISOString();

interface Case {
  percentage?: number;
  since?: string;
  otherPorts?: readonly number[] | null;
  copiesEveryRequest?: boolean;
  clones?: readonly CountedClone[] | null;
  selection?: RequestSelection;
}

function measure(
  { prometheus, clock }: World,
  { percentage = 100, since = anHourAgo, otherPorts = [], clones = null, ...change }: Case = {},
) {
  return measureCoverage(withPercentages({ ...spec, ...change }, [percentage]), since, clock.now(), {
    prometheus,
    matcher: null,
    settleMs: 10_000,
    otherPorts,
    clones,
  });
}

it.each([100, 25])('of a task that copies %i %% is 1, within its interval', async (percentage) => {
  world = await startTestMesh({ percentage });
  const coverage = await measure(world, { percentage });
  expect(coverage.reason).toBeNull();
  expect(coverage.low).toBeLessThanOrEqual(1);
  expect(coverage.high).toBeGreaterThanOrEqual(1);
  expect(coverage.arrivedPerSecond).toBeGreaterThan(0.2 * percentage);
  expect(coverage.finding).toBeNull();
});

it('of a mirror that gets half of what it should is 0.5: copies are lost', async () => {
  world = await startTestMesh({ percentage: 50 });
  const coverage = await measure(world, { percentage: 100 });
  expect(coverage.value).toBeCloseTo(0.5, 1);
  expect(coverage.finding).toBe('lost');
});

it('of a mirror that is watched and gets nothing is a true zero', async () => {
  world = await startTestMesh();
  world.store.put(world.v2);
  world.clock.advance(120_000);
  const coverage = await measure(world);
  expect(coverage).toMatchObject({ value: 0, arrivedPerSecond: 0, reason: null });
  expect(coverage.finding).toBe('lost');
});

it('of a mirror that nobody scrapes is not told', async () => {
  world = await startTestMesh();
  const coverage = await measure(world);
  expect(coverage).toMatchObject({ value: null, arrivedPerSecond: null, reason: { code: 'coverage_mirror_unseen' } });
});

it('is not told before the window lies after the change of the percentage', async () => {
  world = await startTestMesh({ percentage: 100 });
  const since = new Date(world.clock.now()).toISOString();
  expect((await measure(world, { since })).reason).toMatchObject({ code: 'coverage_starting' });
  world.clock.advance(60_000);
  expect((await measure(world, { since })).reason?.code).toBe('coverage_starting');
  world.clock.advance(60_000);
  expect((await measure(world, { since })).reason).toBeNull();
});

it('does not count what was copied before the percentage was lowered', async () => {
  world = await startTestMesh({ percentage: 100 });
  const since = new Date(world.clock.now()).toISOString();
  world.store.put(world.route(10));
  world.clock.advance(150_000);
  const coverage = await measure(world, { percentage: 10, since });
  expect(coverage.low).toBeLessThanOrEqual(1);
  expect(coverage.high).toBeGreaterThanOrEqual(1);
});

it('of a task on some ports of its service is not told, since requests are not counted by port', async () => {
  world = await startTestMesh({ percentage: 100 });
  const coverage = await measure(world, { otherPorts: [9090, 9091] });
  expect(coverage).toMatchObject({
    value: null,
    low: null,
    high: null,
    expectedPerSecond: null,
    reason: { code: 'coverage_some_ports', params: { service: 'reviews', ports: '9080', others: '9090, 9091' } },
  });
  expect(coverage.arrivedPerSecond).toBeGreaterThan(20);
  expect(coverage.finding).toBeNull();
  const hidden = await measure(world, { otherPorts: null });
  expect(hidden).toMatchObject({ value: null, reason: { code: 'coverage_ports_unreadable' } });
});

describe('where clones carry the copies', () => {
  const clones: CountedClone[] = [
    { statPrefix: 'mc_1', host: 'reviews.demo.svc.cluster.local', ports: [9080] },
    // Of a port that nobody has asked for yet.
    { statPrefix: 'mc_2', host: 'reviews.demo.svc.cluster.local', ports: [9080, 9090] },
  ];
  const cloned = ({ store, clock, route, v2 }: World, method: string, percentage: number) => {
    const object = route(null);
    const [plain] = object.spec['http'] as object[];
    const [mirrored] = route(percentage).spec['http'] as object[];
    object.spec['http'] = [{ ...mirrored, match: [{ method: { exact: method }, statPrefix: 'mc_1' }] }, plain];
    store.put(v2, object);
    clock.advance(400_000);
  };

  it.each([100, 25])('it is told by what met them, copied in part or whole (%i percent)', async (percentage) => {
    world = await startTestMesh();
    cloned(world, 'GET', percentage);
    // The service's other requests count for nothing here.
    const coverage = await measure(world, { percentage, clones, copiesEveryRequest: false, otherPorts: [9090] });
    expect(coverage.reason).toBeNull();
    expect(coverage.low).toBeLessThanOrEqual(1);
    expect(coverage.high).toBeGreaterThanOrEqual(1);
    expect(coverage.expectedPerSecond).toBeGreaterThan(0.35 * percentage);
    expect(coverage.expectedPerSecond).toBeLessThan(0.41 * percentage);
  });

  it('copies that are lost are', async () => {
    world = await startTestMesh();
    cloned(world, 'GET', 50);
    const coverage = await measure(world, { clones, copiesEveryRequest: false });
    expect(coverage.value).toBeCloseTo(0.5, 1);
    expect(coverage.finding).toBe('lost');
  });

  it('that no request has met there is nothing to tell', async () => {
    world = await startTestMesh();
    cloned(world, 'DELETE', 100);
    const coverage = await measure(world, { clones, copiesEveryRequest: false });
    expect(coverage).toMatchObject({ value: null, reason: { code: 'coverage_none_selected' } });
  });
});

it('of a task that selects requests which nobody counts apart is not told', async () => {
  world = await startTestMesh({ percentage: 100 });
  const selection = { match: [{ method: { exact: 'GET' } }], methods: null };
  const coverage = await measure(world, { selection, copiesEveryRequest: false });
  expect(coverage).toMatchObject({ value: null, reason: { code: 'coverage_selection' } });
});

it('of a task that does not copy just the requests of its service is not told', async () => {
  world = await startTestMesh({ percentage: 100 });
  const coverage = await measure(world, { copiesEveryRequest: false });
  expect(coverage).toMatchObject({
    value: null,
    high: null,
    expectedPerSecond: null,
    reason: { code: 'coverage_some_routes', params: { service: 'reviews' } },
  });
  expect(coverage.arrivedPerSecond).toBeGreaterThan(20);
  expect(coverage.finding).toBeNull();
  expect((await measure(world, { copiesEveryRequest: true })).reason).toBeNull();
});

it('tells no traffic, little traffic and callers without sidecar apart', async () => {
  world = await startTestMesh({ percentage: 100, request: [{ perSecond: 0 }] });
  expect((await measure(world)).reason?.code).toBe('coverage_no_traffic');

  const outsider = pod('loadgen', {
    sidecar: false,
    labels: { app: 'loadgen' },
    requests: [{ host: 'reviews', perSecond: 20 }],
  });
  world.store.put(outsider);
  world.clock.advance(360_000);
  expect((await measure(world)).reason?.code).toBe('coverage_callers_without_sidecar');
});

it('tells that so few requests came that a share of them says nothing', async () => {
  world = await startTestMesh({ percentage: 100 });
  const coverage = await measure(world, { percentage: 0.001 });
  expect(coverage.reason?.code).toBe('coverage_few_requests');
  expect(coverage.expectedPerSecond).toBeGreaterThan(0);
});

it('says when Prometheus is away or was never there', async () => {
  world = await startTestMesh({ percentage: 100 });
  await world.server.setOutage(true);
  expect((await measure(world)).reason?.code).toBe('metrics_unreachable');
  const without = await measureCoverage(spec, anHourAgo, testStartMs, {
    prometheus: null,
    matcher: null,
    settleMs: 0,
    otherPorts: [],
  });
  expect(without.reason?.code).toBe('metrics_not_configured');
});

it('is worked out once until the next scrape, but anew for another change and for other ports', async () => {
  const { look } = await lookedAt();
  const first = await look();
  expect(first.reason).toBeNull();
  expect(await look()).toBe(first);
  expect((await look({ since: new Date(testStartMs).toISOString() })).reason?.code).toBe('coverage_starting');
  expect((await look({ otherPorts: [9090] })).reason?.code).toBe('coverage_some_ports');
  expect(await look()).toEqual(first);
});

it('is that of the scrape before while the newest is asked for, and then the newest', async () => {
  const { look, clock } = await lookedAt();
  const first = await look();
  clock.advance(15_000);
  expect(await look()).toBe(first);
  await vi.waitFor(async () => expect(await look()).not.toBe(first));
});

it('is asked for anew, and waited for, once it is two scrapes old', async () => {
  const { look, clock } = await lookedAt();
  const first = await look();
  clock.advance(30_000);
  expect(await look()).not.toBe(first);
});

it('says within a scrape that Prometheus has gone', async () => {
  const { look, clock, server } = await lookedAt();
  await look();
  await server.setOutage(true);
  clock.advance(15_000);
  await vi.waitFor(async () => expect((await look()).reason?.code).toBe('metrics_unreachable'));
});

/** One task's coverage, looked at again and again. */
async function lookedAt() {
  world = await startTestMesh({ percentage: 100 });
  const { prometheus, clock, server } = world;
  const task = withPercentages(spec, [100]);
  const options = { prometheus, matcher: null, settleMs: 10_000, otherPorts: [] as number[] };
  // Ports are compared as what they are: the same list while the Service is the same.
  const look = ({ since = anHourAgo, ...change }: { since?: string; otherPorts?: number[] } = {}) =>
    measureCoverage(task, since, clock.now(), { ...options, ...change });
  return { look, clock, server };
}
