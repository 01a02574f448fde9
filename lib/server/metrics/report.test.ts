import { afterEach, expect, it } from 'vitest';
import { withPercentages } from '@/lib/domain/targets';
import { testStartMs } from '@/lib/sandbox/mesh/test-world';
import { measureReport } from './report';
import { startTestMesh, testRecord } from './testing/test-mesh';

type World = Awaited<ReturnType<typeof startTestMesh>>;

let world: World | undefined;
afterEach(async () => {
  await world?.stop();
  world = undefined;
});

const { spec } = testRecord();
const iso = (ms: number) => new Date(ms).toISOString();
const freeze = ({ prometheus }: World, begin: number, end: number, percentage = 50) =>
  measureReport(
    // Changed while it was paused: that was not in force in the stretch.
    withPercentages(spec, [1]),
    { begin: iso(begin), end: iso(end), percentage, figures: null, reason: null },
    { prometheus, matcher: null, settleMs: 10_000, otherPorts: [] },
  );

it('holds both sides’ figures over the last stretch of mirroring', async () => {
  world = await startTestMesh({ percentage: 50 });
  const { figures, reason, begin, end } = await freeze(world, testStartMs - 1_800_000, testStartMs);
  expect(reason).toBeNull();
  const seconds = (Date.parse(end) - Date.parse(begin)) / 1000;
  const [primary, mirror] = figures?.sides ?? [];
  expect((primary?.requests ?? 0) / seconds / 40).toBeCloseTo(1, 1);
  expect((mirror?.requests ?? 0) / seconds / 20).toBeCloseTo(1, 1);
  for (const side of [primary, mirror]) {
    expect(side?.successPercent).toBeGreaterThan(90);
    expect(side?.p50).toBeGreaterThan(0);
    expect(side?.p99).toBeGreaterThanOrEqual(side?.p95 ?? Infinity);
  }
  expect(figures?.coverage.value).toBeCloseTo(1, 1);
  expect(figures?.differences.map(({ metric }) => metric)).toEqual(['success', 'latency_p95']);
});

it('is the same when it is measured later', async () => {
  world = await startTestMesh({ percentage: 50 });
  const first = await freeze(world, testStartMs - 1_800_000, testStartMs);
  world.store.put(world.route(null));
  world.clock.advance(300_000);
  expect(await freeze(world, testStartMs - 1_800_000, testStartMs)).toEqual(first);
});

it('is empty, and says why, for a stretch too short to measure and while Prometheus is away', async () => {
  world = await startTestMesh({ percentage: 50 });
  const short = await freeze(world, testStartMs - 30_000, testStartMs);
  expect(short).toMatchObject({ figures: null, reason: { code: 'report_too_short' } });
  await world.server.setOutage(true);
  const away = await freeze(world, testStartMs - 1_800_000, testStartMs);
  expect(away).toMatchObject({ figures: null, reason: { code: 'metrics_unreachable' } });
});
