import { once } from 'node:events';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { freePort, spawnNode, stopChild } from '../../scripts/lib/launch.mjs';
import { root } from '../../scripts/lib/tools.mjs';
import { expectNothingLeft, findRunning } from './running.ts';

/** A warm start, with nothing beside it but the lab that the files of this suite share. */
const readyBoundSeconds = 30;
const graceMs = 30_000;
/** For what is asked of every application. */
const answered = { timeout: 20_000 };

it('`npm run mesh` is ready within half a minute, refuses a load that is none, and Ctrl-C leaves nothing of it', async () => {
  const port = await freePort();
  const child = spawnNode([path.join(root, 'scripts/mesh.mjs'), '--port', String(port)]);
  onTestFinished(() => stopChild(child, graceMs));
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (said += text));
  const exited = once(child, 'exit');
  const isOver = () => child.exitCode !== null || said.includes('Ctrl-C stops it.');
  await expect.poll(isOver, { timeout: 120_000 }).toBe(true);
  const told = (what: RegExp) => what.exec(said)?.[1] ?? '';
  const app = told(/Mirror Console\s+(\S+)/);
  expect(app, said).toBe(`http://127.0.0.1:${port}/`);
  expect((await fetch(`${app}api/livez`)).status).toBe(200);

  child.stdin.write('\n');
  await expect.poll(() => said, answered).toContain('a factor from 0 to 100 is needed');
  child.stdin.write('0.5\n');
  await expect.poll(() => said, answered).toContain('Load is 0.5 now.');

  const kubeconfig = told(/--kubeconfig (\S+)'/);
  const addresses = { kubeconfig, prometheus: told(/Prometheus\s+(\S+)/), url: told(/Pods\s+(\S+)\/pods/) };
  const running = await findRunning(child.pid!, addresses, [app]);
  expect(running.processes.size).toBeGreaterThan(20);
  expect(running.listening).toContain(`127.0.0.1:${port}`);
  child.kill('SIGINT');
  expect((await exited)[0]).toBe(0);
  await expectNothingLeft(running);
  expect(existsSync(path.dirname(kubeconfig))).toBe(false);
  expect(Number(told(/ready in ([\d.]+) s/) || NaN), said).toBeLessThan(readyBoundSeconds);
});
