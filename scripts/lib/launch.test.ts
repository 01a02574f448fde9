import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { expect, it, vi } from 'vitest';

const launch = new URL('launch.mjs', import.meta.url).href;

/** A process that starts a program by `spawnProgram` and prints the program's pid; killed without a chance to tell it. */
async function killParentOf(program: string): Promise<number> {
  const parent = spawn(
    process.execPath,
    [
      '--input-type=module',
      '--eval',
      `import { spawnProgram } from ${JSON.stringify(launch)};
       const child = spawnProgram(process.execPath, ['--eval', ${JSON.stringify(program)}]);
       child.stdout.pipe(process.stdout);`,
    ],
    { stdio: ['ignore', 'pipe', 'inherit'], detached: true },
  );
  const lines = createInterface({ input: parent.stdout });
  const pid = await new Promise<number>((resolve) => lines.once('line', (line) => resolve(Number(line))));
  expect(isRunning(pid)).toBe(true);
  // The whole process group, as a test runner's time limit does it.
  process.kill(-(parent.pid ?? Number.NaN), 'SIGKILL');
  return pid;
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

const gone = (pid: number) => vi.waitFor(() => expect(isRunning(pid)).toBe(false), { timeout: 20_000, interval: 50 });

it('a program ends when the process that started it is killed', async () => {
  await gone(await killParentOf('console.log(process.pid); setInterval(() => {}, 1000);'));
});

it('so does one that does not stop when it is told to', async () => {
  const stubborn = "process.on('SIGTERM', () => {}); console.log(process.pid); setInterval(() => {}, 1000);";
  await gone(await killParentOf(stubborn));
});

it('what the program starts itself, with the same flags and another stdin, is left alone', async () => {
  const { spawnProgram } = await import('./launch.mjs');
  const worker = "console.log('done')";
  const program = `const { spawnSync } = require('node:child_process');
    const { stdout, stderr } = spawnSync(process.execPath, ['--import', process.env.PRELOAD, '--eval', ${JSON.stringify(worker)}], { stdio: ['ignore', 'pipe', 'pipe'] });
    console.log(String(stdout) + String(stderr));`;
  process.env['PRELOAD'] = new URL('end-with-parent.mjs', import.meta.url).href;
  const child = spawnProgram(process.execPath, ['--eval', program]);
  delete process.env['PRELOAD'];
  expect((await text(child.stdout)).trim()).toBe('done');
});
