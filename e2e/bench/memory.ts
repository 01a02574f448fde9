/** Memory of the server under open pages: what stays after collection must not grow. */
import { execFileSync } from 'node:child_process';
import { startTogether } from '../../scripts/lib/together.mjs';
import { createTask, reviewsTask } from '../task-api.ts';
import { newPage, openBrowser } from './open-browser.ts';
import { load, type Measurement } from './report.ts';

const pages = 20;

/** Compares the end of `minutes` with their first sixth. */
export async function benchMemory(minutes: number): Promise<Measurement[]> {
  const collector = new URL('collect-on-signal.mjs', import.meta.url).href;
  const running = await startTogether({
    env: { NODE_OPTIONS: `--expose-gc --import ${collector}`, MIRROR_CONSOLE_SETTLE_MS: '3000' },
  });
  try {
    await createTask(running.url);
    const browser = await openBrowser();
    try {
      const { namespace, name } = reviewsTask;
      for (let index = 0; index < pages; index++) {
        // A context of its own each: twenty browsers with a stream each, not twenty tabs of one.
        const page = await newPage(browser, running.url);
        const path = index % 2 === 0 ? `/tasks/${namespace}/${name}` : '/tasks';
        await page.goto(`${running.url}${path}?namespace=${namespace}`);
      }
      await minutesPass(minutes / 6);
      const early = await residentMebibytes(running.consoleProcess.pid);
      await minutesPass((minutes * 5) / 6);
      const late = await residentMebibytes(running.consoleProcess.pid);
      return [
        {
          what: `memory of the server under ${pages} open pages, minute ${minutes} over minute ${round(minutes / 6)}`,
          statistic: 'ratio',
          value: late / early,
          below: 1.1,
          unit: '×',
          samples: 2,
          also: `${early.toFixed(0)} → ${late.toFixed(0)} MiB`,
          load: load(),
        },
      ];
    } finally {
      await browser.close();
    }
  } finally {
    await running.stop();
  }
}

function minutesPass(minutes: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, minutes * 60_000));
}

/** Resident memory right after a full collection; the smallest of a few, since requests go on. */
async function residentMebibytes(pid: number | undefined): Promise<number> {
  if (pid === undefined) throw new Error('the console is gone');
  const samples: number[] = [];
  for (let index = 0; index < 5; index++) {
    process.kill(pid, 'SIGUSR2');
    await new Promise((resolve) => setTimeout(resolve, 2000));
    samples.push(Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' })) / 1024);
  }
  return Math.min(...samples);
}

function round(value: number): string {
  return String(Math.round(value * 10) / 10);
}
