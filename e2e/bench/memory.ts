/** Memory of the server under open pages: what stays after collection must not grow. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { startTogether } from '../../scripts/lib/together.mjs';
import { createTask, reviewsTask } from '../task-api.ts';
import { newPage, openBrowser } from './open-browser.ts';
import { load, type Measurement } from './report.ts';

const pages = 20;

/** Compares the end of `minutes` with their first sixth. */
export async function benchMemory(minutes: number): Promise<Measurement[]> {
  const collector = new URL('collect-on-signal.mjs', import.meta.url).href;
  const directory = mkdtempSync(path.join(tmpdir(), 'memory-'));
  const report = path.join(directory, 'report.json');
  const running = await startTogether({
    env: {
      NODE_OPTIONS: `--expose-gc --import ${collector}`,
      MEMORY_REPORT: report,
      MIRROR_CONSOLE_SETTLE_MS: '3000',
    },
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
        // Twenty pages at once have two cores to draw them.
        await page.goto(`${running.url}${path}?namespace=${namespace}`, { timeout: 180_000 });
      }
      await delay(minutes * 10_000);
      const early = await collected(running.consoleProcess.pid, report);
      await delay(minutes * 50_000);
      const late = await collected(running.consoleProcess.pid, report);
      return [
        {
          what: `memory of the server under ${pages} open pages, minute ${minutes} over minute ${round(minutes / 6)}`,
          statistic: 'ratio',
          value: late.rss / early.rss,
          below: 1.1,
          unit: '×',
          samples: 2,
          also: told({ early, late }),
          load: load(),
        },
      ];
    } finally {
      await browser.close();
    }
  } finally {
    await running.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Memory right after a full collection; the smallest of a few, since requests go on. */
async function collected(pid: number | undefined, report: string): Promise<NodeJS.MemoryUsage> {
  if (pid === undefined) throw new Error('the console is gone');
  const samples: NodeJS.MemoryUsage[] = [];
  for (let index = 0; index < 5; index++) {
    rmSync(report, { force: true });
    process.kill(pid, 'SIGUSR2');
    while (!existsSync(report)) await delay(100);
    samples.push(JSON.parse(readFileSync(report, 'utf8')) as NodeJS.MemoryUsage);
    await delay(2000);
  }
  return samples.reduce((least, sample) => (sample.rss < least.rss ? sample : least));
}

function told({ early, late }: Record<'early' | 'late', NodeJS.MemoryUsage>): string {
  const parts = {
    MiB: 'rss',
    'JavaScript’s objects': 'heapUsed',
    'its heap': 'heapTotal',
    buffers: 'external',
  } as const;
  return Object.entries(parts)
    .map(([name, part]) => `${name} ${mebibytes(early[part])} → ${mebibytes(late[part])}`)
    .join(', ');
}

function mebibytes(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(0);
}

function round(value: number): string {
  return String(Math.round(value * 10) / 10);
}
