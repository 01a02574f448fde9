// Kubernetes answers with every kind there is: tests narrow by what they expect.
/* oxlint-disable typescript/no-explicit-any */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { create, type Manifest } from '../cluster/cluster.ts';
import { waitFor } from '../cluster/control-plane.ts';
import { ConstantLoad } from './fire/load.ts';
import { makeShop, service, sharedObjects, task, taskInput, type Variant } from './fire/shop.ts';
import { labKube, leaveNamespace } from './lab-client.ts';
import { LabConsole } from './lab-console.ts';

const kube = labKube();
const settleMs = 2500;
let console: LabConsole;

beforeAll(async () => {
  console = await LabConsole.start({ settleMs });
});
afterAll(() => console?.stop());

interface Rollout {
  title: string;
  /** Of the new version's container. */
  container: { image?: string; env?: { name: string; value: string }[] };
  /** What the task's page says while it waits. */
  says: { code: string; params: object };
  /** The namespace takes no more Pods. */
  isFull?: boolean;
}

const rollouts: Rollout[] = [
  {
    title: 'crashes again and again',
    container: { env: [{ name: 'CRASH', value: 'true' }] },
    says: { code: 'mirror_crash', params: { workload: 'shop-v2', container: service } },
  },
  {
    title: 'has an image that nobody has',
    container: { image: 'nobody/has-this:image' },
    says: { code: 'mirror_image', params: { workload: 'shop-v2', image: 'nobody/has-this:image' } },
  },
  {
    title: 'is refused by a quota',
    container: {},
    says: {
      code: 'mirror_replica_failure',
      params: { workload: 'shop-v2', message: expect.stringContaining('exceeded quota') },
    },
    isFull: true,
  },
];

describe('a new version that does not come up: the task says why, live traffic does not notice, and it can be taken back', () => {
  for (const [index, { title, container, says, isFull }] of rollouts.entries()) {
    it.concurrent(title, async ({ expect }) => {
      const variant = variantOf(`rollout-${index + 1}`);
      const { load, before } = await underLoad(variant);
      if (isFull) await closeNamespace(variant.namespace);
      await begin(variant, container);
      // A container that is being started once more is not crashing at that moment.
      const told = async () => (await reasonsOf(variant.namespace)).find((reason) => reason.code === says.code);
      await expect.poll(told, { timeout: 60_000 }).toMatchObject(says);
      await takeBack(variant.namespace);
      expect(await sharedObjects(kube, variant.namespace)).toEqual(before);
      await expectUntouched(variant, load);
    });
  }

  it.concurrent('one that takes its time is waited for, as the page says: nothing is copied until it is ready', async () => {
    const variant = variantOf('rollout-slow');
    const { load } = await underLoad(variant);
    await begin(variant, { env: [{ name: 'READY_SECONDS', value: '15' }] });
    await waitFor('the new version’s Pod', async () => (await podsOf(variant.namespace)).length > 0);
    const seen = new Set<string>();
    const told = new Set<string>();
    await waitFor('the end of the rollout', async () => {
      // In this order: what is copied before the Pod is seen not to be ready was copied before it was ready.
      const copying = (await routesOf(variant.namespace)).some(copies);
      const { body } = await console.api('GET', `/tasks/${variant.namespace}/${task}`);
      const [pod] = await podsOf(variant.namespace);
      const isReady = pod.status.conditions?.some(({ type, status }: any) => type === 'Ready' && status === 'True');
      if (isReady) return true;
      seen.add(`${body.state} ${copying ? 'copies' : 'copies nothing'}`);
      for (const { code, params } of reasonsIn(body))
        if (code.startsWith('mirror_')) told.add(`${code} ${textOf(params)}`);
      return false;
    });
    expect([...seen]).toEqual(['Preparing copies nothing']);
    expect([...told]).toEqual(['mirror_rolling_out desired 1, ready 0, workload shop-v2']);
    await console.untilState(variant.namespace, task, 'Mirroring');
    await takeBack(variant.namespace);
    await expectUntouched(variant, load);
  });
});

function variantOf(namespace: string): Variant {
  return { namespace, placement: 'dedicated', owner: 'one route', ports: [9080] };
}

async function underLoad(variant: Variant) {
  const { egress, requests } = await makeShop(kube, variant);
  const load = new ConstantLoad({ egress, host: `${service}.${variant.namespace}`, requests, perSecond: 20 });
  return { load, before: await sharedObjects(kube, variant.namespace) };
}

async function begin(variant: Variant, container: Rollout['container']): Promise<void> {
  const input = taskInput(variant, 100);
  const containers = [{ ...input.target.containers[0]!, ...container }];
  const { status, body } = await console.api('POST', '/tasks', { ...input, target: { ...input.target, containers } });
  expect(status, JSON.stringify(body)).toBe(201);
}

type Reason = { code: string; params: Record<string, unknown> };

async function reasonsOf(namespace: string): Promise<Reason[]> {
  return reasonsIn((await console.api('GET', `/tasks/${namespace}/${task}`)).body);
}

/** Everything with a code in what the task's page is told: reasons of steps, of the state, of targets. */
function reasonsIn(body: unknown): Reason[] {
  const found: Reason[] = [];
  const look = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    if ('code' in value && 'params' in value) found.push(value as Reason);
    Object.values(value).forEach(look);
  };
  look(body);
  return found;
}

function textOf(params: Reason['params']): string {
  const sorted = Object.entries(params).toSorted(([a], [b]) => a.localeCompare(b));
  return sorted.map(([name, value]) => `${name} ${String(value)}`).join(', ');
}

async function takeBack(namespace: string): Promise<void> {
  expect((await console.api('DELETE', `/tasks/${namespace}/${task}`)).status).toBe(202);
  await console.untilState(namespace, task, '404');
}

async function closeNamespace(namespace: string): Promise<void> {
  const quotas = `/api/v1/namespaces/${namespace}/resourcequotas`;
  const { items } = await kube.get(`/api/v1/namespaces/${namespace}/pods`);
  await create(kube, {
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: { name: 'full', namespace },
    // One without a scope is told before anything is made: check `quota`. How much of this one is left, nobody can tell.
    spec: { hard: { pods: String(items.length) }, scopes: ['NotTerminating'] },
  } as Manifest);
  await waitFor(
    'the quota',
    async () => (await kube.get(`${quotas}/full`)).status?.used?.pods === String(items.length),
  );
}

async function podsOf(namespace: string): Promise<any[]> {
  return (await kube.get(`/api/v1/namespaces/${namespace}/pods?labelSelector=version%3Dv2`)).items;
}

async function routesOf(namespace: string): Promise<any[]> {
  return (await kube.get(`/apis/networking.istio.io/v1/namespaces/${namespace}/virtualservices/${service}`)).spec.http;
}

function copies(route: any): boolean {
  return route.mirror !== undefined || route.mirrors !== undefined;
}

async function expectUntouched({ namespace }: Variant, load: ConstantLoad): Promise<void> {
  const { failures, answeredBy, sent } = await load.stop();
  leaveNamespace(kube, namespace);
  expect(failures).toEqual([]);
  expect(answeredBy).toEqual({ 'shop-v1': sent });
}
