import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { deployment, paths, TestCluster } from './test-cluster.ts';

let cluster: TestCluster;

beforeEach(async () => {
  cluster = await TestCluster.start();
});
afterEach(() => cluster.stop());

const one = `${paths.deployments}/web`;
const status = async () => (await cluster.get(one)).body.status;

interface Pod {
  metadata: { name: string; annotations: Record<string, string>; labels: Record<string, string> };
  spec: { containers: { name: string; image: string }[] };
  status: {
    phase: string;
    podIP?: string;
    conditions: Condition[];
    containerStatuses: {
      name: string;
      ready: boolean;
      restartCount: number;
      state: { waiting?: { reason: string } };
    }[];
  };
}
interface Condition {
  type: string;
  status: string;
  reason: string;
}

const pods = async (): Promise<Pod[]> => (await cluster.get(`${paths.pods}?labelSelector=app%3Dweb`)).body.items;
const condition = (conditions: readonly Condition[], type: string) =>
  conditions.find((candidate) => candidate.type === type);
const isReady = (pod: Pod) => condition(pod.status.conditions, 'Ready')?.status === 'True';

describe('a Deployment', () => {
  it('becomes available only when its image’s readiness time has passed', async () => {
    await cluster.send(
      'POST',
      paths.deployments,
      deployment('web', { annotations: { 'sandbox.mirror-console.io/ready-seconds': '20' } }),
    );
    cluster.clock.advance(10_000);
    expect((await pods()).map(({ status: { phase } }) => phase)).toEqual(['Running']);
    expect(condition((await status()).conditions, 'Available')).toMatchObject({
      status: 'False',
      reason: 'MinimumReplicasUnavailable',
    });
    expect(await status()).toMatchObject({ replicas: 1, unavailableReplicas: 1, observedGeneration: 1 });
    cluster.clock.advance(12_000);
    expect(await status()).toMatchObject({ replicas: 1, updatedReplicas: 1, readyReplicas: 1, availableReplicas: 1 });
    expect((await status()).unavailableReplicas).toBeUndefined();
    expect(condition((await status()).conditions, 'Progressing')).toMatchObject({
      status: 'True',
      reason: 'NewReplicaSetAvailable',
    });
  });

  it('never has fewer ready pods than maxUnavailable allows, nor more pods than maxSurge, while it rolls', async () => {
    await cluster.send('POST', paths.deployments, deployment('web', { replicas: 4 }));
    cluster.clock.advance(30_000);
    await cluster.patch(one, 'strategic-merge', {
      spec: { template: { spec: { containers: [{ name: 'app', image: 'nginx:1.28' }] } } },
    });
    for (let step = 0; step < 200; step++) {
      cluster.clock.advance(100);
      const present = cluster.cluster.store
        .list('', 'Pod', 'demo-project')
        .filter((pod) => pod.metadata.labels?.['app'] === 'web') as unknown as (Pod & {
        metadata: { deletionTimestamp?: string };
      })[];
      const active = present.filter((pod) => !pod.metadata.deletionTimestamp);
      expect(active.filter((pod) => pod.status && isReady(pod)).length).toBeGreaterThanOrEqual(3);
      expect(active.length).toBeLessThanOrEqual(5);
    }
    expect((await pods()).map(({ spec }) => spec.containers[0]?.image)).toEqual(
      Array.from({ length: 4 }, () => 'nginx:1.28'),
    );
    const { body } = await cluster.get(one);
    expect(body.metadata.annotations['deployment.kubernetes.io/revision']).toBe('2');
  });

  it('reuses the old ReplicaSet when its template comes back', async () => {
    await cluster.send('POST', paths.deployments, deployment('web'));
    cluster.clock.advance(30_000);
    const [first] = await pods();
    const image = (name: string) =>
      cluster.patch(one, 'strategic-merge', {
        spec: { template: { spec: { containers: [{ name: 'app', image: name }] } } },
      });
    await image('nginx:1.28');
    cluster.clock.advance(30_000);
    await image('nginx:1.27');
    cluster.clock.advance(30_000);
    const [last] = await pods();
    expect(last?.metadata.labels['pod-template-hash']).toBe(first?.metadata.labels['pod-template-hash']);
    expect((await cluster.get(one)).body.metadata.annotations['deployment.kubernetes.io/revision']).toBe('3');
  });

  it('keeps the live pods when the new image cannot be pulled, and says why', async () => {
    await cluster.send('POST', paths.deployments, deployment('web'));
    cluster.clock.advance(30_000);
    await cluster.patch(one, 'strategic-merge', {
      spec: { template: { spec: { containers: [{ name: 'app', image: 'nobody/nothing:1' }] } } },
    });
    cluster.clock.advance(5000);
    const present = await pods();
    expect(present.filter(isReady)).toHaveLength(1);
    const failing = present.find((pod) => !isReady(pod));
    expect(failing?.status.containerStatuses[0]?.state.waiting?.reason).toBe('ImagePullBackOff');
    const events = await cluster.get(
      `/api/v1/namespaces/demo-project/events?fieldSelector=involvedObject.name%3D${failing?.metadata.name}`,
    );
    expect(events.body.items.map(({ reason }: { reason: string }) => reason)).toContain('BackOff');
    cluster.clock.advance(700_000);
    expect(condition((await status()).conditions, 'Progressing')).toMatchObject({
      status: 'False',
      reason: 'ProgressDeadlineExceeded',
    });
  });

  it('restarts a crashing container, later each time', async () => {
    await cluster.send(
      'POST',
      paths.deployments,
      deployment('web', { annotations: { 'sandbox.mirror-console.io/crash': 'true' } }),
    );
    cluster.clock.advance(60_000);
    const [pod] = await pods();
    const app = pod?.status.containerStatuses.find(({ name }) => name === 'app');
    expect(app?.state.waiting?.reason).toBe('CrashLoopBackOff');
    expect(app?.restartCount).toBe(2);
    expect(pod?.status.containerStatuses.find(({ name }) => name === 'istio-proxy')?.restartCount).toBe(0);
    expect((await status()).readyReplicas).toBeUndefined();
  });

  it('scales up and down, also through its scale subresource', async () => {
    await cluster.send('POST', paths.deployments, deployment('web'));
    await cluster.patch(`${one}/scale`, 'merge', { spec: { replicas: 3 } });
    cluster.clock.advance(30_000);
    expect((await cluster.get(`${one}/scale`)).body).toMatchObject({
      kind: 'Scale',
      spec: { replicas: 3 },
      status: { replicas: 3, selector: 'app=web' },
    });
    await cluster.patch(one, 'merge', { spec: { replicas: 0 } });
    cluster.clock.advance(5000);
    expect(await pods()).toEqual([]);
  });

  it('stays short of pods where a quota ends, and says so', async () => {
    const running = cluster.cluster.store.list('', 'Pod', 'demo-project').length;
    await cluster.send('POST', '/api/v1/namespaces/demo-project/resourcequotas', {
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { name: 'tight' },
      spec: { hard: { pods: String(running + 1) } },
    });
    await cluster.send('POST', paths.deployments, deployment('web', { replicas: 2 }));
    cluster.clock.advance(20_000);
    expect(await pods()).toHaveLength(1);
    const failure = condition((await status()).conditions, 'ReplicaFailure');
    expect(failure).toMatchObject({ status: 'True', reason: 'FailedCreate' });
    const { body } = await cluster.get('/api/v1/namespaces/demo-project/resourcequotas/tight');
    expect(body.status).toEqual({ hard: { pods: String(running + 1) }, used: { pods: String(running + 1) } });
  });

  it('gets a sidecar where its namespace or its pods ask for one', async () => {
    await cluster.send('POST', paths.deployments, deployment('web'));
    cluster.clock.advance(1000);
    const [injected] = await pods();
    expect(injected?.spec.containers.map(({ name }) => name)).toEqual(['app', 'istio-proxy']);
    expect(injected?.metadata.annotations).toMatchObject({ 'kubectl.kubernetes.io/default-container': 'app' });
    expect(injected?.metadata.annotations).toHaveProperty(['sidecar.istio.io/status']);
    await cluster.patch(one, 'merge', {
      spec: { template: { metadata: { labels: { 'sidecar.istio.io/inject': 'false' } } } },
    });
    cluster.clock.advance(30_000);
    expect((await pods()).map(({ spec }) => spec.containers.length)).toEqual([1]);
  });
});

