// Starts the sandbox and the console as child processes: for `npm start`, the journeys and the cluster tests alike.
import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { nodeBinary, root, toolCommand, toolEnvironment } from './tools.mjs';

/** A port that was free a moment ago. */
export function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** Why nothing can listen on the port of loopback now, such as EADDRINUSE; null: it can. */
export function portProblem(port) {
  return new Promise((resolve) => {
    const server = createServer();
    server.on('error', (error) => resolve(error.code));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(null)));
  });
}

/** Asks the child to stop, waits, and ends it the hard way after `graceMs`. */
export async function stopChild(child, graceMs = 5000) {
  if (!child || child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), graceMs);
  await gone;
  clearTimeout(timer);
}

/**
 * Starts a Node program that never outlives this process, however that ends. It has a process group of its own, so that
 * Ctrl-C reaches this process alone, which stops its children in order.
 */
function spawnBound(args, { stdio, env = process.env }) {
  return spawn(nodeBinary(), ['--import', endWithParent, ...args], {
    cwd: root,
    detached: process.platform !== 'win32',
    stdio,
    env: { ...env, MIRROR_CONSOLE_END_WITH_PARENT: '1' },
  });
}

const endWithParent = new URL('end-with-parent.mjs', import.meta.url).href;

/** A Node program (its file, then arguments) that never outlives this process. */
export function spawnNode(args, env = {}) {
  return spawnBound(args, { stdio: ['pipe', 'pipe', 'pipe'], env: { ...process.env, ...env } });
}

/** The same for a program that is not Node's; its output is this child's. */
export function spawnProgram(command, args, env = {}) {
  return spawnNode([fileURLToPath(new URL('bound.mjs', import.meta.url)), command, ...args], env);
}

/**
 * Starts the sandbox; resolves when it serves.
 * @param {{ kubeconfig: string, args?: string[] }} options `kubeconfig`: file to write
 * @returns {Promise<{ child: import('node:child_process').ChildProcess, apiServer: string, prometheus: string, control: string }>}
 */
export function launchSandbox({ kubeconfig, args = [] }) {
  return launchServing('sandbox', [path.join(root, 'lib/sandbox/main.ts'), '--kubeconfig', kubeconfig, ...args]);
}

/**
 * Starts the mesh lab, whose progress is this process's; resolves when it serves.
 * @param {{ env: Record<string, string>, scrapeIntervalSeconds: number }} options `env`: of `buildMeshParts`
 * @returns {Promise<{ child: import('node:child_process').ChildProcess, kubeconfig: string, prometheus: string, url: string, sources: { xds: number, secrets: number }, readySeconds: number }>}
 */
export function launchLab({ env, scrapeIntervalSeconds }) {
  const args = [path.join(root, 'e2e/mesh/main.ts'), '--scrape-interval', String(scrapeIntervalSeconds)];
  return launchServing('mesh lab', args, env);
}

/** A program of ours that prints one line of JSON, its addresses, when it serves. */
function launchServing(name, args, env = {}) {
  const child = spawnBound(args, { stdio: ['pipe', 'pipe', 'inherit'], env: toolEnvironment(env) });
  return new Promise((resolve, reject) => {
    const lines = createInterface({ input: child.stdout });
    lines.once('line', (line) => {
      try {
        resolve({ child, ...JSON.parse(line) });
      } catch {
        reject(new Error(`The ${name} printed something else than its addresses: ${line}`));
      }
    });
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`The ${name} stopped with exit code ${code} before it was ready.`)));
  });
}

/**
 * What a request makes is dropped before it counts as old: with Node's own 16 MB the whole heap is marked every four
 * seconds of a busy list, 25 ms each; warm, the list of a thousand tasks took 43 to 56 ms (p99), with this 37 to 40.
 */
const roomForYoung = '--max-semi-space-size=64';

/**
 * Starts the console; resolves when /api/livez answers.
 * @param {{ port: number, env: Record<string, string>, dev?: boolean, quiet?: boolean }} options
 */
export async function launchConsole({ port, env, dev = false, quiet = false }) {
  const command = dev ? 'dev' : 'start';
  const [, args] = toolCommand('next', [command, '--hostname', '127.0.0.1', '--port', String(port)]);
  const child = spawnBound([roomForYoung, ...args], {
    // Next's own banner says less than ours; its warnings and errors still come through.
    stdio: ['pipe', quiet || !dev ? 'ignore' : 'inherit', 'inherit'],
    env: toolEnvironment({
      NODE_ENV: dev ? 'development' : 'production',
      // In somebody's terminal only what is wrong.
      MIRROR_CONSOLE_LOG_LEVEL: process.env.MIRROR_CONSOLE_LOG_LEVEL || 'warn',
      // glibc keeps a heap for each thread, and each keeps what it once needed: with two the console stays smaller.
      MALLOC_ARENA_MAX: '2',
      ...env,
    }),
  });
  const url = `http://127.0.0.1:${port}`;
  const deadline = Date.now() + 60_000;
  while (child.exitCode === null && Date.now() < deadline) {
    if (await answers(`${url}/api/livez`)) return { child, url };
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const exitCode = child.exitCode;
  await stopChild(child);
  throw new Error(
    exitCode === null
      ? `The console did not answer on ${url} within a minute.`
      : `The console stopped with exit code ${exitCode}.`,
  );
}

async function answers(url) {
  try {
    const response = await fetch(url);
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}
