import { afterEach, describe, expect, it } from 'vitest';
import { areArriving, measureStop } from './stop-evidence';
import type { Prometheus, RangeValues } from './prometheus';
import { startTestMesh, testRecord } from './testing/test-mesh';

type World = Awaited<ReturnType<typeof startTestMesh>>;

let world: World | undefined;
afterEach(async () => {
  await world?.stop();
  world = undefined;
});

const { spec } = testRecord();
const isoNow = ({ clock }: World) => new Date(clock.now()).toISOString();
const look = ({ prometheus, clock }: World, stoppedAt: string) =>
  measureStop(spec, stoppedAt, clock.now(), { prometheus, matcher: null });

/** The entries are taken out and every proxy gets the change. */
function stopCopies(world: World): string {
  world.store.put(world.route(null));
  world.clock.advance(10_000);
  return isoNow(world);
}

it('is there once the mirror’s count stood still for some scrapes, with the time of the last copy', async () => {
  world = await startTestMesh({ percentage: 50 });
  const before = world.clock.now();
  const stoppedAt = stopCopies(world);
  expect((await look(world, stoppedAt)).reason?.code).toBe('stop_settling');
  world.clock.advance(120_000);
  const evidence = await look(world, stoppedAt);
  expect(evidence.reason).toBeNull();
  expect(Date.parse(evidence.confirmedAt ?? '')).toBeGreaterThanOrEqual(Date.parse(stoppedAt));
  expect(Math.abs(Date.parse(evidence.lastCopyAt ?? '') - before)).toBeLessThan(40_000);
});

it('says that copies still arrive when they do', async () => {
  world = await startTestMesh({ percentage: 50 });
  const stoppedAt = isoNow(world);
  world.clock.advance(120_000);
  const evidence = await look(world, stoppedAt);
  expect(evidence).toMatchObject({
    confirmedAt: null,
    reason: { code: 'stop_still_arriving', params: { workload: 'reviews-v2' } },
    senders: ['productpage.demo'],
  });
  expect(evidence.rate?.points.at(-1)?.[1]).toBeGreaterThan(10);
});

it('shows the rate falling to zero', async () => {
  world = await startTestMesh({ percentage: 50 });
  const stoppedAt = stopCopies(world);
  world.clock.advance(200_000);
  const { rate } = await look(world, stoppedAt);
  expect(rate?.points[0]?.[1]).toBeGreaterThan(10);
  expect(rate?.points.at(-1)?.[1]).toBe(0);
});

it('is taken back when copies come again long after a confirmed stop, and given again when they end', async () => {
  world = await startTestMesh({ percentage: 50 });
  const stoppedAt = stopCopies(world);
  world.clock.advance(900_000);
  expect((await look(world, stoppedAt)).reason).toBeNull();
  world.store.put(world.route(50));
  world.clock.advance(120_000);
  expect((await look(world, stoppedAt)).reason?.code).toBe('stop_still_arriving');
  world.store.put(world.route(null));
  world.clock.advance(180_000);
  const { reason, confirmedAt } = await look(world, stoppedAt);
  expect(reason).toBeNull();
  expect(Date.parse(confirmedAt ?? '')).toBeGreaterThan(Date.parse(stoppedAt) + 900_000);
});

it('gives lists no alarm before the settle time, the window and the scrapes are over, nor for a stop in time', async () => {
  world = await startTestMesh({ percentage: 50 });
  const options = { prometheus: world.prometheus, matcher: null };
  const arriving = (since: string) => areArriving(spec, since, world!.clock.now(), options);
  const stoppedAt = stopCopies(world);
  for (let second = 0; second < 300; second += 5) {
    expect(await arriving(stoppedAt), `${second} s after the stop`).toBe(false);
    expect((await look(world, stoppedAt)).reason?.code).not.toBe('stop_still_arriving');
    world.clock.advance(5000);
  }
  world.store.put(world.route(50));
  world.clock.advance(120_000);
  expect(await arriving(stoppedAt)).toBe(true);
  expect(await arriving(isoNow(world))).toBe(false);
});

it('cannot be told of a mirror that nobody counts any more', async () => {
  world = await startTestMesh({ percentage: 50 });
  const stoppedAt = stopCopies(world);
  world.store.delete(world.v2);
  world.clock.advance(400_000);
  expect((await look(world, stoppedAt)).reason?.code).toBe('stop_unseen');
});

it('says when Prometheus is away or was never there', async () => {
  world = await startTestMesh({ percentage: 50 });
  const stoppedAt = stopCopies(world);
  await world.server.setOutage(true);
  expect((await look(world, stoppedAt)).reason?.code).toBe('metrics_unreachable');
  const without = await measureStop(spec, stoppedAt, world.clock.now(), { prometheus: null, matcher: null });
  expect(without).toMatchObject({ confirmedAt: null, reason: { code: 'metrics_not_configured' } });
});

describe('of counters as they may be', () => {
  const stoppedSeconds = 1_800_000_000;
  const stoppedAt = new Date(stoppedSeconds * 1000).toISOString();
  type Counter = { sender: string; at: (seconds: number) => number | null };
  /** One sidecar of the mirror, scraped every 15 s. */
  const prometheusOf = (counters: Counter[]) =>
    ({
      scrapeIntervalSeconds: async () => 15,
      now: () => (stoppedSeconds + 3600) * 1000,
      query: async () => [],
      queryRange: async (
        query: string,
        { start, end, stepSeconds }: Record<string, number>,
      ): Promise<RangeValues[]> => {
        if (query.includes('rate(')) return [];
        const times = Array.from(
          { length: Math.floor((end! - start!) / stepSeconds!) + 1 },
          (_, index) => start! + index * stepSeconds!,
        );
        return counters
          .map(({ sender, at }) => ({
            labels: { instance: 'mirror', source_workload: sender, source_workload_namespace: 'demo' },
            points: times.map((time): [number, number | null] => [time, at(time)]),
          }))
          .filter(({ points }) => points.some(([, value]) => value !== null));
      },
    }) as unknown as Prometheus;
  const anHourLater = (counters: Counter[]) =>
    measureStop(spec, stoppedAt, (stoppedSeconds + 3600) * 1000, { prometheus: prometheusOf(counters), matcher: null });
  const stopped: Counter = { sender: 'productpage', at: (time) => Math.min(time, stoppedSeconds) };

  it('one that stands still since the stop is evidence', async () => {
    expect(await anHourLater([stopped])).toMatchObject({ reason: null, confirmedAt: expect.any(String) });
  });

  it('none for the last minutes is no evidence, whatever was seen before', async () => {
    const ending = { ...stopped, at: (time: number) => (time > stoppedSeconds + 300 ? null : stopped.at(time)) };
    expect(await anHourLater([ending])).toMatchObject({ confirmedAt: null, reason: { code: 'stop_unseen' } });
  });

  it('a sender who was never counted before is seen, and named', async () => {
    const burst: Counter = { sender: 'cart', at: (time) => (time >= stoppedSeconds + 3570 ? 500 : null) };
    expect(await anHourLater([stopped, burst])).toMatchObject({
      confirmedAt: null,
      reason: { code: 'stop_still_arriving' },
      senders: ['cart.demo'],
    });
  });

  it('a sender who came once, just after the stop, does not hide that it is quiet since', async () => {
    const once: Counter = { sender: 'cart', at: (time) => (time >= stoppedSeconds + 60 ? 500 : null) };
    const { reason, lastCopyAt } = await anHourLater([stopped, once]);
    expect(reason).toBeNull();
    expect(Date.parse(lastCopyAt ?? '')).toBeGreaterThan(Date.parse(stoppedAt));
  });
});
