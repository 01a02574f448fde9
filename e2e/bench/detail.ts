/** A task's page with a day of measurements, on the server and in a slow browser. */
import type { Browser, Page } from '@playwright/test';
import { startTogether } from '../../scripts/lib/together.mjs';
import { openKube } from '../kube.ts';
import { createTask, reviewsTask } from '../task-api.ts';
import { detailView, driftOf, timeOnScreen, type Drift } from './change-on-screen.ts';
import { getJson } from './fleet.ts';
import { newPage, openBrowser } from './open-browser.ts';
import { largestOf, load, timed, times, type Measurement } from './report.ts';

const runs = 5;
const slowdown = 4;
/** Longer than a scrape: charts follow the traffic at least once. */
const watchedMs = 20_000;
/** A page is idle when nothing blocked it for so long. */
const quietMs = 2000;

const task = { namespace: reviewsTask.namespace, name: reviewsTask.name, virtualService: reviewsTask.service };

export async function benchDetail(): Promise<Measurement[]> {
  const running = await startTogether({
    sandboxArgs: ['--history', '24h'],
    env: { MIRROR_CONSOLE_SETTLE_MS: '3000' },
  });
  try {
    await createTask(running.url);
    const api = `${running.url}/api/tasks/${task.namespace}/${task.name}`;
    const answers: Measurement[] = [];
    for (const [what, url] of Object.entries({
      'GET the task': api,
      'GET its metrics, 24 h of 15 s data': `${api}/metrics?range=24h`,
      'its page as HTML, 24 h': `${running.url}/tasks/${task.namespace}/${task.name}?range=24h`,
    })) {
      const samples = await times({ warm: 20, counted: 200 }, async () => (await fetch(url)).arrayBuffer());
      answers.push(timed(what, samples, 'p99', 150));
    }
    await expectDay(`${api}/metrics?range=24h`);
    const drift = await driftOf(openKube(running.kubeconfig), task);
    const browser = await openBrowser();
    try {
      return [...answers, ...(await benchSlowBrowser(browser, running.url, drift))];
    } finally {
      await browser.close();
    }
  } finally {
    await running.stop();
  }
}

/** The measurement is of a day of data, not of an empty chart. */
async function expectDay(url: string): Promise<void> {
  const { series } = (await getJson(url)) as {
    series: { metric: string; side: string; points: [number, number | null][] }[];
  };
  const rate = series.find(({ metric, side }) => metric === 'rate' && side === 'primary');
  const values = rate?.points.filter(([, value]) => value !== null).length ?? 0;
  // A point stands for five minutes: a browser gets no more than it can draw.
  if (values < 280) throw new Error(`the live version has ${values} points in 24 hours`);
}

async function benchSlowBrowser(browser: Browser, url: string, drift: Drift): Promise<Measurement[]> {
  const blocking: number[] = [];
  const updates: number[] = [];
  for (let run = 0; run < runs; run++) {
    const page = await newPage(browser, url);
    await recordLongTasks(page);
    await slowDown(page);
    await page.goto(`${url}/tasks/${task.namespace}/${task.name}?namespace=${task.namespace}&range=24h`);
    await page.locator('.chart-line path').first().waitFor({ timeout: 60_000 });
    await untilIdle(page);
    blocking.push((await longTasks(page)).reduce((sum, duration) => sum + Math.max(0, duration - 50), 0));

    await forgetLongTasks(page);
    for (const isDrifted of [true, false]) {
      await timeOnScreen(page, detailView(task), drift, isDrifted);
      await untilIdle(page);
    }
    await page.waitForTimeout(watchedMs);
    updates.push(largestOf([0, ...(await longTasks(page))]));
    await page.context().close();
  }
  const what = `task page on a ${slowdown} × slower processor`;
  return [
    timed(`${what}: blocking time until idle`, blocking, 'median', 300),
    { ...timed(`${what}: longest block by a live update`, updates, 'max', 100), load: load() },
  ];
}

async function slowDown(page: Page): Promise<void> {
  const session = await page.context().newCDPSession(page);
  await session.send('Emulation.setCPUThrottlingRate', { rate: slowdown });
}

interface WithLongTasks {
  benchLongTasks: { end: number; duration: number }[];
}

/** What the browser itself calls a long task: over 50 ms on the main thread. */
async function recordLongTasks(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const found: WithLongTasks['benchLongTasks'] = [];
    (window as unknown as WithLongTasks).benchLongTasks = found;
    new PerformanceObserver((list) => {
      for (const { startTime, duration } of list.getEntries()) found.push({ end: startTime + duration, duration });
    }).observe({ type: 'longtask', buffered: true });
  });
}

function longTasks(page: Page): Promise<number[]> {
  return page.evaluate(() => (window as unknown as WithLongTasks).benchLongTasks.map(({ duration }) => duration));
}

async function forgetLongTasks(page: Page): Promise<void> {
  await page.evaluate(() => {
    (window as unknown as WithLongTasks).benchLongTasks.length = 0;
  });
}

async function untilIdle(page: Page): Promise<void> {
  const begin = await page.evaluate(() => performance.now());
  await page.waitForFunction(
    ([begin, quietMs]) => {
      const last = (window as unknown as WithLongTasks).benchLongTasks.at(-1)?.end ?? 0;
      return performance.now() - Math.max(begin, last) > quietMs;
    },
    [begin, quietMs] as const,
    { polling: 200 },
  );
}
