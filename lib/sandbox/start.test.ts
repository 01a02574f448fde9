import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { Agent, request as httpsRequest } from 'node:https';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { DrivenClock } from './core/clock.ts';
import { startSandbox, type RunningSandbox } from './start.ts';

let sandbox: RunningSandbox;
let clock: DrivenClock;

beforeEach(async () => {
  clock = new DrivenClock(Date.parse('2026-11-23T09:00:00Z'));
  sandbox = await startSandbox({ clock, historyMs: 120_000 });
});
afterEach(() => sandbox.stop());

interface Reply {
  code: number;
  text: string;
}

/** A request as admin; rejects when the connection is refused or cut. */
function call(kubeconfig: string, method: string, target: string, body?: object): Promise<Reply> {
  const config = parse(kubeconfig);
  const { server, 'certificate-authority-data': authority } = config.clusters[0].cluster;
  const sent = body && Buffer.from(JSON.stringify(body));
  return new Promise((resolve, reject) => {
    const request = httpsRequest(
      new URL(target, server),
      {
        method,
        agent: new Agent({ keepAlive: false, ca: Buffer.from(authority, 'base64') }),
        headers: {
          authorization: `Bearer ${config.users[0].user.token}`,
          ...(sent ? { 'content-type': 'application/json', 'content-length': sent.length } : {}),
        },
      },
      (response) => {
        let text = '';
        response.on('data', (chunk: Buffer) => (text += chunk.toString()));
        response.once('end', () => resolve({ code: response.statusCode ?? 0, text }));
        response.once('error', reject);
      },
    );
    request.once('error', reject);
    request.end(sent);
  });
}

const kube = (method: string, target: string, body?: object) => call(sandbox.kubeconfigYaml, method, target, body);
const control = (method: string, target: string, body?: object, headers: Record<string, string> = {}) =>
  fetch(`${sandbox.controlUrl}${target}`, {
    method,
    headers: { 'content-type': 'application/json', ...headers },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
const configMaps = '/api/v1/namespaces/demo-project/configmaps';
const configMap = (name: string) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } });

describe('the sandbox at start', () => {
  it('has every preloaded Pod ready, three hours old', () => {
    const pods = sandbox.store.list('', 'Pod');
    expect(pods).toHaveLength(17);
    for (const pod of pods) {
      const conditions: { type: string; status: string }[] = pod['status'].conditions;
      expect(conditions.find(({ type }) => type === 'Ready')?.status, pod.metadata.name).toBe('True');
      expect(clock.now() - Date.parse(pod.metadata.creationTimestamp ?? '')).toBeGreaterThan(10_700_000);
    }
  });

  it('carries the shapes of the three guides', () => {
    const virtualService = sandbox.store.get('networking.istio.io', 'VirtualService', 'demo-project', 'reviews');
    expect(virtualService?.['spec']).toEqual({
      hosts: ['reviews'],
      http: [{ route: [{ destination: { host: 'reviews', port: { number: 9080 }, subset: 'v1' }, weight: 100 }] }],
    });
    expect(virtualService?.metadata.annotations).toHaveProperty(['kubectl.kubernetes.io/last-applied-configuration']);
    for (const kind of ['VirtualService', 'DestinationRule']) {
      expect(sandbox.store.get('networking.istio.io', kind, 'demo-project', 'ratings')).toBeUndefined();
    }
    expect(sandbox.store.get('networking.istio.io', 'ServiceEntry', 'my-app', 'external-service')).toBeDefined();
  });

  it('gives each user a context, and its own current one on demand', () => {
    const config = parse(sandbox.kubeconfigFor('viewer'));
    expect(config['current-context']).toBe('viewer');
    expect(config.contexts.map(({ name }: { name: string }) => name)).toEqual(['admin', 'project-regular', 'viewer']);
    expect(new Set(config.users.map(({ user }: { user: { token: string } }) => user.token)).size).toBe(3);
  });
});

describe('an outage of the API server', () => {
  it('refuses connections, cuts open watches, and ends on the same port with the same state', async () => {
    await kube('POST', configMaps, configMap('before'));
    const watch = kube('GET', `${configMaps}?watch=true`);
    const cut = expect(watch).rejects.toThrow();
    await expect.poll(async () => (await control('GET', '/state')).json()).toMatchObject({ outage: { api: false } });
    expect((await control('POST', '/outage', { api: true })).status).toBe(200);
    await cut;
    await expect(kube('GET', configMaps)).rejects.toThrow('ECONNREFUSED');
    await control('POST', '/outage', { api: false });
    expect((await kube('GET', `${configMaps}/before`)).code).toBe(200);
  });

  it('leaves Prometheus alone, and the other way round', async () => {
    const prometheus = () => fetch(`${sandbox.prometheusUrl}/api/v1/query?query=up`);
    await control('POST', '/outage', { api: true });
    expect((await prometheus()).status).toBe(200);
    await control('POST', '/outage', { api: false, prometheus: true });
    await expect(prometheus()).rejects.toThrow();
    expect((await kube('GET', configMaps)).code).toBe(200);
    await control('POST', '/outage', { prometheus: false });
    expect((await prometheus()).status).toBe(200);
  });
});

