import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { HttpRoute } from '../../../lib/domain/kubernetes.ts';
import { waitFor } from '../../cluster/control-plane.ts';
import type { Kube } from '../../kube.ts';
import { istioApi, labKube } from '../lab-client.ts';
import { LabConsole } from '../lab-console.ts';
import { ConstantLoad, type LoadResult } from './load.ts';
import {
  copiesReceived,
  liveWorkloads,
  makeShop,
  service,
  sharedObjects,
  task,
  taskInput,
  type Variant,
} from './shop.ts';
import { startWritesProxy } from './writes-proxy.ts';

const isFull = process.env.MESH_MATRIX === 'full';
/** Requests of the whole file, at least. */
const wantedRequests = isFull ? 1_000_000 : 200_000;
const perSecond = isFull ? 120 : 70;
/**
 * How long a console waits after a write. istiod pushes after 0.1 s; but a proxy uses a new cluster only when it has its
 * endpoints, which on two busy cores took 3.8 s once: at 2.5 s a route led to a cluster that was not there yet.
 */
const settleMs = 5000;
const caseTimeoutMs = isFull ? 3_600_000 : 780_000;

/** Every pair of placement, owner's rules and ports that can be. */
const variants: Variant[] = [
  { placement: 'dedicated', owner: 'none', ports: [9080] },
  { placement: 'dedicated', owner: 'one route', ports: [9080, 9090] },
  { placement: 'dedicated', owner: 'two routes', ports: [9080] },
  { placement: 'dedicated', owner: 'two versions by weight', ports: [9080, 9090] },
  { placement: 'subset', owner: 'none', ports: [9080] },
  { placement: 'subset', owner: 'one route', ports: [9080] },
  { placement: 'subset', owner: 'two routes', ports: [9080, 9090] },
].map((variant, index) => ({ ...variant, namespace: `fire-${index + 1}` }) as Variant);

type Verb = 'create' | 'change' | 'pause' | 'resume' | 'delete';

/** Every write of a task's life, as the proxy names them; the record's journal and locks aside. */
const writes: Record<Variant['placement'], Record<Verb, string[]>> = {
  dedicated: {
    create: ['POST configmaps', 'POST services', 'POST deployments', 'PUT virtualservices/shop'],
    change: ['PUT virtualservices/shop'],
    pause: ['PUT virtualservices/shop'],
    resume: ['PUT virtualservices/shop'],
    delete: [
      'PUT virtualservices/shop',
      'DELETE deployments/shop-v2',
      'DELETE services/shop-mirror-next',
      'DELETE configmaps/mirror-console.next',
    ],
  },
  subset: {
    create: [
      'POST configmaps',
      'POST destinationrules',
      'POST virtualservices',
      'POST deployments',
      'PUT virtualservices/shop-mirror-next',
    ],
    change: ['PUT virtualservices/shop-mirror-next'],
    pause: ['PUT virtualservices/shop-mirror-next'],
    resume: ['PUT virtualservices/shop-mirror-next'],
    delete: [
      'PUT virtualservices/shop-mirror-next',
      'DELETE deployments/shop-v2',
      'DELETE virtualservices/shop-mirror-next',
      'DELETE destinationrules/shop-mirror-next',
      'DELETE configmaps/mirror-console.next',
    ],
  },
};

interface Killed {
  variant: Variant;
  /** Verbs during which the console is killed after each write; side by side, for each kill costs half a minute. */
  verbs: Verb[];
}

const killed: Killed[] = (['dedicated', 'subset'] as const).flatMap((placement) =>
  [['create', 'change'] as Verb[], ['pause', 'resume', 'delete'] as Verb[]].map((verbs) => {
    const namespace = `fire-killed-${placement}-${verbs[0]}`;
    const owner = placement === 'dedicated' ? 'one route' : 'none';
    return { variant: { namespace, placement, owner, ports: [9080] }, verbs };
  }),
);

const titleOf = ({ placement, owner, ports }: Variant) => `${placement}, ${owner}, ${ports.length} port(s)`;

let kube: Kube;
let shared: LabConsole;
const loads: ConstantLoad[] = [];

beforeAll(async () => {
  kube = labKube();
  shared = await LabConsole.start({ settleMs });
});
afterAll(() => shared?.stop());

