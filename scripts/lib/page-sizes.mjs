// Measures, in the browser itself, the bytes of JavaScript that each page receives until it shows what it is for.
import { chromium } from '@playwright/test';
import { chromiumPath } from './browser.mjs';
import { startTogether } from './together.mjs';

const task = {
  namespace: 'demo-project',
  name: 'reviews-v2',
  service: 'reviews',
  percentage: 100,
  target: { kind: 'version', version: 'v2' },
};

/** `shown`: what stands on the page once it is usable. Budgets in kB of 1000 bytes. */
const pages = [
  { path: '/tasks', title: 'task list', shown: '.task-name', budget: 200 },
  { path: '/tasks/new', title: 'wizard', shown: 'form input', budget: 240 },
  {
    path: `/tasks/${task.namespace}/${task.name}`,
    title: 'task detail, charts drawn',
    shown: '.chart-line path',
    budget: 330,
  },
  { path: '/deployments', title: 'deployments', shown: 'tbody th', budget: 200 },
  { path: '/services', title: 'services', shown: 'tbody th', budget: 200 },
  { path: '/activity', title: 'activity', shown: 'tbody tr', budget: 200 },
];

/**
 * Each page's JavaScript, in bytes as received (gzip), on a sandbox of its own.
 * @returns {Promise<{ path: string, title: string, budget: number, bytes: number }[]>}
 */
export async function pageSizes() {
  const running = await startTogether({ quiet: true });
  const browser = await chromium.launch({ executablePath: chromiumPath(), args: ['--no-sandbox', '--disable-gpu'] });
  try {
    await createTask(running.url);
    const sizes = [];
    for (const page of pages) sizes.push({ ...page, bytes: await measure(browser, running.url, page) });
    return sizes;
  } finally {
    await browser.close();
    await running.stop();
  }
}

async function createTask(url) {
  const response = await fetch(`${url}/api/tasks`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(task),
  });
  if (response.status !== 201) throw new Error(`The task was not created: ${await response.text()}`);
}

/** A new context has an empty cache: every script is fetched. */
async function measure(browser, url, { path: address, shown }) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  const page = await context.newPage();
  const scripts = [];
  // What is under way when the page shows is waited for: it counts, too.
  page.on('request', (request) => {
    if (request.resourceType() === 'script') scripts.push(request.response().then(() => request.sizes()));
  });
  await page.goto(`${url}${address}?namespace=${task.namespace}`);
  await page.locator(shown).first().waitFor({ timeout: 60_000 });
  const sizes = await Promise.all(scripts);
  await context.close();
  if (sizes.length === 0) throw new Error(`${address} loaded no script: the measurement is broken`);
  return sizes.reduce((total, { responseBodySize }) => total + responseBodySize, 0);
}
