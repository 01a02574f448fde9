import { afterEach, expect, it } from 'vitest';
import { pod } from '@/lib/sandbox/mesh/test-world';
import { measureCallerClusters } from './caller-clusters';
import { Prometheus } from './prometheus';
import { startTestMesh } from './testing/test-mesh';

type World = Awaited<ReturnType<typeof startTestMesh>>;

let world: World | undefined;
afterEach(async () => {
  await world?.stop();
  world = undefined;
});

const measure = ({ prometheus }: Pick<World, 'prometheus'>, workload = 'reviews-v1') =>
  measureCallerClusters({ namespace: 'demo', workloads: [workload] }, { prometheus, matcher: null });

/** A Prometheus that answers every query with these calls, as `from to` by the names of their clusters. */
function counting(...calls: string[]) {
  const result = calls.map((call) => {
    const [source_cluster = '', destination_cluster = ''] = call.split(' ');
    return { metric: { source_cluster, destination_cluster }, value: [0, '7'] };
  });
  const body = JSON.stringify({ status: 'success', data: { resultType: 'vector', result } });
  return { prometheus: new Prometheus(async () => ({ status: 200, body })) };
}

it('is none where every caller, with a proxy or without, is of the workload’s own cluster', async () => {
  world = await startTestMesh({ percentage: 10 });
  world.store.put(
    pod('batch', { sidecar: false, labels: { app: 'batch' }, requests: [{ host: 'reviews', perSecond: 2 }] }),
  );
  world.clock.advance(300_000);
  expect(await measure(world)).toEqual([]);
});

it('names the clusters of other callers, each once', async () => {
  const calls = counting('west east', 'east east', 'north east', 'west east-2', 'unknown east', ' east');
  expect(await measure(calls)).toEqual(['north', 'west']);
});

it('is not known where what is measured names no clusters', async () => {
  expect(await measure(counting('', ''))).toBeNull();
  expect(await measure(counting('east east', ' east'))).toBeNull();
  expect(await measure(counting('east east', 'unknown east'))).toEqual([]);
});

it('is not known of a workload that nobody scrapes, nor while Prometheus does not answer', async () => {
  world = await startTestMesh();
  expect(await measure(world, 'reviews-v9')).toBeNull();
  await world.server.setOutage(true);
  expect(await measure(world)).toBeNull();
});