describe('a planted fault', () => {
  it('error500 refuses without effect, the asked number of times', async () => {
    await control('POST', '/faults', { method: 'POST', path: 'configmaps', kind: 'error500', times: 2 });
    expect((await kube('POST', configMaps, configMap('a'))).code).toBe(500);
    expect((await kube('POST', configMaps, configMap('a'))).code).toBe(500);
    expect((await kube('POST', configMaps, configMap('a'))).code).toBe(201);
  });

  it('timeoutAfterEffect does the write and cuts the connection', async () => {
    await control('POST', '/faults', { path: 'configmaps', kind: 'timeoutAfterEffect', skip: 1 });
    expect((await kube('POST', configMaps, configMap('a'))).code).toBe(201);
    await expect(kube('POST', configMaps, configMap('b'))).rejects.toThrow();
    expect((await kube('GET', `${configMaps}/b`)).code).toBe(200);
    expect((await kube('POST', configMaps, configMap('c'))).code).toBe(201);
  });

  it('delay does the write later, by the clock', async () => {
    await control('POST', '/faults', { path: 'configmaps', kind: 'delay', delayMs: 5000 });
    const slow = kube('POST', configMaps, configMap('slow'));
    // The fault is used up once the request has come in.
    await expect.poll(async () => (await (await control('GET', '/state')).json()).faults).toEqual([]);
    expect((await kube('GET', `${configMaps}/slow`)).code).toBe(404);
    expect((await control('POST', '/clock/advance', { ms: 5000 })).status).toBe(200);
    expect((await slow).code).toBe(201);
  });

  it('error429 says when to come again', async () => {
    await control('POST', '/faults', { method: 'GET', path: 'configmaps', kind: 'error429' });
    const busy = await kube('GET', configMaps);
    expect([busy.code, JSON.parse(busy.text).details]).toEqual([429, { retryAfterSeconds: 1 }]);
    expect((await kube('GET', configMaps)).code).toBe(200);
  });

  it('of Prometheus makes its answers late, wrong or empty until it is lifted', async () => {
    const query = async () => {
      const response = await fetch(`${sandbox.prometheusUrl}/api/v1/query?query=vector(1)`);
      const text = await response.text();
      return [response.status, text.startsWith('{') ? JSON.parse(text).data?.result : 'no JSON'];
    };
    const right = await query();
    const expected = { error500: [500, undefined], garbage: [200, 'no JSON'], empty: [200, []] };
    for (const [kind, answer] of Object.entries(expected)) {
      await control('POST', '/prometheus-fault', { kind });
      expect(await query()).toEqual(answer);
    }
    await control('POST', '/prometheus-fault', { kind: 'nan' });
    expect(await query()).toMatchObject([200, [{ value: [expect.any(Number), 'NaN'] }]]);
    await control('DELETE', '/faults');
    expect((await query())[0]).toBe(right[0]);
    expect(await query()).toMatchObject([200, [{ value: [expect.any(Number), '1'] }]]);
  });

  it('never hits a read unless it says so', async () => {
    await control('POST', '/faults', { path: '.', kind: 'error500' });
    expect((await kube('GET', configMaps)).code).toBe(200);
  });

  it('is refused when it makes no sense', async () => {
    for (const bad of [
      { path: '(', kind: 'delay' },
      { path: 'x', kind: 'explode' },
      { kind: 'delay' },
      { path: 'x', kind: 'delay', times: -1 },
    ]) {
      expect((await control('POST', '/faults', bad)).status).toBe(400);
    }
  });
});

describe('the switches', () => {
  it('do not answer web pages', async () => {
    const answer = await control('POST', '/outage', { api: true }, { origin: 'https://example.com' });
    expect(answer.status).toBe(400);
    expect((await kube('GET', configMaps)).code).toBe(200);
  });

  it('tell what really happened to requests, whatever Prometheus says', async () => {
    await control('POST', '/prometheus-fault', { kind: 'empty' });
    const traffic = async () => (await (await control('GET', '/state')).json()).traffic;
    expect(await traffic()).toEqual({ answered: {}, copies: {}, clientFailures: [] });
    clock.advance(10_000);
    const { answered, copies, clientFailures } = await traffic();
    expect(answered['demo-project/reviews-v1']).toBe(sandbox.mesh.counters.answeredBy('demo-project', 'reviews-v1'));
    expect(answered['demo-project/reviews-v1']).toBeGreaterThan(0);
    expect([copies, clientFailures]).toEqual([{}, []]);
  });

  it('name what they do not know', async () => {
    expect((await control('POST', '/outage', { etcd: true })).status).toBe(400);
    expect((await control('POST', '/nothing')).status).toBe(404);
  });
});

describe('main.ts', () => {
  it('prints its addresses, serves, and leaves cleanly on SIGTERM', async () => {
    const directory = mkdtempSync(path.join(tmpdir(), 'sandbox-main-'));
    const kubeconfig = path.join(directory, 'kubeconfig');
    const main = path.join(import.meta.dirname, 'main.ts');
    const child = spawn(process.execPath, [main, '--kubeconfig', kubeconfig, '--history', '1m'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
    const line = await new Promise<string>((resolve) => createInterface({ input: child.stdout }).once('line', resolve));
    expect(Object.keys(JSON.parse(line))).toEqual(['kubeconfig', 'apiServer', 'prometheus', 'control']);
    expect(statSync(kubeconfig).mode & 0o777).toBe(0o600);
    expect((await call(readFileSync(kubeconfig, 'utf8'), 'GET', configMaps)).code).toBe(200);
    child.kill('SIGTERM');
    expect(await exited).toBe(0);
    rmSync(directory, { recursive: true });
  });
});
