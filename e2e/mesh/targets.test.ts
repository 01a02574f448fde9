// Kubernetes answers with every kind there is: tests narrow by what they expect.
/* oxlint-disable typescript/no-explicit-any */
import { createServer, type Server } from 'node:http';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { create, type Manifest } from '../cluster/cluster.ts';
import { waitFor } from '../cluster/control-plane.ts';
import { ConstantLoad, type LoadResult } from './fire/load.ts';
import { makeShop, otherNames, service, sharedObjects, task, type Variant } from './fire/shop.ts';
import type { OutsideHost } from './lab/outside-host.ts';
import { adminPort } from './lab/sidecar.ts';
import { istioApi, labKube, labPods, leaveNamespace, readyPods } from './lab-client.ts';
import { LabConsole } from './lab-console.ts';
import { readProxyConfig } from './planner/envoy-config.ts';

const settleMs = 2500;
const perSecond = 10;
/** Requests that may be on their way at a moment. */
const inFlight = 3;
const kube = labKube();
const namespaces = {
  service: 'targets-service',
  external: 'targets-external',
  secure: 'targets-secure',
  reused: 'targets-reused',
  impostor: 'targets-impostor',
  nameless: 'targets-nameless',
};
/** Port under which an owner's ServiceEntry has the host outside. */
const ownersPort = 8443;

let console: LabConsole;
beforeAll(async () => {
  console = await LabConsole.start({ settleMs });
});
afterAll(async () => {
  await console?.stop();
  for (const namespace of Object.values(namespaces)) leaveNamespace(kube, namespace);
});

interface Copying {
  namespace: string;
  target: Record<string, unknown>;
  /** What somebody has in the namespace before the task. */
  owned?: Manifest[];
  /** Looks while every request is copied. */
  look(load: ConstantLoad): Promise<void>;
  /** Looks when the task is gone, and requests go on. */
  afterwards?(load: ConstantLoad): Promise<void>;
}

/** Copies that have come, and the live requests answered just before and just after they were counted. */
async function countedBeside(load: ConstantLoad, countCopies: () => Promise<number>) {
  const before = load.result.answered;
  const copies = await countCopies();
  return { before, copies, after: load.result.answered };
}

/** A task of a shop of its own copies every request to the target, and goes; what the load met, and the shop before and after. */
async function whileCopying({ namespace, target, owned = [], look, afterwards }: Copying): Promise<LoadResult> {
  const { egress, requests } = await makeShop(kube, shopIn(namespace));
  for (const manifest of owned) await create(kube, manifest);
  const objects = async () => [await sharedObjects(kube, namespace), await otherNames(kube, namespace)];
  const before = await objects();
  const load = new ConstantLoad({ egress, host: `${service}.${namespace}`, requests, perSecond });
  try {
    const { status, body } = await console.api('POST', '/tasks', taskTo(namespace, target));
    expect(status, JSON.stringify(body)).toBe(201);
    await console.untilState(namespace, task, 'Mirroring', 120_000);
    await look(load);
    expect((await console.api('DELETE', `/tasks/${namespace}/${task}`)).status).toBe(202);
    await console.untilState(namespace, task, '404', 120_000);
    expect(await objects()).toEqual(before);
    await afterwards?.(load);
  } finally {
    await load.stop();
  }
  return load.result;
}

function shopIn(namespace: string): Variant {
  return { namespace, placement: 'dedicated', owner: 'one route', ports: [9080] };
}

function taskTo(namespace: string, target: Record<string, unknown>) {
  return { namespace, name: task, service, percentage: 100, target };
}

const hasClientCluster = async (namespace: string, cluster: string): Promise<boolean> => {
  const [client] = await readyPods(namespace, 'client');
  return (await readProxyConfig(client!.address)).hasCluster(cluster);
};

