// Kubernetes answers with every kind there is: tests narrow by what they expect.
/* oxlint-disable typescript/no-explicit-any */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { create, type Manifest } from '../cluster/cluster.ts';
import { waitFor } from '../cluster/control-plane.ts';
import { ConstantLoad, type LoadedRequest } from './fire/load.ts';
import { countsOf, sharedObjects } from './fire/shop.ts';
import { istioApi, labKube, readyPods } from './lab-client.ts';
import { LabConsole } from './lab-console.ts';
import { readProxyConfig } from './planner/envoy-config.ts';

const kube = labKube();
const settleMs = 2500;
/** Beside what the lab's own callers send. */
const perSecond = 60;
/** Requests that are counted for a share. */
const enoughRequests = 600;
/** Standard deviations that a share may be off by chance. */
const wideDeviations = 5;
/** Requests that may be on their way at a moment. */
const inFlight = 10;

/** A service of the seeds, with who calls it and who answers. */
interface Seed {
  namespace: string;
  service: string;
  live: string;
  caller: string;
  request: LoadedRequest;
}

const myApp: Seed = {
  namespace: 'my-app',
  service: 'my-app',
  live: 'my-app-stable',
  caller: 'caller',
  request: { method: 'GET', port: 8080, path: '/api/items' },
};
const bookinfo = { namespace: 'demo-project', caller: 'productpage-v1' };
const reviews: Seed = {
  ...bookinfo,
  service: 'reviews',
  live: 'reviews-v1',
  request: { method: 'GET', port: 9080, path: '/reviews/0' },
};
const details: Seed = {
  ...bookinfo,
  service: 'details',
  live: 'details-v1',
  request: { method: 'GET', port: 9080, path: '/details/0' },
};

const secondCanary = 'my-app-canary-v3';
let console: LabConsole;
let before: object;

beforeAll(async () => {
  console = await LabConsole.start({ settleMs });
  before = await seedObjects();
});
afterAll(async () => {
  await console?.stop();
  await kube.send('DELETE', `/apis/apps/v1/namespaces/my-app/deployments/${secondCanary}`).catch(() => undefined);
  expect(await seedObjects(), 'what the tasks leave behind').toEqual(before);
});

describe('presets and examples of the documents, on a real mesh', () => {
  it.concurrent('guide 3.2 and 3.3: the canary gets 10 % of what the stable version answers, then 50 %', () =>
    onMyApp(async () => {
      await whileMirroring(myApp, { target: canary('my-app-canary'), percentage: 10 }, async (name) => {
        await untilInForce(myApp, [10]);
        await expectShares(myApp, { 'my-app-canary': 10 });
        const { status } = await console.api('PATCH', `/tasks/my-app/${name}`, { percentage: 50 });
        expect(status).toBe(202);
        await console.untilState('my-app', name, 'Mirroring');
        await untilInForce(myApp, [50]);
        await expectShares(myApp, { 'my-app-canary': 50 });
      });
    }));

  it.concurrent('guide 4.2: two canaries that are there get 30 % and 20 %, by `mirrors` of one route', () =>
    onMyApp(async () => {
      await makeSecondCanary();
      const targets = [
        { ...canary('my-app-canary'), percentage: 30 },
        { ...canary(secondCanary), percentage: 20 },
      ];
      await whileMirroring(myApp, { targets }, async () => {
        const { spec } = await kube.get(`${istioApi}/namespaces/my-app/virtualservices/my-app`);
        expect(spec.http).toHaveLength(1);
        expect(spec.http[0].mirror).toBeUndefined();
        expect(spec.http[0].mirrors.map(({ percentage }: any) => percentage.value)).toEqual([30, 20]);
        await untilInForce(myApp, [30, 20]);
        await expectShares(myApp, { 'my-app-canary': 30, [secondCanary]: 20 });
      });
    }));

  it.concurrent('guide 4.3: 10 % go to the host outside, by the ServiceEntry that is there', () =>
    onMyApp(async () => {
      const folder = `${istioApi}/namespaces/my-app/serviceentries`;
      const { items: entries } = await kube.get(folder);
      const host = 'external-service.example.com';
      const target = { kind: 'external', host, port: 80, tls: false };
      await whileMirroring(myApp, { target, percentage: 10 }, async () => {
        await untilInForce(myApp, [10]);
        expect((await copiesAtCaller(myApp))?.flat().map(({ cluster }) => cluster)).toEqual([`outbound|80||${host}`]);
        expect((await kube.get(folder)).items).toEqual(entries);
      });
    }));

  it.concurrent('A/B test as A/A: a second copy of the live version gets half of what changes nothing', async () => {
    const containers = [{ name: 'reviews', image: await imageOf(reviews) }];
    const target = { kind: 'version', version: 'v1-copy', replicas: 1, containers };
    const safety = { methods: ['GET', 'HEAD', 'OPTIONS'] };
    await whileMirroring(reviews, { target, percentage: 50, safety }, async (name) => {
      const workload = await mirrorOf(reviews, name);
      await untilInForce(reviews, [50]);
      await expectShares(reviews, { [workload]: 50 });
    });
  });

  it.concurrent('guide 6.2, at 5 %: the test environment is the mirrored application’s, and no live one’s', async () => {
    const env = [
      { name: 'ENVIRONMENT', value: 'test' },
      { name: 'DISABLE_WRITE', value: 'true' },
    ];
    const containers = [{ name: 'details', image: await imageOf(details), env }];
    const target = { kind: 'version', version: 'v2', replicas: 1, containers };
    await whileMirroring(details, { target, percentage: 5 }, async (name) => {
      const workload = await mirrorOf(details, name);
      const [pod] = await readyPods('demo-project', workload);
      for (const path of [`apis/apps/v1/namespaces/demo-project/deployments/${workload}`, podPath(pod!.name)]) {
        expect(envOf(await kube.get(`/${path}`)), path).toEqual(expect.arrayContaining(env));
      }
      const [live] = await readyPods('demo-project', details.live);
      const names = envOf(await kube.get(`/${podPath(live!.name)}`)).map((one) => one.name);
      for (const one of env) expect(names).not.toContain(one.name);
      await untilInForce(details, [5]);
      await expectShares(details, { [workload]: 5 });
    });
  });
});