describe('endpoints', () => {
  it('hold ready pods only, at the port the Service leads to', async () => {
    await cluster.send('POST', paths.services, {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'web' },
      spec: { selector: { app: 'web' }, ports: [{ name: 'http', port: 8080, targetPort: 80 }] },
    });
    await cluster.send(
      'POST',
      paths.deployments,
      deployment('web', { annotations: { 'sandbox.mirror-console.io/ready-seconds': '5' } }),
    );
    cluster.clock.advance(3000);
    const endpoints = async () => (await cluster.get('/api/v1/namespaces/demo-project/endpoints/web')).body.subsets;
    expect(await endpoints()).toMatchObject([{ notReadyAddresses: [{}], ports: [{ name: 'http', port: 80 }] }]);
    cluster.clock.advance(5000);
    const [pod] = await pods();
    expect(await endpoints()).toMatchObject([{ addresses: [{ ip: pod?.status.podIP }] }]);
    const slices = await cluster.get(
      '/apis/discovery.k8s.io/v1/namespaces/demo-project/endpointslices?labelSelector=kubernetes.io%2Fservice-name%3Dweb',
    );
    expect(slices.body.items[0].endpoints).toMatchObject([
      { addresses: [pod?.status.podIP], conditions: { ready: true } },
    ]);
  });
});