describe('a target beside the service, on a real mesh', () => {
  it('a service of another namespace, on another port, gets every request; no client loses one', async () => {
    const namespace = namespaces.service;
    const target = { kind: 'service', namespace: 'httpbin', name: 'httpbin', port: 8000 };
    const look = async () => {
      const logged = async () => {
        const pods = (await labPods()).filter(
          (pod) => pod.namespace === 'httpbin' && pod.workload.startsWith('httpbin-v'),
        );
        const logs = await Promise.all(
          pods.map(({ name }) => kube.get(`/api/v1/namespaces/httpbin/pods/${name}/log?container=istio-proxy`)),
        );
        return logs
          .join('\n')
          .split('\n')
          .filter((line) => line.includes(`"authority":"${service}.${namespace}:9080"`));
      };
      await waitFor('copies in the log of the target’s proxies', async () => (await logged()).length > 20);
      const log = await console.text(`/tasks/${namespace}/${task}/logs?side=mirror&tail=200`);
      expect(log.split('\n').length).toBeGreaterThan(10);
      const { body } = await console.api('GET', `/tasks/${namespace}/${task}`);
      expect(body.coverage).toMatchObject({ value: null, reason: { code: 'coverage_own_traffic' } });
      await waitFor('requests on both sides, joined by their id', async () => {
        const { body: joined } = await console.api('GET', `/tasks/${namespace}/${task}/requests`);
        return joined.items.length > 10;
      });
    };
    const result = await whileCopying({ namespace, target, look });
    expect(result.failures).toEqual([]);
    expect(Object.keys(result.answeredBy)).toEqual(['shop-v1']);
  });

  it('a host outside gets every request once its ServiceEntry is there, and no proxy knows it afterwards', async () => {
    const namespace = namespaces.external;
    const host = 'replay.localhost';
    const received: string[] = [];
    const port = 9080;
    const outside = await listen(port, (line) => received.push(line));
    const cluster = `outbound|${port}||${host}`;
    try {
      const look = async () => {
        await waitFor('copies outside the mesh', async () => received.length > 20);
        expect(received.at(-1)).toBe(`${service}.${namespace}:9080`);
        const { items } = await kube.get(`${istioApi}/namespaces/${namespace}/serviceentries`);
        expect(items.map(({ spec }: any) => spec.hosts)).toEqual([[host]]);
        expect(await hasClientCluster(namespace, cluster)).toBe(true);
        const { body } = await console.api('GET', `/tasks/${namespace}/${task}`);
        expect(body.coverage).toMatchObject({ value: null, reason: { code: 'coverage_external' } });
      };
      const result = await whileCopying({ namespace, target: { kind: 'external', host, port, tls: false }, look });
      expect(result.failures).toEqual([]);
      await waitFor('the cluster is gone', async () => !(await hasClientCluster(namespace, cluster)));
    } finally {
      outside.close();
    }
  });
});

describe('a host outside that speaks TLS alone, on a real mesh', () => {
  it('gets every request, asked for by its own name, until the task is gone; then no proxy knows it', async () => {
    const namespace = namespaces.secure;
    const { host, port } = await outside();
    const arrived = () => arrivedFrom(namespace, host);
    let cluster = '';
    const result = await whileCopying({
      namespace,
      target: { kind: 'external', host, port, tls: true },
      look: async (load) => {
        await waitFor('copies over TLS', async () => (await arrived()) > 20);
        const begin = await countedBeside(load, arrived);
        await load.untilAnswered(100);
        const end = await countedBeside(load, arrived);
        const copies = end.copies - begin.copies;
        expect(copies).toBeGreaterThanOrEqual(end.before - begin.after - inFlight);
        expect(copies).toBeLessThanOrEqual(end.after - begin.before + inFlight);
        const [[entry], [rule]] = await madeOf(namespace);
        expect(entry.spec).toMatchObject({ hosts: [host], exportTo: ['.'], ports: [{ targetPort: port }] });
        expect(rule.spec).toMatchObject({
          host,
          exportTo: ['.'],
          trafficPolicy: { tls: { mode: 'SIMPLE', sni: host } },
        });
        cluster = `outbound|${entry.spec.ports[0].number}||${host}`;
        expect(await hasClientCluster(namespace, cluster)).toBe(true);
      },
      afterwards: async (load) => {
        await waitFor('the cluster is gone', async () => !(await hasClientCluster(namespace, cluster)));
        const before = await arrived();
        await load.untilAnswered(30);
        expect(await arrived()).toBe(before);
      },
    });
    expect(result.failures).toEqual([]);
    expect(Object.keys(result.answeredBy)).toEqual(['shop-v1']);
  });

  it('is reached by its owner’s ServiceEntry and DestinationRule where they are there, which stay as they are', async () => {
    const namespace = namespaces.reused;
    const { host, port } = await outside();
    const owned = ownersRules(namespace, { host, port, tls: { mode: 'SIMPLE', sni: host, subjectAltNames: [host] } });
    const state = async () => (await madeOf(namespace)).flat().map(({ metadata }) => metadata);
    let before: unknown;
    const result = await whileCopying({
      namespace,
      target: { kind: 'external', host, port: ownersPort, tls: true },
      owned,
      look: async () => {
        before = await state();
        expect(before).toHaveLength(owned.length);
        await waitFor('copies over TLS', async () => (await arrivedFrom(namespace, host)) > 20);
      },
      afterwards: async () => expect(await state()).toEqual(before),
    });
    expect(result.failures).toEqual([]);
  });

  it('gets nothing where its certificate is for another name', async () => {
    const namespace = namespaces.impostor;
    const { port } = await outside();
    const host = 'impostor.localhost';
    const result = await whileCopying({
      namespace,
      target: { kind: 'external', host, port, tls: true },
      look: async () => {
        const [kept, arrived] = [() => misnamed(namespace, host), () => arrivedFrom(namespace, host)];
        await waitFor('copies, kept or not', async () => (await kept()) > 20 || (await arrived()) > 20);
        expect(await arrived()).toBe(0);
      },
    });
    expect(result.failures).toEqual([]);
  });

  it('gets nothing by an owner’s rule without an SNI, as the plan says', async () => {
    const namespace = namespaces.nameless;
    const { host, port } = await outside();
    const { egress, requests } = await makeShop(kube, shopIn(namespace));
    for (const manifest of ownersRules(namespace, { host, port, tls: { mode: 'SIMPLE' } }))
      await create(kube, manifest);
    const input = taskTo(namespace, { kind: 'external', host, port: ownersPort, tls: true });
    const refusals = async () => {
      const { body } = await console.api('POST', '/tasks/plan', input);
      return body.checks
        .filter(({ severity }: any) => severity === 'fail')
        .map(({ code, params }: any) => `${code} ${params.reason}`);
    };
    await expect.poll(refusals, { timeout: 10_000 }).toEqual(['external_tls no_sni']);

    const mirror = { host, port: { number: ownersPort } };
    const route = `${istioApi}/namespaces/${namespace}/virtualservices/${service}`;
    const patch = [{ op: 'add', path: '/spec/http/0/mirror', value: mirror }];
    await kube.send('PATCH', route, patch, 'application/json-patch+json');
    const load = new ConstantLoad({ egress, host: `${service}.${namespace}`, requests, perSecond });
    try {
      await waitFor('copies that the proxy keeps', async () => (await misnamed(namespace, host)) > 5);
      const { requests: came } = await outside();
      expect(Object.keys(came).filter((names) => names.includes(namespace))).toEqual([]);
    } finally {
      await load.stop();
    }
  });
});

