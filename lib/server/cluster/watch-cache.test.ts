import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Cluster, ClusterChange } from './cluster';
import { openCluster } from './kubernetes-cluster';
import { beginWatch, pod, ScriptedApi, sendJson, sendList, sendStatus } from './testing/scripted-api';

const pods = '/api/v1/namespaces/demo/pods';
let api: ScriptedApi;
let cluster: Cluster;

beforeEach(async () => {
  api = new ScriptedApi((_, response) => sendStatus(response, 500, 'InternalError', 'no answer was scripted'));
  await api.start();
  cluster = openCluster({ kubeconfigText: api.kubeconfig });
});
afterEach(async () => {
  cluster.close();
  await api.stop();
});

async function names(): Promise<string[]> {
  return (await cluster.list('Pod', 'demo')).map(({ metadata }) => metadata.name);
}

describe('the watch cache', () => {
  test('follows a watch without listing again, and its objects cannot be changed', async () => {
    let send: ReturnType<typeof beginWatch> | null = null;
    api.answerWith(({ query }, response) => {
      if (query.has('watch')) send = beginWatch(response);
      else sendList(response, '10', [pod('a', '5')]);
    });
    expect(await names()).toEqual(['a']);
    await vi.waitUntil(() => send !== null);
    send!('ADDED', pod('b', '11'));
    send!('DELETED', pod('a', '12'));
    await vi.waitUntil(async () => (await names()).join() === 'b');
    const [object] = await cluster.list('Pod', 'demo');
    expect(() => Object.assign(object!.metadata, { name: 'x' })).toThrow(TypeError);
    expect(api.count(pods, 'list')).toBe(1);
    expect(api.requests.find(({ query }) => query.has('watch'))?.query.get('resourceVersion')).toBe('10');
  });

  test('reads every page of a long list', async () => {
    api.answerWith(({ query }, response) => {
      if (query.has('watch')) beginWatch(response);
      else if (query.get('continue') === 'second') sendList(response, '10', [pod('b', '6')]);
      else sendList(response, '10', [pod('a', '5')], 'second');
    });
    expect(await names()).toEqual(['a', 'b']);
  });

  test.each(['an ERROR event', 'an HTTP status'])(
    'lists again when its version is gone (410 as %s), and tells only what changed',
    async (how) => {
      const changes: string[] = [];
      cluster.subscribe((change) => {
        if (change.type !== 'HEALTH') changes.push(`${change.type} ${change.object.metadata.name}`);
      });
      let isOld = true;
      api.answerWith(({ query }, response) => {
        if (!query.has('watch')) {
          sendList(
            response,
            isOld ? '10' : '20',
            isOld ? [pod('a', '5'), pod('b', '6')] : [pod('a', '5'), pod('c', '15')],
          );
        } else if (isOld) {
          isOld = false;
          if (how === 'an HTTP status') sendStatus(response, 410, 'Expired', 'too old resource version');
          else beginWatch(response)('ERROR', { kind: 'Status', code: 410, reason: 'Expired' });
        } else beginWatch(response);
      });
      await names();
      await vi.waitUntil(async () => (await names()).join() === 'a,c');
      expect(changes.toSorted()).toEqual(['ADDED c', 'DELETED b']);
    },
  );

  test('goes on from the last bookmark after the connection broke', async () => {
    let watches = 0;
    api.answerWith(({ query }, response) => {
      if (!query.has('watch')) return sendList(response, '10', []);
      watches += 1;
      const send = beginWatch(response);
      if (watches > 1) return;
      send('BOOKMARK', { kind: 'Pod', apiVersion: 'v1', metadata: { resourceVersion: '99' } });
      setImmediate(() => response.destroy());
    });
    await names();
    await vi.waitUntil(() => watches === 2);
    expect(api.requests.at(-1)?.query.get('resourceVersion')).toBe('99');
    expect(api.count(pods, 'list')).toBe(1);
  });

  test('keeps its objects while the API server is away, says since when, and heals itself', async () => {
    const health: boolean[] = [];
    cluster.subscribe((change: ClusterChange) => change.type === 'HEALTH' && health.push(change.health.reachable));
    api.answerWith(({ query }, response) => {
      if (query.has('watch')) beginWatch(response);
      else sendList(response, '10', [pod('a', '5')]);
    });
    await names();
    await vi.waitUntil(() => api.count(pods, 'watch') === 1);
    await api.stop();
    await vi.waitUntil(() => !cluster.health().reachable, { timeout: 5_000 });
    expect(cluster.health().problem).toMatch(/ECONNREFUSED|closed|socket/);
    expect(await names()).toEqual(['a']);
    await api.start();
    await vi.waitUntil(() => cluster.health().reachable, { timeout: 15_000 });
    await vi.waitUntil(() => api.count(pods, 'watch') === 2);
    expect(health).toEqual([false, true]);
  });

  test('rejects at once with the server’s words when the user may not list, and has nothing to show', async () => {
    api.answerWith((_, response) =>
      sendStatus(response, 403, 'Forbidden', 'pods is forbidden: User "someone" cannot list'),
    );
    await expect(cluster.list('Pod', 'demo')).rejects.toMatchObject({ code: 'forbidden', message: /cannot list/ });
    await expect(cluster.list('Pod', 'demo')).rejects.toMatchObject({ code: 'forbidden' });
    expect(api.count(pods, 'list')).toBe(1);
  });

  test('gives a watch up that sends a line without end, and begins another one', async () => {
    let sent = 0;
    let watches = 0;
    api.answerWith(({ query }, response) => {
      if (!query.has('watch')) return sendList(response, '10', [pod('a', '5')]);
      watches += 1;
      if (watches > 1) return void beginWatch(response);
      response.writeHead(200, { 'Content-Type': 'application/json' });
      const mebibyte = 'x'.repeat(1024 * 1024);
      const write = () => {
        while (!response.destroyed && sent < 200) {
          sent += 1;
          if (!response.write(mebibyte)) return void response.once('drain', write);
        }
      };
      write();
    });
    await names();
    await vi.waitUntil(() => watches === 2, { timeout: 10_000 });
    expect(sent).toBeLessThan(100);
    expect(await names()).toEqual(['a']);
  });

  test('does not hammer a server that ends every watch at once', async () => {
    api.answerWith(({ query }, response) => {
      if (!query.has('watch')) return sendList(response, '10', []);
      beginWatch(response);
      response.end();
    });
    const startedAt = performance.now();
    await names();
    await vi.waitUntil(() => api.count(pods, 'watch') === 4, { timeout: 10_000 });
    // Half of 250 + 500 + 1000 ms: the least that three backoffs take.
    expect(performance.now() - startedAt).toBeGreaterThan(850);
  });

  test('stops watches that nobody asked for in five minutes, but not one that is held', async () => {
    cluster.close();
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'Date'] });
    try {
      cluster = openCluster({ kubeconfigText: api.kubeconfig });
      const open = new Set<string>();
      api.answerWith(({ path, query }, response) => {
        if (!query.has('watch')) return sendList(response, '10', []);
        open.add(path);
        response.on('close', () => open.delete(path));
        beginWatch(response);
      });
      await cluster.list('Pod', 'demo');
      const release = await cluster.hold('Pod', 'held');
      await vi.waitUntil(() => open.size === 2);
      vi.advanceTimersByTime(7 * 60_000);
      await vi.waitUntil(() => open.size === 1);
      expect([...open]).toEqual(['/api/v1/namespaces/held/pods']);
      release();
      vi.advanceTimersByTime(7 * 60_000);
      await vi.waitUntil(() => open.size === 0);
      expect(await cluster.list('Pod', 'demo')).toEqual([]);
    } finally {
      vi.useRealTimers();
    }
  });

  test('lets a watch go that was held through a refusal, and stays with one that still is', async () => {
    cluster.close();
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'Date'] });
    try {
      cluster = openCluster({ kubeconfigText: api.kubeconfig });
      let isRefused = false;
      let refuse = () => {};
      let open = 0;
      api.answerWith(({ query }, response) => {
        if (isRefused) return sendStatus(response, 403, 'Forbidden', 'not any more');
        if (!query.has('watch')) return sendList(response, '10', []);
        open += 1;
        response.on('close', () => (open -= 1));
        const send = beginWatch(response);
        refuse = () => send('ERROR', { kind: 'Status', code: 410, reason: 'Expired' });
      });
      const [release, releaseOther] = [await cluster.hold('Pod', 'demo'), await cluster.hold('Pod', 'demo')];
      await vi.waitUntil(() => open === 1);
      isRefused = true;
      refuse();
      await vi.waitUntil(() =>
        cluster.list('Pod', 'demo').then(
          () => false,
          () => true,
        ),
      );
      isRefused = false;
      vi.advanceTimersByTime(10_000);
      expect(await cluster.list('Pod', 'demo')).toEqual([]);
      await vi.waitUntil(() => open === 1);

      release();
      release();
      vi.advanceTimersByTime(7 * 60_000);
      expect(await cluster.list('Pod', 'other')).toEqual([]);
      await vi.waitUntil(() => open === 2);
      releaseOther();
      vi.advanceTimersByTime(7 * 60_000);
      await vi.waitUntil(() => open === 0);
    } finally {
      vi.useRealTimers();
    }
  });

  test('a write resolves only when the list has seen it', async () => {
    let send: ReturnType<typeof beginWatch> | null = null;
    api.answerWith(({ method, query }, response) => {
      if (method === 'POST') {
        sendJson(response, 201, pod('new', '11'));
        setTimeout(() => send?.('ADDED', pod('new', '11')), 100);
      } else if (query.has('watch')) send = beginWatch(response);
      else sendList(response, '10', []);
    });
    await names();
    await vi.waitUntil(() => send !== null);
    await cluster.create(pod('new', ''));
    expect(await names()).toEqual(['new']);
  });
});

