import type { DeploymentList, Environment, Me, NamespaceList, ServiceList } from '@/lib/contract/inventory';
import * as contract from '@/lib/contract/inventory';
import { afterEach, expect, it, vi } from 'vitest';
import { startTestConsole, type Call, type TestConsole } from './console';

let console: TestConsole | undefined;
afterEach(async () => {
  await console?.stop();
  console = undefined;
});

async function start(options?: Parameters<typeof startTestConsole>[0]) {
  console = await startTestConsole(options);
  return console;
}

async function get<T>(running: TestConsole, pattern: string, call: Call = {}): Promise<T> {
  const response = await running.call(running.route(pattern), call);
  const body: unknown = await response.json();
  expect(response.status, JSON.stringify(body)).toBe(200);
  return body as T;
}

const services = '/api/namespaces/[namespace]/services';
const deployments = '/api/namespaces/[namespace]/deployments';
const demo = { params: { namespace: 'demo-project' } };

it('the environment names the cluster and what runs in it, and notices what goes and comes back', async () => {
  const running = await start();
  const read = () => get<Environment>(running, '/api/environment');
  const environment = await read();
  expect(contract.Environment.safeParse(environment).success).toBe(true);
  expect(environment).toMatchObject({
    kind: 'sandbox',
    istioVersion: expect.stringMatching(/^1\.\d+\.\d+$/) as string,
    kubernetesVersion: expect.stringMatching(/^v1\.\d+/) as string,
    kubernetes: { reachable: true },
    prometheus: { configured: true, reachable: true },
  });
  expect(environment.cluster).not.toBe('admin');

  await running.sandbox.setApiOutage(true);
  await vi.waitFor(async () => expect((await read()).kubernetes.reachable).toBe(false), { timeout: 10_000 });
  await running.sandbox.setApiOutage(false);
  await vi.waitFor(async () => expect((await read()).kubernetes.reachable).toBe(true), { timeout: 20_000 });
}, 40_000);

it('services say whether they can be mirrored, and why not', async () => {
  const running = await start();
  const { items } = await get<ServiceList>(running, services, demo);
  expect(contract.ServiceList.safeParse({ items }).success).toBe(true);
  const reasons = Object.fromEntries(items.map((service) => [service.name, service.reasons.map(({ code }) => code)]));
  expect(reasons).toMatchObject({
    reviews: [],
    ratings: [],
    productpage: [],
    mongodb: ['service_no_http_port'],
    billing: ['service_no_workload'],
    reports: ['service_no_sidecar'],
    inventory: ['service_workload_kind'],
  });
  const reviews = items.find(({ name }) => name === 'reviews');
  expect(reviews).toMatchObject({
    app: 'bookinfo',
    eligible: true,
    versions: ['v1'],
    ports: [{ port: 9080, protocol: 'http' }],
    workloads: [{ kind: 'Deployment', name: 'reviews-v1', version: 'v1', ready: 1, desired: 1 }],
    tasks: [],
  });
  expect(reviews?.requestsPerSecond).toBeGreaterThan(1);
  // Nobody calls it: nothing is measured, which is not zero.
  expect(items.find(({ name }) => name === 'billing')?.requestsPerSecond).toBeNull();

  const inChinese = await get<ServiceList>(running, services, { ...demo, headers: { 'accept-language': 'zh' } });
  const texts = inChinese.items.flatMap((service) => service.reasons.map(({ message }) => message));
  expect(texts.length).toBeGreaterThan(3);
  for (const text of texts) expect(text).toMatch(/[\u4e00-\u9fff]/);
});

it('services still come without Prometheus, without rates', async () => {
  const running = await start();
  await running.sandbox.setPrometheusOutage(true);
  const { items } = await get<ServiceList>(running, services, demo);
  expect(items.length).toBeGreaterThan(5);
  for (const service of items) expect(service.requestsPerSecond).toBeNull();
});

