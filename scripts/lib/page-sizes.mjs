// Measures, in the browser itself, the JavaScript that each page fetches until it shows what it is for, after gzip.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { chromium } from '@playwright/test';
import { chromiumPath } from './browser.mjs';
import { startTogether } from './together.mjs';
import { root } from './tools.mjs';

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
 * Each page's JavaScript, in bytes after gzip, on a sandbox of its own.
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
  const scripts = new Set();
  page.on('response', (response) => {
    if (response.request().resourceType() === 'script') scripts.add(new URL(response.url()).pathname);
  });
  await page.goto(`${url}${address}?namespace=${task.namespace}`);
  await page.locator(shown).first().waitFor({ timeout: 60_000 });
  await context.close();
  if (scripts.size === 0) throw new Error(`${address} loaded no script: the measurement is broken`);
  return [...scripts].reduce((total, script) => total + gzipBytes(script), 0);
}

/** Size of a file of the build, in bytes, whatever compression the server chose. */
function gzipBytes(script) {
  return gzipSync(readFileSync(path.join(root, script.replace('/_next/', '.next/'))), { level: 9 }).length;
}
