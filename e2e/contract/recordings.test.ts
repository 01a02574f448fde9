import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseResourcePath } from '../../lib/sandbox/kube/request.ts';
import { TestCluster, TestLogs, type Answer } from '../../lib/sandbox/kube/test-cluster.ts';
import { shapeOf } from './shape.ts';

interface RecordedRequest {
  request: { method: string; path: string; headers: Record<string, string>; body?: string; base64?: string };
  /** Absent where the client left before the answer was complete. */
  response?: { code: number; type: string; shape: { kinds?: string[] } };
}

interface RecordedCall {
  command: string;
  exitCode: number;
  requests: RecordedRequest[];
}

const folder = new URL('recordings/', import.meta.url);
const recordings = readdirSync(folder).map((file) => ({
  name: file.replace(/\.json$/, ''),
  calls: JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as RecordedCall[],
}));

it('there are recordings of kubectl and of client-node', () => {
  const names = recordings.map(({ name }) => name);
  for (const verb of ['get', 'describe', 'apply', 'patch', 'delete', 'logs', 'watch', 'create']) {
    expect(names).toContain(`kubectl-${verb}`);
  }
  expect(names).toContain('client-node');
});

it('no recording holds a credential', () => {
  for (const { name, calls } of recordings) {
    for (const { request } of calls.flatMap(({ requests }) => requests)) {
      const names = Object.keys(request.headers);
      expect(
        names.filter((header) => !['accept', 'content-type'].includes(header)),
        name,
      ).toEqual([]);
    }
  }
});

const isWatch = (path: string) => /[?&]watch=(true|1)/.test(path);

describe.each(recordings)('$name', ({ calls }) => {
  let cluster: TestCluster;

  beforeAll(async () => {
    cluster = await TestCluster.start({ logs: new TestLogs() });
  });
  afterAll(() => cluster.stop());

  async function replay({ request }: RecordedRequest): Promise<Answer | { watchCode: number }> {
    const { method, headers } = request;
    const options = { accept: headers['accept'] ?? '*/*', contentType: headers['content-type'] ?? 'application/json' };
    if (!isWatch(request.path)) {
      const body = request.base64 === undefined ? request.body : Buffer.from(request.base64, 'base64');
      return cluster.send(method, request.path, withCurrentVersions(request.path, body), options);
    }
    const path = request.path.replace(/resourceVersion=\d+/, `resourceVersion=${cluster.cluster.store.revision}`);
    const watch = await cluster.watch(path, options);
    watch.close();
    return { watchCode: watch.code };
  }

  /** Bodies that name an object's uid or resourceVersion name those it has here. */
  function withCurrentVersions(path: string, body: string | Buffer | undefined): string | Buffer | undefined {
    if (typeof body !== 'string' || !/uid|resourceVersion/.test(body)) return body;
    const { resource, namespace, name = '' } = parseResourcePath(path.split('?')[0] ?? '');
    const live = cluster.cluster.store.get(resource.group, resource.kind, namespace, name);
    if (!live) return body;
    const { uid, resourceVersion } = live.metadata;
    return body
      .replace(/"uid":"[^"]+"/, `"uid":"${uid}"`)
      .replace(/"resourceVersion":"\d+"/, `"resourceVersion":"${resourceVersion}"`)
      .replace(
        /"path":"\/metadata\/resourceVersion","value":"\d+"/,
        `"path":"/metadata/resourceVersion","value":"${resourceVersion}"`,
      );
  }

  it.each(calls)('$command', async ({ requests }) => {
    expect(requests.length).toBeGreaterThan(0);
    for (const recorded of requests) {
      const { request, response } = recorded;
      const what = `${request.method} ${request.path}`;
      const answer = await replay(recorded);
      cluster.clock.advance(1000);
      if (!response) continue;
      if ('watchCode' in answer) {
        expect(answer.watchCode, what).toBe(response.code);
        continue;
      }
      const type = String(answer.headers['content-type'] ?? '');
      expect({ code: answer.code, type, shape: shapeOf(type, answer.text, request.path) }, what).toEqual(response);
    }
  });
});