it('deployments carry what a copy of them would have', async () => {
  const running = await start();
  const { items } = await get<DeploymentList>(running, deployments, demo);
  expect(contract.DeploymentList.safeParse({ items }).success).toBe(true);
  expect(items.find(({ name }) => name === 'reviews-v1')).toMatchObject({
    namespace: 'demo-project',
    services: ['reviews'],
    version: 'v1',
    suggestedVersion: 'v2',
    replicas: { ready: 1, desired: 1 },
    task: null,
  });
  const { items: mine } = await get<DeploymentList>(running, deployments, { params: { namespace: 'my-app' } });
  expect(mine.find(({ name }) => name === 'my-app-stable')?.suggestedVersion).toBe('v3.0');
});

it('secrets are named, never read', async () => {
  const running = await start();
  const { store } = running.sandbox;
  const live = store.get('apps', 'Deployment', 'demo-project', 'reviews-v1')!;
  const { getCluster } = await import('@/lib/server/cluster/get-cluster');
  const edited = structuredClone(live);
  const env = [
    { name: 'PLAIN', value: 'x' },
    { name: 'EMPTY' },
    { name: 'PASSWORD', valueFrom: { secretKeyRef: { name: 'db', key: 'password' } } },
    { name: 'MODE', valueFrom: { configMapKeyRef: { name: 'settings', key: 'mode' } } },
    { name: 'NODE', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } },
  ];
  edited.spec.template.spec.containers[0].env = env;
  const current = await getCluster().get('Deployment', 'demo-project', 'reviews-v1');
  await getCluster().update({
    ...edited,
    metadata: { ...edited.metadata, resourceVersion: current?.metadata.resourceVersion },
  } as never);
  const { items } = await get<DeploymentList>(running, deployments, demo);
  const [container] = items.find(({ name }) => name === 'reviews-v1')?.containers ?? [];
  expect(container?.env.map(({ name, value, from }) => [name, value, from])).toEqual([
    ['PLAIN', 'x', null],
    ['EMPTY', '', null],
    ['PASSWORD', null, 'secret db/password'],
    ['MODE', null, 'configMap settings/mode'],
    ['NODE', null, 'field spec.nodeName'],
  ]);
  expect(container?.env[2]?.valueFrom).toEqual({ secretKeyRef: { name: 'db', key: 'password' } });
});

it.each([
  ['admin', { view: true, create: true, change: true, delete: true }],
  ['project-regular', { view: true, create: true, change: true, delete: true }],
  ['viewer', { view: true, create: false, change: false, delete: false }],
] as const)('%s may do in demo-project what the cluster says', async (user, permissions) => {
  const running = await start({ user });
  const me = await get<Me>(running, '/api/me', { query: '?namespace=demo-project' });
  expect(contract.Me.safeParse(me).success).toBe(true);
  expect(me.permissions).toEqual(permissions);
  expect(me.missing.length > 0).toBe(!permissions.create);
  expect((await get<Me>(running, '/api/me')).permissions).toEqual(permissions);
});

it('a user sees their own namespaces only, and is refused elsewhere', async () => {
  const running = await start({ user: 'project-regular' });
  const { items } = await get<NamespaceList>(running, '/api/namespaces');
  expect(items.map(({ name }) => name)).toContain('demo-project');
  expect(items.map(({ name }) => name)).not.toContain('kube-system');
  for (const pattern of [services, deployments]) {
    const response = await running.call(running.route(pattern), { params: { namespace: 'kube-system' } });
    expect(response.status).toBe(403);
  }
  const elsewhere = await get<Me>(running, '/api/me', { query: '?namespace=kube-system' });
  expect(elsewhere.permissions).toEqual({ view: false, create: false, change: false, delete: false });
  const events = await running.call(running.route('/api/events'), { query: '?namespace=kube-system' });
  expect(events.status).toBe(403);
});

it("the console's own metrics are Prometheus text", async () => {
  const running = await start();
  await get(running, '/api/environment');
  const response = await running.call(running.route('/metrics'));
  const text = await response.text();
  expect(response.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
  expect(text).toContain('mirror_console_http_requests_total{route="/api/environment",method="GET",status="200"} 1');
  expect(text).toContain('mirror_console_prometheus_queries_total{outcome="ok"}');
  for (const line of text.trim().split('\n'))
    expect(line).toMatch(/^(# (HELP|TYPE) \w+ .+|\w+(\{[^{}]*\})? [-+0-9.e]+)$/);
});
