// Kubernetes answers with every kind there is: tests narrow by what they expect.
/* oxlint-disable typescript/no-explicit-any */
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { create, type Manifest } from '../cluster/cluster.ts';
import { waitFor } from '../cluster/control-plane.ts';
import { sendThrough } from './fire/load.ts';
import { istioApi, labKube, makeClientPod, makeNamespace, readyPods } from './lab-client.ts';
import { readProxyConfig, type ProxyConfig, type ProxyCopy } from './planner/envoy-config.ts';

/** Lines of the seed documents that real Istio refuses, ignores or reads otherwise than they say. */
const namespace = 'seeds';
const host = `my-app.${namespace}.svc.cluster.local`;
const kube = labKube();
let client = '';

type Route = Record<string, unknown>;

beforeAll(async () => {
  await makeNamespace(kube, namespace);
  await makeClientPod(kube, namespace, 'client');
  await create(kube, {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'my-app', namespace },
    spec: { selector: { app: 'my-app' }, ports: [{ name: 'http', port: 8080 }] },
  } as Manifest);
  const subsets = ['stable', 'canary', 'canary-v2', 'canary-v3'].map((name) => ({ name, labels: { version: name } }));
  await create(kube, {
    apiVersion: 'networking.istio.io/v1',
    kind: 'DestinationRule',
    metadata: { name: 'my-app', namespace },
    spec: { host: 'my-app', subsets },
  } as Manifest);
  const [pod] = await readyPods(namespace, 'client');
  client = pod!.address;
});

