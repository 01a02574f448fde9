import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { requiredVariable } from '../cluster/cluster.ts';
import { LabConsole } from './lab-console.ts';

const namespace = 'httpbin';
const task = 'to-v2';
const route = `/tasks/${namespace}/${task}`;
let console: LabConsole;

beforeAll(async () => {
  console = await LabConsole.start({ settleMs: 2500 });
});
afterAll(() => console?.stop());

describe('the httpbin document', () => {
  it('a request of its script is answered by v1 and logged there alone', async () => {
    const id = callFromSleep();
    await expect.poll(() => logOf('v1'), { timeout: 20_000 }).toContain(id);
    expect(logOf('v2')).not.toContain(id);
  });

  it('after its mirror is made in the console, both versions log the same request', async () => {
    const target = { kind: 'version', existing: 'httpbin-v2' };
    const input = { namespace, name: task, service: 'httpbin', percentage: 100, target };
    const created = await console.api('POST', '/tasks', input);
    expect(created.status, JSON.stringify(created.body)).toBe(201);
    await console.untilState(namespace, task, 'Mirroring');
    const id = callFromSleep();
    for (const version of ['v1', 'v2']) await expect.poll(() => logOf(version), { timeout: 20_000 }).toContain(id);
  });

  it('the page streams both logs: what is asked for comes by itself, and nothing else', async () => {
    const sides = ['primary', 'mirror'] as const;
    const word = `/anything/${crypto.randomUUID()}`;
    const streams = await Promise.all(sides.map((side) => openLog({ side, container: 'httpbin', q: word })));
    callFromSleep('/headers');
    callFromSleep(word);
    for (const stream of streams) {
      const line = await stream.next();
      expect(line).toContain(word);
      await stream.close();
    }
  });

  it('a request’s id finds it in both logs of the page, in the proxies’ access logs too', async () => {
    const id = callFromSleep();
    for (const side of ['primary', 'mirror'])
      for (const container of ['httpbin', 'istio-proxy']) {
        const lines = () => logOnPage({ side, container, q: id });
        await expect.poll(lines, { timeout: 20_000, message: `${side} ${container}` }).toHaveLength(1);
      }
    expect(await logOnPage({ side: 'mirror', container: 'httpbin', q: 'no such request' })).toEqual([]);
  });

  it('a command that the container does not have fails with its code', () => {
    const { status, stderr } = kubectl('exec', 'deploy/sleep', '-c', 'sleep', '--', 'reboot');
    expect(status).toBe(127);
    expect(stderr).toContain('exit code 127');
  });

  it('after the task is deleted v2 gets nothing again', async () => {
    expect((await console.api('DELETE', route)).status).toBe(202);
    await console.untilState(namespace, task, '404');
    // The first would have been copied by the time that the second is answered and logged.
    const [id, later] = [callFromSleep(), callFromSleep()];
    for (const one of [id, later]) await expect.poll(() => logOf('v1'), { timeout: 20_000 }).toContain(one);
    expect(logOf('v2')).not.toContain(id);
  });
});

function kubectl(...args: string[]) {
  const binary = path.join(requiredVariable('CONTROL_PLANE_BINARIES'), 'kubectl');
  return spawnSync(binary, ['--kubeconfig', inject('lab').kubeconfig, '-n', namespace, ...args], { encoding: 'utf8' });
}

/** The document's request from within the client's Pod; the id that the mesh gave it. */
function callFromSleep(path = '/headers'): string {
  const curl = ['curl', '-sS', `http://httpbin:8000${path}`];
  const { stdout, stderr } = kubectl('exec', 'deploy/sleep', '-c', 'sleep', '--', ...curl);
  expect(stderr).toBe('');
  return (JSON.parse(stdout) as { headers: Record<string, string> }).headers['x-request-id']!;
}

/** A log of the page that goes on: its lines as they come. */
async function openLog(query: Record<string, string>) {
  const lines = await console.lines(`${route}/logs?${new URLSearchParams({ ...query, tail: '10', follow: 'true' })}`);
  return {
    next: async () => (await lines.next()).value ?? '',
    close: () => lines.return(undefined),
  };
}

function logOf(version: string): string {
  return kubectl('logs', '-l', `app=httpbin,version=${version}`, '-c', 'httpbin', '--tail', '200').stdout;
}

async function logOnPage(query: Record<string, string>): Promise<string[]> {
  const all = new URLSearchParams({ ...query, tail: '1000', follow: 'false' });
  return (await console.text(`${route}/logs?${all}`)).split('\n').filter((line) => line !== '');
}
