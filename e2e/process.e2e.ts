import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, test } from '@playwright/test';
import { freePort } from '../scripts/lib/launch.mjs';
import { startTogether } from '../scripts/lib/together.mjs';

const token = 'token-of-this-launch-0123456789';

/** A GET with headers that fetch would not let us set, such as Host. */
function get(url: string, headers: Record<string, string>): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(url, { headers, agent: false }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (body += chunk));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
    });
    request.on('error', reject);
    request.end();
  });
}

test('the console stops within two seconds while a page with its event stream is open', async ({ page }) => {
  const running = await startTogether();
  try {
    const streaming = page.waitForResponse((response) => response.url().endsWith('/api/events'));
    await page.goto(`${running.url}/tasks`);
    expect((await streaming).status()).toBe(200);
    const gone = once(running.consoleProcess, 'exit');
    const started = Date.now();
    running.consoleProcess.kill('SIGTERM');
    await gone;
    expect(Date.now() - started).toBeLessThan(2_000);
    // It was not ended by force: a signal's end would have no exit code.
    expect(running.consoleProcess.signalCode).toBeNull();
  } finally {
    await running.stop();
  }
});

test('a console that is told to stop leaves its running task Incomplete, and the next start continues it at once', async ({
  request,
}) => {
  // Settling takes longer than the test: the creation is surely under way when the console stops.
  const running = await startTogether({ env: { MIRROR_CONSOLE_SETTLE_MS: '60000' } });
  try {
    const created = await request.post(`${running.url}/api/tasks`, {
      data: {
        namespace: 'demo-project',
        name: 'reviews-v2',
        service: 'reviews',
        target: { kind: 'version', version: 'v2', containers: [{ name: 'reviews', image: 'reviews:2' }], replicas: 1 },
        percentage: 100,
      },
    });
    expect(created.status()).toBe(201);
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      const gone = once(running.consoleProcess, 'exit');
      const started = Date.now();
      running.consoleProcess.kill(signal);
      await gone;
      expect(Date.now() - started).toBeLessThan(4_000);
      expect(running.consoleProcess.signalCode).toBeNull();
      await running.restartConsole();
      const task = `${running.url}/api/tasks/demo-project/reviews-v2`;
      expect(await (await request.get(task)).json()).toMatchObject({ state: 'Incomplete' });
      expect((await request.post(`${task}/retry`, { data: {} })).status()).toBe(202);
    }
  } finally {
    await running.stop();
  }
});

test('with a launch token only the browser that had the printed address sees anything', async ({ page, browser }) => {
  const running = await startTogether({ env: { MIRROR_CONSOLE_TOKEN: token } });
  try {
    const stranger = await browser.newPage();
    expect((await stranger.goto(`${running.url}/tasks`))?.status()).toBe(401);
    expect((await stranger.request.get(`${running.url}/api/environment`)).status()).toBe(401);
    expect((await stranger.request.get(`${running.url}/api/livez`)).status()).toBe(200);
    await stranger.close();

    await page.goto(`${running.url}/?token=${token}`);
    expect(page.url()).not.toContain('token');
    await expect(page.locator('main')).toBeVisible();
    expect((await page.request.get(`${running.url}/api/environment`)).status()).toBe(200);
    expect(await page.evaluate(() => document.cookie)).not.toContain('mirror-console');
  } finally {
    await running.stop();
  }
});

test('a start on a port that is taken ends with one line, before anything is started', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    const { port } = server.address() as AddressInfo;
    const child = spawn(process.execPath, ['scripts/start.mjs', '--port', String(port)], { stdio: 'pipe' });
    const [stderr, stdout] = await Promise.all([text(child.stderr), text(child.stdout)]);
    expect(stderr).toMatch(new RegExp(`^Port ${port} is taken: .*--port \\d+\n$`));
    expect(stdout).toBe('');
  } finally {
    server.close();
  }
});

test('a name that was made to point to this machine gets neither pages nor data', async () => {
  const running = await startTogether();
  try {
    for (const path of ['/', '/tasks', '/api/environment', '/api/tasks', '/metrics']) {
      const { status, body } = await get(running.url + path, { host: 'evil.example' });
      expect(status, path).toBe(403);
      expect(body).not.toContain('<html');
    }
  } finally {
    await running.stop();
  }
});

test.describe('a start on a cluster', () => {
  let directory: string;
  test.beforeEach(() => (directory = mkdtempSync(path.join(tmpdir(), 'mirror-console-'))));
  test.afterEach(() => rmSync(directory, { recursive: true, force: true }));

  /** A kubeconfig whose context `mine` leads to an address where nothing listens. */
  function kubeconfig(): string {
    const file = path.join(directory, 'kubeconfig');
    const config = {
      clusters: [{ name: 'c', cluster: { server: 'http://127.0.0.1:1' } }],
      users: [{ name: 'u', user: { token: 't' } }],
      contexts: [{ name: 'mine', context: { cluster: 'c', user: 'u' } }],
    };
    writeFileSync(file, JSON.stringify(config));
    return file;
  }

  async function start(...args: string[]) {
    const port = String(await freePort());
    const child = spawn(process.execPath, ['scripts/start.mjs', '--port', port, ...args], { stdio: 'pipe' });
    return { child, gone: once(child, 'exit'), stderr: text(child.stderr) };
  }

  test('ends with one line that names the contexts there are when the chosen one is not among them', async () => {
    const file = kubeconfig();
    const { gone, stderr } = await start('--context', 'other', '--kubeconfig', file);
    expect((await gone)[0]).toBe(1);
    const [line, ...more] = (await stderr).trim().split('\n');
    expect(line).toBe(`There is no context "other" in ${file}; its contexts: mine.`);
    expect(more).toEqual(['The console stopped with exit code 1.']);
  });

  test('ends with one line when the kubeconfig is not there', async () => {
    const file = path.join(directory, 'missing');
    const { gone, stderr } = await start('--context', 'mine', '--kubeconfig', file);
    expect((await gone)[0]).toBe(1);
    expect((await stderr).trim().split('\n')[0]).toContain(`${file} cannot be used as a kubeconfig`);
  });

  test('says that the cluster does not answer, and serves pages', async () => {
    const { child, gone, stderr } = await start('--context', 'mine', '--kubeconfig', kubeconfig());
    const address = await firstMatch(child.stdout, /http:\S+/);
    try {
      await firstMatch(child.stderr, /Kubernetes cannot be reached: .*kubectl --context mine version/);
      expect((await fetch(new URL('/api/livez', address))).status).toBe(200);
    } finally {
      child.kill('SIGTERM');
      await gone;
    }
    expect(await stderr).not.toContain(' at ');
  });
});

/** Waits until what a stream says contains the pattern. */
async function firstMatch(stream: NodeJS.ReadableStream, pattern: RegExp): Promise<string> {
  let said = '';
  return new Promise((resolve, reject) => {
    stream.on('data', (chunk: Buffer) => {
      said += String(chunk);
      const [match] = pattern.exec(said) ?? [];
      if (match !== undefined) resolve(match);
    });
    stream.on('end', () => reject(new Error(`ended without ${pattern}: ${said}`)));
  });
}