describe('under constant load', () => {
  for (const variant of variants) {
    it.concurrent(
      `no client's request fails, and none is answered by the mirrored version: ${titleOf(variant)}`,
      async () => {
        const { egress, requests } = await makeShop(kube, variant);
        const host = `${service}.${variant.namespace}`;
        const load = startLoad({ egress, host, requests, perSecond });
        try {
          do await liveTask(shared, variant);
          while (requestsSent() < wantedRequests);
        } finally {
          await load.stop();
        }
        judge(variant, load.result);
      },
      caseTimeoutMs,
    );
  }

  for (const { variant, verbs } of killed) {
    it.concurrent(
      `the same while the console is killed after each write of ${verbs.join(', ')}: ${titleOf(variant)}`,
      async () => {
        const directory = mkdtempSync(path.join(tmpdir(), 'writes-proxy-'));
        const { egress, requests } = await makeShop(kube, variant);
        let console: LabConsole | undefined;
        const proxy = await startWritesProxy({
          kubeconfig: inject('lab').kubeconfig,
          target: path.join(directory, 'kubeconfig'),
          strike: () => console?.kill(),
        });
        console = await LabConsole.start({ kubeconfig: proxy.kubeconfig, settleMs });
        const load = startLoad({ egress, host: `${service}.${variant.namespace}`, requests, perSecond });
        try {
          await liveKilledTask(console, variant, { proxy, verbs });
        } finally {
          await load.stop();
          await console.stop();
          await proxy.stop();
          rmSync(directory, { recursive: true });
        }
        judge(variant, load.result);
        const wanted = verbs.flatMap((verb) => writes[variant.placement][verb].map((write) => `${verb} ${write}`));
        expect([...proxy.struck].toSorted()).toEqual(wanted.toSorted());
      },
      caseTimeoutMs,
    );
  }
});

describe('after all of it', () => {
  it(`at least ${wantedRequests} requests were sent`, () => {
    expect(requestsSent()).toBeGreaterThanOrEqual(wantedRequests);
  });
});

function startLoad(options: ConstructorParameters<typeof ConstantLoad>[0]): ConstantLoad {
  const load = new ConstantLoad(options);
  loads.push(load);
  return load;
}

/** By every case of this file so far. */
function requestsSent(): number {
  return loads.reduce((sum, { result }) => sum + result.sent, 0);
}

/** A task's whole life, with an owner who edits meanwhile; it leaves his objects as he wants them. */
async function liveTask(console: LabConsole, variant: Variant): Promise<void> {
  const { namespace } = variant;
  const route = `/tasks/${namespace}/${task}`;
  const verb = async (method: string, rest: string, body: unknown, state: string) => {
    const { status, body: answer } = await console.api(method, `${route}${rest}`, body);
    expect(status, JSON.stringify(answer)).toBe(202);
    await console.untilState(namespace, task, state);
  };
  const before = await sharedObjects(kube, namespace);
  const created = await console.api('POST', '/tasks', taskInput(variant, 50));
  expect(created.status, JSON.stringify(created.body)).toBe(201);
  await console.untilState(namespace, task, 'Mirroring', 120_000);
  await untilCopied(namespace);
  await verb('PATCH', '', { percentage: 100 }, 'Mirroring');
  const edited = await editAsOwner(variant, before);
  // A clone does not follow what its original becomes: the task says so, and puts it right when told to.
  if (hasClones(variant)) {
    await console.untilState(namespace, task, 'Drifted');
    await verb('POST', '/restore', {}, 'Mirroring');
  }
  await verb('PATCH', '', { percentage: 0.5 }, 'Mirroring');
  await verb('POST', '/pause', {}, 'Paused');
  await verb('POST', '/resume', {}, 'Mirroring');
  await verb('POST', '/finish', {}, 'Finished');
  expect(await sharedObjects(kube, namespace)).toEqual(edited);
  await verb('DELETE', '', undefined, '404');
}