/** The host outside the mesh that speaks TLS, and what came there. */
async function outside(): Promise<Pick<OutsideHost, 'host' | 'port' | 'requests'>> {
  return (await (await fetch(`${inject('lab').url}/outside`)).json()) as OutsideHost;
}

/** Copies of the shop's requests that came there under the name. */
async function arrivedFrom(namespace: string, host: string): Promise<number> {
  return (await outside()).requests[`${host} ${service}.${namespace}:9080`] ?? 0;
}

/** How often the client's proxy turned away from a host because its certificate is for another name. */
async function misnamed(namespace: string, host: string): Promise<number> {
  const [client] = await readyPods(namespace, 'client');
  const filter = encodeURIComponent(`\\|${host};\\.ssl\\.fail_verify_san`);
  const text = await (await fetch(`http://${client!.address}:${adminPort}/stats?filter=${filter}`)).text();
  return Number(/fail_verify_san: (\d+)/.exec(text)?.[1] ?? 0);
}

/** ServiceEntries of a namespace, and the rules there that are not the shop's. */
async function madeOf(namespace: string): Promise<[entries: any[], rules: any[]]> {
  const read = async (plural: string) => (await kube.get(`${istioApi}/namespaces/${namespace}/${plural}`)).items;
  const rules = await read('destinationrules');
  return [await read('serviceentries'), rules.filter(({ metadata }: any) => metadata.name !== service)];
}

/** What an owner has who calls the host himself; the rule speaks TLS to his port alone, as Istio's own example does. */
function ownersRules(namespace: string, { host, port, tls }: { host: string; port: number; tls: object }): Manifest[] {
  const apiVersion = 'networking.istio.io/v1';
  const metadata = { name: 'outside', namespace };
  const entry = {
    hosts: [host],
    exportTo: ['.'],
    location: 'MESH_EXTERNAL',
    resolution: 'DNS',
    ports: [{ number: ownersPort, name: 'http', protocol: 'HTTP', targetPort: port }],
  };
  const rule = { host, exportTo: ['.'], trafficPolicy: { portLevelSettings: [{ port: { number: ownersPort }, tls }] } };
  return [
    { apiVersion, kind: 'ServiceEntry', metadata, spec: entry } as Manifest,
    { apiVersion, kind: 'DestinationRule', metadata, spec: rule } as Manifest,
  ];
}

/** A plain listener on loopback that no proxy stands before; hears the Host of each request. */
function listen(port: number, hear: (host: string) => void): Promise<Server> {
  const server = createServer((request, response) => {
    hear(request.headers.host ?? '');
    response.end('thrown away');
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve(server));
  });
}
