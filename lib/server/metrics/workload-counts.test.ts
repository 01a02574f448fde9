import { afterEach, expect, it } from 'vitest';
import { startTestMesh } from './testing/test-mesh';
import { WorkloadCounts, type CountOptions } from './workload-counts';

type World = Awaited<ReturnType<typeof startTestMesh>>;

let world: World | undefined;
afterEach(async () => {
  await world?.stop();
  world = undefined;
});

/** Queries that reach Prometheus. */
function countQueries({ prometheus }: World): string[] {
  const sent: string[] = [];
  const query = prometheus.query.bind(prometheus);
  prometheus.query = (...parameters) => {
    sent.push(parameters[0]);
    return query(...parameters);
  };
  return sent;
}

function optionsAt({ clock }: World): CountOptions {
  return { at: Math.floor(clock.now() / 15_000) * 15, windowSeconds: 300, keepSeconds: 15, matcher: null };
}

const set = (workload: string) => ({ namespace: 'demo', workloads: [workload] });

it('a thousand workloads cost a handful of queries, and until the next scrape no more', async () => {
  world = await startTestMesh({ percentage: 100 });
  const sent = countQueries(world);
  const counts = new WorkloadCounts(world.prometheus);
  const options = optionsAt(world);
  const names = ['reviews-v1', 'reviews-v2', ...Array.from({ length: 998 }, (_, index) => `other-${index}`)];
  const look = () => Promise.all(names.map((name) => counts.count('fromMesh', set(name), options)));
  const [v1, v2, other] = await look();
  expect(v1).toBeGreaterThan(10_000);
  expect(v2).toBeGreaterThan(10_000);
  expect(other).toBeNull();
  expect(sent.length).toBeLessThanOrEqual(4);
  const before = sent.length;
  expect((await look())[0]).toBe(v1);
  expect(sent).toHaveLength(before);
});

it('adds up the workloads of a set, and tells scraped pods from none', async () => {
  world = await startTestMesh({ percentage: 100 });
  const counts = new WorkloadCounts(world.prometheus);
  const options = optionsAt(world);
  const [v1, v2, both, scraped, none] = await Promise.all([
    counts.count('fromMesh', set('reviews-v1'), options),
    counts.count('fromMesh', set('reviews-v2'), options),
    counts.count('fromMesh', { namespace: 'demo', workloads: ['reviews-v1', 'reviews-v2'] }, options),
    counts.count('scrapedPods', set('reviews-v2'), options),
    counts.count('scrapedPods', set('reviews-v3'), options),
  ]);
  expect(both).toBe((v1 ?? 0) + (v2 ?? 0));
  expect(scraped).toBeGreaterThan(0);
  expect(none).toBeNull();
});

it('a failure is told to everyone who asked, and not kept', async () => {
  world = await startTestMesh({ percentage: 100 });
  const counts = new WorkloadCounts(world.prometheus);
  const options = optionsAt(world);
  await world.server.setOutage(true);
  const looks = await Promise.allSettled(
    ['reviews-v1', 'reviews-v2'].map((name) => counts.count('fromMesh', set(name), options)),
  );
  expect(looks.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  await world.server.setOutage(false);
  expect(await counts.count('fromMesh', set('reviews-v1'), options)).toBeGreaterThan(0);
});
