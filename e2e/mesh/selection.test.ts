import { afterAll, beforeAll, expect, it } from 'vitest';
import { waitFor } from '../cluster/control-plane.ts';
import { ConstantLoad, type LoadedRequest } from './fire/load.ts';
import { makeShop, service, sharedObjects, taskInput, type Variant } from './fire/shop.ts';
import { labKube, leaveNamespace, readyPods } from './lab-client.ts';
import { LabConsole } from './lab-console.ts';
import type { AppCounts } from './lab/app.ts';

const settleMs = 2500;
const variant: Variant = { namespace: 'selection', placement: 'dedicated', owner: 'two routes', ports: [9080] };
const { namespace } = variant;
const port = 9080;
const testUser = { headers: { 'x-test-user': 'true' } };
/** Each as often as the others; the owner's two routes take `/a` and the rest. */
const sent: LoadedRequest[] = [
  { method: 'GET', port, path: '/a/test', ...testUser },
  { method: 'POST', port, path: '/a/test', ...testUser },
  { method: 'GET', port, path: '/b/test', ...testUser },
  { method: 'POST', port, path: '/b/test', ...testUser },
  { method: 'GET', port, path: '/a' },
  { method: 'POST', port, path: '/a' },
  { method: 'DELETE', port, path: '/b' },
  { method: 'HEAD', port, path: '/b' },
];
const perSecond = 40;
/** Requests of one kind that may be on their way at a moment. */
const inFlight = 3;

let console: LabConsole;
beforeAll(async () => {
  console = await LabConsole.start({ settleMs });
});
afterAll(() => console?.stop());

it('two tasks on one service: each gets exactly the requests that it asked for, through every change of the other', async () => {
  const kube = labKube();
  const { egress } = await makeShop(kube, variant);
  const before = await sharedObjects(kube, namespace);
  const load = new ConstantLoad({ egress, host: `${service}.${namespace}`, requests: sent, perSecond });
  try {
    await begin('test-users', 'v2', { match: [{ headers: { 'x-test-user': { exact: 'true' } } }] });
    await begin('reads', 'v3', { safety: { methods: ['GET', 'HEAD', 'OPTIONS'] } });
    const byTestUsers = ['GET /a/test', 'GET /b/test', 'POST /a/test', 'POST /b/test'];
    const reading = ['GET /a', 'GET /a/test', 'GET /b/test', 'HEAD /b'];
    await expectCopies({ v2: byTestUsers, v3: reading });

    await verb('test-users', 'pause');
    await expectCopies({ v2: [], v3: reading });
    await verb('test-users', 'resume');
    await expectCopies({ v2: byTestUsers, v3: reading });
    for (const name of ['test-users', 'reads']) await expectWholeCoverage(name);

    await remove('reads');
    await expectCopies({ v2: byTestUsers });
    await remove('test-users');
    expect(await sharedObjects(kube, namespace)).toEqual(before);
  } finally {
    const { failures, answeredBy } = await load.stop();
    leaveNamespace(kube, namespace);
    expect(failures).toEqual([]);
    expect(Object.keys(answeredBy)).toEqual(['shop-v1']);
  }
}, 400_000);

async function begin(name: string, version: string, selection: object): Promise<void> {
  const input = taskInput(variant, 100);
  const { status, body } = await console.api('POST', '/tasks', {
    ...input,
    ...selection,
    name,
    target: { ...input.target, version },
  });
  expect(status, JSON.stringify(body)).toBe(201);
  await console.untilState(namespace, name, 'Mirroring', 120_000);
}

async function verb(name: string, asked: 'pause' | 'resume'): Promise<void> {
  const { status, body } = await console.api('POST', `/tasks/${namespace}/${name}/${asked}`, {});
  expect(status, JSON.stringify(body)).toBe(202);
  await console.untilState(namespace, name, asked === 'pause' ? 'Paused' : 'Mirroring', 120_000);
}

async function remove(name: string): Promise<void> {
  const { status } = await console.api('DELETE', `/tasks/${namespace}/${name}`);
  expect(status).toBe(202);
  await waitFor(
    `${name} is gone`,
    async () => (await console.api('GET', `/tasks/${namespace}/${name}`)).status === 404,
  );
}

/** From a moment on at which every proxy has the routes: what arrives is what is wanted, and all of it comes. */
async function expectCopies(wanted: Record<string, string[]>): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, settleMs));
  const apps = await Promise.all(
    Object.keys(wanted).map(async (version) => ({
      version,
      app: (await readyPods(namespace, `shop-${version}`))[0]!.app,
    })),
  );
  const live = (await readyPods(namespace, 'shop-v1'))[0]!.app;
  const begins = await Promise.all(apps.map(({ app }) => look(live, app)));
  const rounds = 30;
  const [begin] = begins;
  await waitFor('requests of every kind', async () => {
    const now = await requestsOf(live);
    return sent.every(({ method, path }) => grown(begin!.after, now, `${method} ${path}`) >= rounds);
  });
  for (const [index, { version, app }] of apps.entries()) {
    const { before, own, after } = begins[index]!;
    const end = await look(live, app);
    const copied = Object.keys(end.own).filter((request) => grown(own, end.own, request) > 0);
    expect(copied.toSorted(), version).toEqual(wanted[version]);
    for (const request of copied) {
      const copies = grown(own, end.own, request);
      // Once each: a copy may be under way when its original was counted, or the other way round.
      expect(copies, `${version}: ${request}`).toBeGreaterThanOrEqual(grown(after, end.before, request) - inFlight);
      expect(copies, `${version}: ${request}`).toBeLessThanOrEqual(grown(before, end.after, request) + inFlight);
    }
  }
}

type Requests = AppCounts['requests'];

async function requestsOf(app: string): Promise<Requests> {
  return ((await (await fetch(`${app}/-/counts`)).json()) as AppCounts).requests;
}

/** What an application has counted, and the live one just before and just after. */
async function look(live: string, app: string): Promise<Record<'before' | 'own' | 'after', Requests>> {
  return { before: await requestsOf(live), own: await requestsOf(app), after: await requestsOf(live) };
}

function grown(from: Requests, to: Requests, request: string): number {
  return (to[request] ?? 0) - (from[request] ?? 0);
}

/** Measured by what the client's proxy counted on the clones that carry the copies. */
async function expectWholeCoverage(name: string): Promise<void> {
  const coverage = async () => (await console.api('GET', `/tasks/${namespace}/${name}`)).body.coverage;
  await waitFor(`the coverage of ${name}`, async () => (await coverage())?.value !== null, [], 110_000);
  const { value, low, high } = await coverage();
  expect(value).toBeGreaterThan(0.9);
  expect(low).toBeLessThanOrEqual(1);
  expect(high).toBeGreaterThanOrEqual(1);
}
