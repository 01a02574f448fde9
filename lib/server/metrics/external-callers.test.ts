import { afterEach, expect, it } from 'vitest';
import { pod } from '@/lib/sandbox/mesh/test-world';
import { measureExternalCallers } from './external-callers';
import { startTestMesh } from './testing/test-mesh';

type World = Awaited<ReturnType<typeof startTestMesh>>;

let world: World | undefined;
afterEach(async () => {
  await world?.stop();
  world = undefined;
});

const host = 'replay.example.com';
const measure = ({ prometheus }: World, workload = 'reviews-v1') =>
  measureExternalCallers({ namespace: 'demo', workloads: [workload] }, host, { prometheus, matcher: null });

it('names the namespaces that call through a proxy, and nobody for a host that nobody calls', async () => {
  world = await startTestMesh({ percentage: 10 });
  expect(await measure(world)).toEqual({ namespaces: ['demo'], ofHost: [] });
});

it('names who calls the host itself, though no rule of the mesh knows it', async () => {
  world = await startTestMesh();
  world.store.put(pod('exporter', { labels: { app: 'exporter' }, requests: [{ host, port: 80, perSecond: 1 }] }));
  world.clock.advance(120_000);
  expect((await measure(world))?.ofHost).toEqual(['demo/exporter']);
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