/** Tasks of one service, one after the other: each is to be alone on its routes. */
let turn: Promise<unknown> = Promise.resolve();
function onMyApp(work: () => Promise<void>): Promise<void> {
  const mine = turn.then(work);
  turn = mine.catch(() => undefined);
  return mine;
}

function canary(existing: string) {
  return { kind: 'version', existing };
}

/** The guide's my-app-canary once more, as another version. */
async function makeSecondCanary(): Promise<void> {
  const folder = '/apis/apps/v1/namespaces/my-app/deployments';
  const { spec } = await kube.get(`${folder}/my-app-canary`);
  const labels = { app: 'my-app', version: 'v3.0' };
  const template = { metadata: { labels }, spec: { containers: spec.template.spec.containers } };
  await create(kube, {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: secondCanary, namespace: 'my-app' },
    spec: { replicas: 1, selector: { matchLabels: labels }, template },
  } as Manifest);
  await readyPods('my-app', secondCanary);
}

let tasks = 0;

/** Runs `look` while a task of the service copies; clients are answered by the live version all the time. */
async function whileMirroring(
  seed: Seed,
  input: Record<string, unknown>,
  look: (name: string) => Promise<void>,
): Promise<void> {
  const { namespace, service, live, request } = seed;
  const name = `preset-${(tasks += 1)}`;
  const load = new ConstantLoad({
    egress: (await callerOf(seed)).egress,
    host: `${service}.${namespace}`,
    requests: [request],
    perSecond,
  });
  try {
    const { status, body } = await console.api('POST', '/tasks', { namespace, name, service, ...input });
    expect(status, JSON.stringify(body)).toBe(201);
    await console.untilState(namespace, name, 'Mirroring', 120_000);
    await look(name);
    expect((await console.api('DELETE', `/tasks/${namespace}/${name}`)).status).toBe(202);
    await console.untilState(namespace, name, '404', 120_000);
  } finally {
    const { failures, answeredBy } = await load.stop();
    // Their images answer some requests with an error.
    expect(failures.filter((failure) => !failure.includes(' 500 for '))).toEqual([]);
    expect(Object.keys(answeredBy)).toEqual([live]);
  }
}

async function callerOf({ namespace, caller }: Seed) {
  const [pod] = await readyPods(namespace, caller);
  return pod!;
}

/** What the caller's proxy copies of the service's requests, route by route. */
async function copiesAtCaller(seed: Seed) {
  const { namespace, service, request } = seed;
  const config = await readProxyConfig((await callerOf(seed)).address);
  return config.copiesOf(`${service}.${namespace}.svc.cluster.local`, request.port);
}

/** Waits until the caller's proxy copies these shares of every request, in percent. */
async function untilInForce(seed: Seed, percentages: readonly number[]): Promise<void> {
  const wanted = percentages.map((percentage) => percentage * 10_000).join();
  await waitFor(`${percentages.join(' and ')} % of ${seed.service} at its caller`, async () => {
    const copies = (await copiesAtCaller(seed))?.flat() ?? [];
    return copies.map(({ millionths }) => millionths).join() === wanted;
  });
}

/** Of the live version's requests from here on each workload gets its share, in percent, within what chance makes of it. */
async function expectShares({ namespace, live }: Seed, shares: Record<string, number>): Promise<void> {
  const requestsOf = async (workload: string) =>
    (await countsOf(namespace, workload))
      .flatMap(({ requests }) => Object.values(requests))
      .reduce((sum, count) => sum + count, 0);
  const look = async () => {
    const names = [live, ...Object.keys(shares)];
    return Object.fromEntries(await Promise.all(names.map(async (name) => [name, await requestsOf(name)] as const)));
  };
  const begin = await look();
  await waitFor(`requests of ${live}`, async () => (await requestsOf(live)) - begin[live]! >= enoughRequests);
  const end = await look();
  const answered = end[live]! - begin[live]!;
  for (const [workload, percentage] of Object.entries(shares)) {
    const share = percentage / 100;
    const copies = end[workload]! - begin[workload]!;
    const bound = wideDeviations * Math.sqrt(answered * share * (1 - share)) + inFlight;
    expect(
      Math.abs(copies - answered * share),
      `${workload} got ${copies} of ${answered}, not ${percentage} %`,
    ).toBeLessThanOrEqual(bound);
  }
}

async function imageOf({ namespace, live }: Seed): Promise<string> {
  const { spec } = await kube.get(`/apis/apps/v1/namespaces/${namespace}/deployments/${live}`);
  return spec.template.spec.containers[0].image;
}

/** The Deployment that the task made. */
async function mirrorOf({ namespace }: Seed, name: string): Promise<string> {
  return (await console.api('GET', `/tasks/${namespace}/${name}`)).body.targets[0].workload;
}

function podPath(name: string): string {
  return `api/v1/namespaces/demo-project/pods/${name}`;
}

function envOf({ spec }: any): { name: string; value?: string }[] {
  return (spec.template?.spec ?? spec).containers.flatMap(({ env = [] }: any) => env);
}

async function seedObjects(): Promise<object> {
  return Object.fromEntries(
    await Promise.all(['my-app', 'demo-project'].map(async (name) => [name, await sharedObjects(kube, name)] as const)),
  );
}
