// Kubernetes answers with every kind there is: tests narrow by what they expect.
/* oxlint-disable typescript/no-explicit-any */
import { createServer, type Server } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { waitFor } from '../cluster/control-plane.ts';
import { ConstantLoad, type LoadResult } from './fire/load.ts';
import { makeShop, service, sharedObjects, task, type Variant } from './fire/shop.ts';
import { istioApi, labKube, labPods, leaveNamespace, readyPods } from './lab-client.ts';
import { LabConsole } from './lab-console.ts';
import { readProxyConfig } from './planner/envoy-config.ts';

const settleMs = 2500;
const perSecond = 10;
const kube = labKube();
const namespaces = { service: 'targets-service', external: 'targets-external' };

let console: LabConsole;
beforeAll(async () => {
  console = await LabConsole.start({ settleMs });
});
afterAll(async () => {
  await console?.stop();
  for (const namespace of Object.values(namespaces)) leaveNamespace(kube, namespace);
});

/** Runs `look` while a task of a shop of its own copies every request to the target; what the load met, and the shop before and after. */
async function whileCopying(
  namespace: string,
  target: Record<string, unknown>,
  look: () => Promise<void>,
): Promise<LoadResult> {
  const variant: Variant = { namespace, placement: 'dedicated', owner: 'one route', ports: [9080] };
  const { egress, requests } = await makeShop(kube, variant);
  const before = await sharedObjects(kube, namespace);
  const load = new ConstantLoad({ egress, host: `${service}.${namespace}`, requests, perSecond });
  try {
    const input = { namespace, name: task, service, percentage: 100, target };
    const { status, body } = await console.api('POST', '/tasks', input);
    expect(status, JSON.stringify(body)).toBe(201);
    await console.untilState(namespace, task, 'Mirroring', 120_000);
    await look();
    expect((await console.api('DELETE', `/tasks/${namespace}/${task}`)).status).toBe(202);
    await console.untilState(namespace, task, '404', 120_000);
    expect(await sharedObjects(kube, namespace)).toEqual(before);
  } finally {
    await load.stop();
  }
  return load.result;
}

const hasClientCluster = async (namespace: string, cluster: string): Promise<boolean> => {
  const [client] = await readyPods(namespace, 'client');
  return (await readProxyConfig(client!.address)).hasCluster(cluster);
};

describe('a target beside the service, on a real mesh', () => {
  it('a service of another namespace, on another port, gets every request; no client loses one', async () => {
    const namespace = namespaces.service;
    const target = { kind: 'service', namespace: 'httpbin', name: 'httpbin', port: 8000 };
    const result = await whileCopying(namespace, target, async () => {
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
    });
    expect(result.failures).toEqual([]);
    expect(Object.keys(result.answeredBy)).toEqual(['shop-v1']);
  });

  it('a host outside gets every request once its ServiceEntry is there, and no proxy knows it afterwards', async () => {
    const namespace = namespaces.external;
    const host = 'replay.localhost';
    const received: string[] = [];
    // The lab's proxies know a cluster only of a port that they listen on for their applications.
    const port = 9080;
    const outside = await listen(port, (line) => received.push(line));
    const cluster = `outbound|${port}||${host}`;
    try {
      const result = await whileCopying(namespace, { kind: 'external', host, port, tls: false }, async () => {
        await waitFor('copies outside the mesh', async () => received.length > 20);
        expect(received.at(-1)).toBe(`${service}.${namespace}:9080`);
        const { items } = await kube.get(`${istioApi}/namespaces/${namespace}/serviceentries`);
        expect(items.map(({ spec }: any) => spec.hosts)).toEqual([[host]]);
        expect(await hasClientCluster(namespace, cluster)).toBe(true);
        const { body } = await console.api('GET', `/tasks/${namespace}/${task}`);
        expect(body.coverage).toMatchObject({ value: null, reason: { code: 'coverage_external' } });
      });
      expect(result.failures).toEqual([]);
      expect((await kube.get(`${istioApi}/namespaces/${namespace}/serviceentries`)).items).toEqual([]);
      await waitFor('the cluster is gone', async () => !(await hasClientCluster(namespace, cluster)));
    } finally {
      outside.close();
    }
  });
});

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
