import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, inject, it, onTestFinished } from 'vitest';
import { annotationPrefix } from '../../lib/sandbox/mesh/pods.ts';
import { spawnNode, stopChild } from '../../scripts/lib/launch.mjs';
import type { AppSettings } from './lab/app.ts';
import { labKube, leaveNamespace, makeClientPod, makeNamespace, readyPods } from './lab-client.ts';

async function setLoad(text: string): Promise<{ status: number; told: string }> {
  const response = await fetch(`${inject('lab').url}/load`, { method: 'PUT', body: text });
  return { status: response.status, told: await response.text() };
}

describe('the load of the lab', () => {
  it('is a factor from 0 to 100: anything else is refused, no text at all too', async () => {
    for (const text of ['', ' ', 'much', '-1', '101', 'NaN']) {
      expect(await setLoad(text)).toEqual({
        status: 400,
        told: `Load "${text}" cannot be set: a factor from 0 to 100 is needed.`,
      });
    }
  });

  it('counts for Pods that start later, too', async () => {
    const kube = labKube();
    const namespace = 'load-later';
    onTestFinished(async () => {
      await setLoad('1');
      leaveNamespace(kube, namespace);
    });
    expect((await setLoad('0.5')).status).toBe(200);
    await makeNamespace(kube, namespace);
    await makeClientPod(kube, namespace, 'client');
    const [later] = await readyPods(namespace, 'client');
    const [sleep] = await readyPods('httpbin', 'sleep');
    for (const pod of [later!, sleep!]) expect(await (await fetch(`${pod.app}/-/load`)).text()).toBe('0.5');
  });

  it('never piles up: where answers do not come, an application keeps 32 requests open and none for later', async () => {
    const waiting: ServerResponse[] = [];
    let arrived = 0;
    let openAtMost = 0;
    const sidecar = createServer((_request, response) => {
      waiting.push(response);
      arrived += 1;
      openAtMost = Math.max(openAtMost, waiting.length);
    });
    sidecar.listen(0, '127.0.0.1');
    await once(sidecar, 'listening');
    const app = spawnNode([
      path.join(import.meta.dirname, 'lab/app.ts'),
      JSON.stringify(settingsOf((sidecar.address() as AddressInfo).port)),
    ]);
    onTestFinished(async () => {
      await stopChild(app);
      sidecar.closeAllConnections();
      sidecar.close();
    });
    const [listening] = (await once(createInterface({ input: app.stdout }), 'line')) as [string];
    const control = `http://127.0.0.1:${/^listening on \{"0":(\d+)\}$/.exec(listening)?.[1]}/-/load`;
    await expect.poll(() => waiting.length, { timeout: 20_000 }).toBe(32);
    // Each answer lets one more through, of hundreds that are due at every moment.
    for (let answers = 1; answers <= 100; answers += 1) {
      waiting.shift()!.end();
      await expect.poll(() => arrived, { interval: 5, timeout: 20_000 }).toBe(32 + answers);
    }
    expect(openAtMost).toBe(32);
    await fetch(control, { method: 'PUT', body: '0' });
    for (let left = 32; left > 0; left -= 1) {
      waiting.shift()!.end();
      // By the time that it answers this it has that answer, too.
      await fetch(control);
    }
    expect(waiting.length).toBe(0);
  });
});

/** An application that sends 10,000 requests per second to a port of loopback. */
function settingsOf(port: number): AppSettings {
  const requests = [{ host: 'nobody', port, method: 'GET', path: '/', perSecond: 100 }];
  const metadata = {
    name: 'sender',
    namespace: 'default',
    annotations: { [`${annotationPrefix}requests`]: JSON.stringify(requests) },
  };
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata,
    spec: { containers: [{ name: 'sender', image: 'curlimages/curl' }] },
  } as AppSettings['pod'];
  return { pod, listen: { host: '127.0.0.1', ports: [{ container: 0, port: 0 }] }, egress: '127.0.0.1', load: 100 };
}