/** The same with a console that is killed again and again, and goes on with what it finds. */
async function liveKilledTask(
  console: LabConsole,
  variant: Variant,
  { proxy, verbs }: { proxy: Awaited<ReturnType<typeof startWritesProxy>>; verbs: readonly Verb[] },
): Promise<void> {
  const { namespace } = variant;
  const route = `/tasks/${namespace}/${task}`;
  const before = await sharedObjects(kube, namespace);
  const verb = async (name: Verb, begin: () => ReturnType<LabConsole['api']>, state: string) => {
    proxy.setVerb(verbs.includes(name) ? name : null);
    for (let strikes = proxy.struck.size; ; strikes = proxy.struck.size) {
      // A console that is killed has no answer; one that got none of the API server in time says so, and is asked again.
      const answer = await begin().catch(() => null);
      const isUnavailable = answer !== null && answer.status >= 500;
      if (answer && answer.status >= 400 && !isUnavailable) throw new Error(`${name}: ${JSON.stringify(answer.body)}`);
      const isStruck = () => proxy.struck.size > strikes;
      if (!isUnavailable && (await settled(console, namespace, state, isStruck))) return;
      if (isStruck()) await console.restart();
      // What was begun is somebody's until it has been silent for half a minute.
      let now = '';
      await waitFor('the interrupted task', async () => {
        now = await restOf(console, route);
        return now !== '';
      });
      if (now === state) return;
      if (now === 'Incomplete') begin = () => console.api('POST', `${route}/retry`, {});
    }
  };
  await verb('create', () => console.api('POST', '/tasks', taskInput(variant, 50)), 'Mirroring');
  await untilCopied(namespace);
  await verb('change', () => console.api('PATCH', route, { percentage: 100 }), 'Mirroring');
  const edited = await editAsOwner(variant, before);
  await verb('pause', () => console.api('POST', `${route}/pause`, {}), 'Paused');
  await verb('resume', () => console.api('POST', `${route}/resume`, {}), 'Mirroring');
  await verb('delete', () => console.api('DELETE', route), '404');
  expect(await sharedObjects(kube, namespace)).toEqual(edited);
}

/** The state in which a task rests or waits to be continued; `404`: there is none; empty while it is worked on. */
async function restOf(console: LabConsole, route: string): Promise<string> {
  const { status, body } = await console.api('GET', route);
  if (status === 404) return '404';
  return body.operation === null || body.state === 'Incomplete' ? body.state : '';
}

/** True when the task came to rest in that state; false when the console was struck before. */
async function settled(
  console: LabConsole,
  namespace: string,
  state: string,
  isStruck: () => boolean,
): Promise<boolean> {
  try {
    await console.untilState(namespace, task, state, 120_000);
    return true;
  } catch (error) {
    if (isStruck()) return false;
    throw error;
  }
}

function hasClones({ owner, ports }: Variant): boolean {
  return owner !== 'none' && ports.length > 1;
}

async function untilCopied(namespace: string): Promise<void> {
  await waitFor(`copies in ${namespace}`, async () => (await copiesReceived(namespace)) > 20);
}

/** No two edits are alike. */
let edits = 0;

/** The owner changes routes, weights and labels while the task runs; the objects as they have to be in the end. */
async function editAsOwner({ namespace, owner }: Variant, before: Record<string, unknown>): Promise<object> {
  const after = structuredClone(before) as Record<string, { labels: object; spec: Record<string, unknown> }>;
  const edit = (edits += 1);
  const labels = { edited: String(edit) };
  await patch(`/api/v1/namespaces/${namespace}/services/${service}`, { metadata: { labels } });
  Object.assign(after[`services ${service}`]!.labels, labels);
  if (owner === 'none') return after;
  const url = `${istioApi}/namespaces/${namespace}/virtualservices/${service}`;
  const live = await kube.get(url);
  editRoutes(live.spec.http, edit);
  Object.assign(live.metadata.labels, labels);
  await kube.send('PUT', `${url}?fieldManager=kubectl-client-side-apply`, live);
  const mine = after[`virtualservices ${service}`] as unknown as { labels: object; spec: { http: HttpRoute[] } };
  editRoutes(mine.spec.http, edit);
  Object.assign(mine.labels, labels);
  return after;
}

/** Another timeout, other weights, and a new route before the others: never the same twice. */
function editRoutes(http: HttpRoute[], edit: number): void {
  const last = http.at(-1)!;
  last.timeout = `${10 + edit}s`;
  const destinations = last.route ?? [];
  const [first, second] = destinations;
  if (first && second) {
    first.weight = 60;
    second.weight = 40;
  }
  const match = [{ uri: { prefix: `/theirs-${edit}` } }];
  http.unshift({ name: `theirs-${edit}`, match, route: structuredClone(destinations) });
}

async function patch(url: string, body: object): Promise<void> {
  await kube.send('PATCH', `${url}?fieldManager=kubectl-client-side-apply`, body, 'application/merge-patch+json');
}

function judge(variant: Variant, { failures, answeredBy }: LoadResult): void {
  expect(failures).toEqual([]);
  expect(Object.keys(answeredBy).toSorted()).toEqual(liveWorkloads(variant).toSorted());
}