describe('requests', () => {
  test('carry strict validation and our name, and dry runs say so', async () => {
    api.answerWith((_, response) => sendJson(response, 200, pod('a', '6')));
    await cluster.update(pod('a', '5'), { dryRun: true });
    expect(Object.fromEntries(api.requests.at(-1)!.query)).toEqual({
      fieldManager: 'mirror-console',
      fieldValidation: 'Strict',
      dryRun: 'All',
    });
  });

  test('an update without resourceVersion is never sent', async () => {
    await expect(cluster.update(pod('a', ''))).rejects.toMatchObject({ code: 'invalid' });
    expect(api.requests).toEqual([]);
  });

  test('a delete names the uid it means, and finds nothing wrong with what is gone', async () => {
    api.answerWith((_, response) => sendStatus(response, 404, 'NotFound', 'pods "a" not found'));
    expect(await cluster.delete({ kind: 'Pod', namespace: 'demo', name: 'a', uid: 'u1' })).toBe(false);
    expect(api.requests.at(-1)?.body).toMatchObject({ preconditions: { uid: 'u1' }, propagationPolicy: 'Background' });
  });

  test.each([
    [409, 'AlreadyExists', 'alreadyExists'],
    [409, 'Conflict', 'conflict'],
    [403, 'Forbidden', 'forbidden'],
    [422, 'Invalid', 'invalid'],
    [504, 'Timeout', 'timeout'],
    [503, 'ServiceUnavailable', 'other'],
  ])('%i %s is %s', async (status, reason, code) => {
    api.answerWith((_, response) => sendStatus(response, status, reason, 'words of the server'));
    await expect(cluster.create(pod('a', ''))).rejects.toMatchObject({ code, status, message: 'words of the server' });
  });

  test('names that would leave their URL are refused before anything is sent', async () => {
    for (const name of ['..', '.', '']) {
      await expect(cluster.get('Pod', 'demo', name)).rejects.toMatchObject({ code: 'invalid' });
      await expect(cluster.get('Pod', name, 'a')).rejects.toMatchObject({ code: 'invalid' });
    }
    api.answerWith((_, response) => sendStatus(response, 404, 'NotFound', 'not found'));
    expect(await cluster.get('Pod', 'demo', '../../secrets')).toBeNull();
    expect(api.requests.map(({ path }) => path)).toEqual([`${pods}/..%2F..%2Fsecrets`]);
  });

  test('an access review is asked once in 30 s, however many ask', async () => {
    api.answerWith((_, response) => sendJson(response, 201, { status: { allowed: true } }));
    const access = { verb: 'get', group: '', resource: 'pods/log', namespace: 'demo' };
    expect(await Promise.all([cluster.review([access, access]), cluster.review([access])])).toEqual([
      [true, true],
      [true],
    ]);
    expect(api.requests).toHaveLength(1);
    expect(api.requests[0]?.body).toMatchObject({
      spec: { resourceAttributes: { verb: 'get', resource: 'pods', subresource: 'log', namespace: 'demo' } },
    });
  });
});

test('requests one after another share their connections', async () => {
  api.answerWith((_, response) => sendJson(response, 200, pod('a', '5')));
  for (let index = 0; index < 20; index++) await cluster.get('Pod', 'demo', 'a');
  expect(api.requests.filter(({ path }) => path === `${pods}/a`)).toHaveLength(20);
  // The next one may begin in the moment in which the one before is not yet put back.
  expect(api.connections).toBeLessThanOrEqual(3);
});
