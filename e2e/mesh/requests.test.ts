import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TaskRequests } from '../../lib/contract/task.ts';
import { waitFor } from '../cluster/control-plane.ts';
import { ConstantLoad } from './fire/load.ts';
import { makeShop, mirrorWorkload, service, task, taskInput, type Variant } from './fire/shop.ts';
import { labKube, leaveNamespace, makeNamespace } from './lab-client.ts';
import { LabConsole } from './lab-console.ts';

const settleMs = 2500;
const perSecond = 10;

let console: LabConsole;
beforeAll(async () => {
  console = await LabConsole.start({ settleMs });
});
afterAll(() => console?.stop());

/** Runs `look` while a task of a shop of its own, in a namespace that is there, copies every request. */
async function whileMirroring(namespace: string, look: () => Promise<void>): Promise<void> {
  const variant: Variant = { namespace, placement: 'dedicated', owner: 'one route', ports: [9080] };
  const { egress, requests } = await makeShop(labKube(), variant);
  const load = new ConstantLoad({ egress, host: `${service}.${namespace}`, requests, perSecond });
  try {
    const { status, body } = await console.api('POST', '/tasks', taskInput(variant, 100));
    expect(status, JSON.stringify(body)).toBe(201);
    await console.untilState(namespace, task, 'Mirroring', 120_000);
    await look();
  } finally {
    await load.stop();
    leaveNamespace(labKube(), namespace);
  }
}

/** Makes a namespace whose proxies, or those of Pods with these labels, write no access log from the first request on. */
async function makeSilentNamespace(namespace: string, matchLabels?: Record<string, string>): Promise<void> {
  await makeNamespace(labKube(), namespace);
  await labKube().send('POST', `/apis/telemetry.istio.io/v1/namespaces/${namespace}/telemetries`, {
    apiVersion: 'telemetry.istio.io/v1',
    kind: 'Telemetry',
    metadata: { name: 'no-access-log', namespace },
    spec: {
      ...(matchLabels && { selector: { matchLabels } }),
      accessLogging: [{ providers: [{ name: 'envoy' }], disabled: true }],
    },
  });
}

/** Waits until the mirrored application itself has logged copies. */
async function untilCopied(namespace: string): Promise<void> {
  await waitFor('copies', async () => {
    const log = await console.text(`/tasks/${namespace}/${task}/logs?side=mirror&q=INFO`);
    return log.split('\n').length > 20;
  });
}

const requestsOf = async (namespace: string): Promise<TaskRequests> =>
  (await console.api('GET', `/tasks/${namespace}/${task}/requests`)).body;

describe('requests of both sides', () => {
  it('are joined by their id: each is in the logs of both applications, which the filter finds', async () => {
    const namespace = 'requests-joined';
    await whileMirroring(namespace, async () => {
      await waitFor('requests on both sides', async () => (await requestsOf(namespace)).items.length > 20);
      const { items, reason } = await requestsOf(namespace);
      expect(reason).toBeNull();
      for (const { method, path, primary, mirror } of items) {
        expect(`${method} ${path}`).toMatch(/^(GET|POST) \/[ab]$/);
        expect([primary.code, mirror.code]).toEqual([200, 200]);
        expect(primary.pod).toMatch(/^shop-v1-/);
        expect(mirror.pod).toMatch(/^shop-v2-/);
      }
      const { id, method, path } = items.at(-1)!;
      for (const side of ['primary', 'mirror']) {
        const query = new URLSearchParams({ side, q: id, tail: '1000' });
        const log = await console.text(`/tasks/${namespace}/${task}/logs?${query}`);
        expect(log.trim().split('\n')).toEqual([expect.stringContaining(`${method} ${path} 200`)]);
      }
    });
  });

  it('are told as not to be found where no sidecar writes an access log', async () => {
    const namespace = 'requests-unlogged';
    await makeSilentNamespace(namespace);
    await whileMirroring(namespace, async () => {
      await untilCopied(namespace);
      const { items, reason } = await requestsOf(namespace);
      expect(items).toEqual([]);
      expect(reason).toMatchObject({ code: 'requests_no_access_log' });
    });
  });

  it('are told as not to be found where the mirror’s sidecar alone writes none', async () => {
    const namespace = 'requests-one-side';
    await makeSilentNamespace(namespace, { version: 'v2' });
    await whileMirroring(namespace, async () => {
      await untilCopied(namespace);
      const { items, reason } = await requestsOf(namespace);
      expect(items).toEqual([]);
      expect(reason).toMatchObject({ code: 'requests_one_side', params: { workload: mirrorWorkload } });
    });
  });
});
