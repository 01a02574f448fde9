import { afterEach, expect, it } from 'vitest';
import { pod } from '@/lib/sandbox/mesh/test-world';
import { measureRequestsFromOutside } from './requests-from-outside';
import { startTestMesh } from './testing/test-mesh';

type World = Awaited<ReturnType<typeof startTestMesh>>;

let world: World | undefined;
afterEach(async () => {
  await world?.stop();
  world = undefined;
});

const measure = ({ prometheus }: World, workload = 'reviews-v1') =>
  measureRequestsFromOutside({ namespace: 'demo', workloads: [workload] }, { prometheus, matcher: null });

it('is zero where only pods with a sidecar call', async () => {
  world = await startTestMesh({ percentage: 10 });
  expect(await measure(world)).toBe(0);
});

it('counts what a caller without a sidecar sent', async () => {
  world = await startTestMesh();
  world.store.put(
    pod('batch', { sidecar: false, labels: { app: 'batch' }, requests: [{ host: 'reviews', perSecond: 2 }] }),
  );
  world.clock.advance(300_000);
  expect(await measure(world)).toBeGreaterThan(300);
});

it('remembers a job that called once in the last day, however few its requests', async () => {
  world = await startTestMesh();
  const job = pod('nightly', {
    sidecar: false,
    labels: { app: 'nightly' },
    requests: [{ host: 'reviews', perSecond: 20 }],
  });
  world.store.put(job);
  world.clock.advance(10_000);
  world.store.delete(job);
  world.clock.advance(3_600_000);
  expect(await measure(world)).toBeGreaterThan(0);
});

it('is not known of a workload that nobody scrapes', async () => {
  world = await startTestMesh();
  expect(await measure(world, 'reviews-v9')).toBeNull();
});

it('is not known while Prometheus does not answer', async () => {
  world = await startTestMesh();
  await world.server.setOutage(true);
  expect(await measure(world)).toBeNull();
});