describe('lines of the seed documents, on a real mesh', () => {
  it('`x-test-user: {exact: true}` is refused: the value is no string', async () => {
    const conditional = { match: [{ headers: { 'x-test-user': { exact: true } } }], ...toStable() };
    await expect(put([conditional])).rejects.toThrow(/422|400/);
    await put([{ ...conditional, match: [{ headers: { 'x-test-user': { exact: 'true' } } }] }, toStable()]);
  });

  it('`DISABLE_WRITE` with `value: true`, unquoted, is refused: Kubernetes wants a string', async () => {
    const labels = { app: 'unquoted' };
    const deployment = (value: unknown) => ({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'unquoted', namespace },
      spec: {
        replicas: 0,
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: { containers: [{ name: 'my-app', image: 'my-app:v2.0', env: [{ name: 'DISABLE_WRITE', value }] }] },
        },
      },
    });
    const send = (value: unknown) =>
      kube.send('POST', `/apis/apps/v1/namespaces/${namespace}/deployments?dryRun=All`, deployment(value));
    await expect(send(true)).rejects.toThrow(
      /400 .*cannot unmarshal bool into Go struct field EnvVar\.spec\.template\.spec\.containers\.env\.value of type string/,
    );
    await send('true');
  });

  it('what Istio itself refuses is refused: a route with `mirror` and `mirrors`', async () => {
    const mirrors = [{ destination: { host: 'my-app', subset: 'canary-v3' }, percentage: { value: 20 } }];
    const refused = put([{ ...withMirror('canary-v2', 30), mirrors }]);
    await expect(refused).rejects.toThrow('HTTP route cannot contain both mirror and mirrors');
  });

  it('a second route without a match is never reached: its mirror copies nothing', async () => {
    await put([withMirror('canary-v2', 30), withMirror('canary-v3', 20)]);
    await untilCopies([[{ cluster: `outbound|8080|canary-v2|${host}`, millionths: 300_000 }]]);
  });

  it('of several VirtualServices on one host the oldest counts: the others copy nothing', async () => {
    await put([withMirror('canary', 10)]);
    await untilCopies([[{ cluster: `outbound|8080|canary|${host}`, millionths: 100_000 }]]);
    for (const name of ['my-app-conditional', 'my-app-multi-mirror', 'my-app-external-mirror']) {
      // Of two that are as old as each other the name decides.
      await new Promise((resolve) => setTimeout(resolve, 1100));
      await create(kube, virtualService(name, [withMirror('canary-v3', 100)]));
    }
    await put([withMirror('canary', 11)]);
    await untilCopies([[{ cluster: `outbound|8080|canary|${host}`, millionths: 110_000 }]]);
    for (const name of ['my-app-conditional', 'my-app-multi-mirror', 'my-app-external-mirror'])
      await kube.send('DELETE', `${istioApi}/namespaces/${namespace}/virtualservices/${name}`);
  });

  it('a mirror to a host outside names a cluster that no proxy has until a ServiceEntry is there', async () => {
    const outside = 'nobody.example.com';
    const cluster = `outbound|8080||${outside}`;
    await put([{ ...toStable(), mirror: { host: outside, port: { number: 8080 } } }]);
    const config = await untilCopies([[{ cluster, millionths: 1_000_000 }]]);
    expect(config.hasCluster(cluster)).toBe(false);
    const ports = [{ number: 8080, name: 'http', protocol: 'HTTP' }];
    await create(kube, {
      apiVersion: 'networking.istio.io/v1',
      kind: 'ServiceEntry',
      metadata: { name: 'nobody', namespace },
      spec: { hosts: [outside], ports, resolution: 'DNS', location: 'MESH_EXTERNAL' },
    } as Manifest);
    const isKnown = async () => (await readProxyConfig(client)).hasCluster(cluster);
    await expect.poll(isKnown, { timeout: 30_000 }).toBe(true);
    await kube.send('DELETE', `${istioApi}/namespaces/${namespace}/serviceentries/nobody`);
  });

  it('`weight` of a route is no share of copies: without mirrorPercentage every request is copied', async () => {
    const [destination] = toStable().route;
    await put([{ route: [{ ...destination, weight: 5 }], mirror: { host: 'my-app', subset: 'canary' } }]);
    await untilCopies([[{ cluster: `outbound|8080|canary|${host}`, millionths: 1_000_000 }]]);
  });

  it('`destination_service` holds the full name: the short one of the guide finds nothing', async () => {
    const [sleep] = await readyPods('httpbin', 'sleep');
    await sendThrough(sleep!.egress, 'httpbin:8000', { method: 'GET', port: 8000, path: '/headers' });
    const count = async (service: string) => {
      const query = `sum(istio_requests_total{destination_service="${service}"})`;
      const response = await fetch(`${inject('lab').prometheus}/api/v1/query?${new URLSearchParams({ query })}`);
      return ((await response.json()) as any).data.result.length;
    };
    await expect.poll(() => count('httpbin.httpbin.svc.cluster.local'), { timeout: 30_000 }).toBe(1);
    expect(await count('httpbin')).toBe(0);
  });

  it('copies carry the Host of the original, without `-shadow`', async () => {
    const [sleep] = await readyPods('httpbin', 'sleep');
    await kube.send(
      'PATCH',
      `${istioApi}/namespaces/httpbin/virtualservices/httpbin`,
      [{ op: 'add', path: '/spec/http/0/mirror', value: { host: 'httpbin', subset: 'v2' } }],
      'application/json-patch+json',
    );
    const log = async () => {
      const { items } = await kube.get('/api/v1/namespaces/httpbin/pods?labelSelector=version%3Dv2');
      return kube.get(`/api/v1/namespaces/httpbin/pods/${items[0].metadata.name}/log?container=istio-proxy`);
    };
    await waitFor('a copy in the log of v2’s proxy', async () => {
      await sendThrough(sleep!.egress, 'httpbin:8000', { method: 'GET', port: 8000, path: '/headers' });
      return String(await log()).includes('"path":"/headers"');
    });
    expect(await log()).toContain('"authority":"httpbin:8000"');
    expect(await log()).not.toContain('-shadow');
    await kube.send(
      'PATCH',
      `${istioApi}/namespaces/httpbin/virtualservices/httpbin`,
      [{ op: 'remove', path: '/spec/http/0/mirror' }],
      'application/json-patch+json',
    );
  });
});

function toStable() {
  return { route: [{ destination: { host: 'my-app', subset: 'stable' }, weight: 100 }] };
}

function withMirror(subset: string, value: number): Route {
  return { ...toStable(), mirror: { host: 'my-app', subset }, mirrorPercentage: { value } };
}

function virtualService(name: string, http: Route[]): Manifest {
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: { name, namespace },
    spec: { hosts: [host], http },
  } as Manifest;
}

/** Sets the routes of VirtualService my-app. */
async function put(http: Route[]): Promise<void> {
  const folder = `${istioApi}/namespaces/${namespace}/virtualservices`;
  await create(kube, virtualService('my-app', http));
  const live = await kube.get(`${folder}/my-app`);
  await kube.send('PUT', `${folder}/my-app`, { ...live, spec: { hosts: [host], http } });
}

async function untilCopies(wanted: ProxyCopy[][]): Promise<ProxyConfig> {
  await expect
    .poll(async () => (await readProxyConfig(client)).copiesOf(host, 8080), { timeout: 60_000 })
    .toEqual(wanted);
  return readProxyConfig(client);
}
