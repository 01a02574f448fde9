import { createMesh } from '@/lib/sandbox/mesh/mesh';
import {
  destinationRule,
  reviewsWorld,
  testStartMs,
  virtualService,
  type PodOptions,
} from '@/lib/sandbox/mesh/test-world';
import { startPrometheus } from '@/lib/sandbox/prometheus/server';
import type { TaskRecord } from '@/lib/domain/task';
import { Prometheus } from '../prometheus';
import { createTransport } from '../prometheus-transport';

const hour = 3_600_000;

/**
 * The sandbox's mesh and Prometheus on a driven clock: productpage asks reviews v1 40 times a second, and v2 gets
 * copies of `percentage` of that, since an hour ago. Without a percentage there is no v2 yet.
 */
export async function startTestMesh({
  percentage,
  request,
}: { percentage?: number; request?: PodOptions['requests'] } = {}) {
  const { store, clock, v1, v2 } = reviewsWorld(request?.[0]);
  const route = (copied: number | null) =>
    virtualService('reviews', {
      hosts: ['reviews'],
      http: [
        {
          route: [{ destination: { host: 'reviews', subset: 'v1' } }],
          ...(copied !== null && {
            mirror: { host: 'reviews', subset: 'v2' },
            mirrorPercentage: { value: copied },
          }),
        },
      ],
    });
  store.put(
    destinationRule('reviews', {
      host: 'reviews',
      subsets: ['v1', 'v2'].map((name) => ({ name, labels: { version: name } })),
    }),
    route(percentage ?? null),
  );
  if (percentage !== undefined) store.put(v2);
  const mesh = createMesh(store, clock, { seed: 7, historyMs: hour });
  const server = await startPrometheus({ tsdb: mesh.tsdb, clock });
  const transport = createTransport({ url: server.url, tokenFile: null, caFile: null, headers: {}, matcher: null });
  return {
    store,
    clock,
    v1,
    v2,
    route,
    server,
    prometheus: new Prometheus(transport, () => clock.now()),
    async stop() {
      mesh.stop();
      await server.stop();
    },
  };
}

/** A record of the task that mirrors reviews v1 to reviews-v2. */
export function testRecord(changes: Partial<TaskRecord> = {}): TaskRecord {
  const since = new Date(testStartMs - hour).toISOString();
  const reason = { code: 'placement_pinned', params: {} };
  return {
    schemaVersion: 2,
    spec: {
      namespace: 'demo',
      name: 'reviews-v2',
      description: '',
      service: { name: 'reviews', host: 'reviews.demo.svc.cluster.local', ports: [9080] },
      primary: [{ workload: 'reviews-v1', version: 'v1' }],
      targets: [
        {
          id: 'version',
          input: { kind: 'version', existing: 'reviews-v2' },
          percentage: 100,
          placement: 'subset',
          placementReason: reason,
          workload: 'reviews-v2',
          version: 'v2',
          created: false,
          deployment: null,
          mirrorService: null,
        },
      ],
      virtualService: null,
      entries: [],
      pins: [],
      subsets: {
        destinationRule: { namespace: 'demo', name: 'reviews' },
        created: false,
        hadSubsets: true,
        host: 'reviews.demo.svc.cluster.local',
        subsets: [{ name: 'v2', labels: { version: 'v2' }, role: 'mirror', created: false }],
        trafficPolicy: null,
      },
      istioApiVersion: 'networking.istio.io/v1',
    },
    createdAt: since,
    createdBy: 'admin',
    inputHash: '',
    percentageSince: since,
    desired: 'mirroring',
    desiredSince: since,
    operation: null,
    activity: [],
    ...changes,
  };
}
