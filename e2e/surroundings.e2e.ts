import type { Page, Request } from '@playwright/test';
import { expect, test } from './fixtures.ts';
import { timeBetween } from './told-times.ts';
import { createTask, editRoute, expectTask, reviewsTask } from './task-api.ts';

const task = '/tasks/demo-project/reviews-v2';

test.use({ language: 'en' });

/** What each page or part of a page asks for, and something that only the answer shows. */
const parts: { address: string; request: string; shows: string | RegExp }[] = [
  { address: '/tasks', request: '**/api/tasks?**', shows: 'reviews-v2' },
  { address: '/services', request: '**/api/namespaces/*/services', shows: 'productpage' },
  { address: '/deployments', request: '**/api/namespaces/*/deployments', shows: 'reviews-v1' },
  { address: '/activity', request: '**/api/activity?**', shows: 'reviews-v2' },
  { address: task, request: `**/api${task}`, shows: 'Placement:' },
  { address: task, request: `**/api${task}/pods`, shows: 'Pods of v1' },
  { address: task, request: `**/api${task}/metrics?**`, shows: 'Request rate' },
  { address: `${task}?tab=logs`, request: `**/api${task}/requests?**`, shows: 'Joined by x-request-id' },
  { address: `${task}?tab=resources`, request: `**/api${task}/manifests`, shows: 'DestinationRule' },
  { address: `${task}?tab=resources`, request: `**/api${task}/checks`, shows: /^Show \d+ passed/ },
  { address: `${task}?tab=verify`, request: `**/api${task}/verification`, shows: 'Route to port' },
  { address: `${task}?tab=activity`, request: `**/api${task}/activity`, shows: 'Outcome' },
];

test('what cannot be read anew says since when it stands still, on every page, and follows again by itself', async ({
  page,
  context,
  running,
}) => {
  test.setTimeout(300_000);
  await createTask(running.url);
  // One page of the browser for each, so that all wait for their next turn at the same time.
  const opened = await Promise.all(
    parts.map(async (part, index) => {
      const tab = index === 0 ? page : await context.newPage();
      const opening = Date.now();
      await tab.goto(`${part.address}${part.address.includes('?') ? '&' : '?'}namespace=demo-project`);
      return { ...part, tab, opening, shown: tab.locator('main').getByText(part.shows).first() };
    }),
  );
  const standing = opened.map(async ({ address, request, tab, shown, opening }) => {
    const name = `${address}: ${request}`;
    await expect(shown, name).toBeVisible({ timeout: 60_000 });
    await tab.route(request, (route) =>
      route.fulfill({
        status: 500,
        json: { error: { code: 'internal', message: 'planted', params: { request: 'r' } } },
      }),
    );
    // Coming back to the tab asks for what is old.
    await tab.evaluate(() => window.dispatchEvent(new Event('visibilitychange')));
    const notice = tab.getByText(/stands? still since [\d:]+\./).first();
    await expect(notice, name).toBeVisible({ timeout: 60_000 });
    // What charts show ends at their last step, 15 s long, and is told by the minute.
    const now = Date.now();
    const times = [timeBetween(opening, now, 'seconds'), timeBetween(opening - 15_000, now, 'minutes')];
    await expect(notice, name).toContainText(new RegExp(` since (${times.join('|')})\\.`));
    await expect(shown, name).toBeVisible();
    return { name, tab, shown, notice, request };
  });
  const still = await Promise.all(standing);
  await Promise.all(still.map(({ tab, request }) => tab.unroute(request)));
  for (const { name, shown, notice } of still) {
    await test.step(`${name} follows again`, async () => {
      await expect(notice, name).toHaveCount(0, { timeout: 45_000 });
      await expect(shown, name).toBeVisible();
    });
  }
});

test('an API server that is slow, and one that has too much to do, delays a verb and fails none', async ({
  page,
  running,
  control,
}) => {
  test.setTimeout(300_000);
  await createTask(running.url);
  await page.goto('/tasks/demo-project/reviews-v2');
  await control.fault('faults', { path: '.', kind: 'delay', delayMs: 3_000, times: 10_000 });
  await page.getByRole('button', { name: 'Pause' }).click();
  await expect(page.getByRole('region', { name: 'Pause' })).toBeVisible();
  await expectTask(running.url, reviewsTask, { state: 'Paused', operation: null });
  await control.mend();
  await control.fault('faults', { path: 'virtualservices', kind: 'error429', times: 3 });
  await page.getByRole('button', { name: 'Resume' }).click();
  await expectTask(running.url, reviewsTask, { state: 'Mirroring', operation: null });

  await control.fault('faults', { method: 'PUT', path: 'virtualservices', kind: 'error500', times: 10_000 });
  await page.getByRole('button', { name: 'Pause' }).click();
  const tried = page.getByText(/^Since .* the API server has not taken the change/).first();
  await expect(tried).toBeVisible();
  await control.mend();
  await expectTask(running.url, reviewsTask, { state: 'Paused', operation: null });
  await expect(tried).toHaveCount(0);
});

test('a Prometheus that answers wrongly shows no number that was not measured, and the numbers come back', async ({
  page,
  running,
  control,
}) => {
  test.setTimeout(600_000);
  await createTask(running.url);
  await page.goto('/tasks?namespace=demo-project');
  const row = page.getByRole('row').filter({ has: page.getByRole('link', { name: 'reviews-v2' }) });
  const measured = row.getByLabel(/^Live [\d.]+ rps/);
  await expect(measured).toHaveCount(1, { timeout: 60_000 });
  for (const kind of ['garbage', 'error500', 'nan', 'empty']) {
    await test.step(kind, async () => {
      await control.fault('prometheus-fault', { kind });
      for (const address of ['/tasks?namespace=demo-project', '/tasks/demo-project/reviews-v2']) {
        await page.goto(address);
        await expect(page.locator('main')).toContainText('reviews-v2');
        await expect(page.locator('[aria-busy=true]')).toHaveCount(0);
        await expect(page.locator('main')).not.toContainText(/NaN|undefined|\d rps/);
        // A row shows what was measured last until its next point is due.
        await expect(measured).toHaveCount(0, { timeout: 90_000 });
      }
      await expect(page.getByRole('button', { name: 'Pause' })).toBeEnabled();
    });
  }
  await control.mend();
  await page.goto('/tasks?namespace=demo-project');
  // The last, empty answer stands for its minute, and the row asks every 15 s.
  await expect(measured).toHaveCount(1, { timeout: 120_000 });
});

test('a Prometheus that does not answer in time delays no page, is asked no more at once, and its numbers come back', async ({
  page,
  running,
  control,
}) => {
  test.setTimeout(420_000);
  await createTask(running.url);
  const row = page.getByRole('row').filter({ has: page.getByRole('link', { name: 'reviews-v2' }) });
  const measured = row.getByLabel(/^Live [\d.]+ rps/);
  const pause = page.getByRole('button', { name: 'Pause', exact: true });
  /** Opens list and task page; returns how long each took to show the task, in milliseconds. */
  const openBoth = async () => {
    const took: number[] = [];
    for (const [address, shown] of [
      ['/tasks?namespace=demo-project', row.getByText('Mirroring', { exact: true })],
      [task, pause],
    ] as const) {
      const begin = Date.now();
      await page.goto(address);
      await expect(shown).toBeVisible();
      took.push(Date.now() - begin);
    }
    return took;
  };
  await openBoth();
  const [usualList = 0, usualTask = 0] = await openBoth();

  // The console waits 10 s for an answer of Prometheus.
  await control.fault('prometheus-fault', { kind: 'delay', delayMs: 60_000 });
  const expectUsual = async () => {
    const [list, one] = await openBoth();
    expect(list).toBeLessThan(usualList + 5_000);
    expect(one).toBeLessThan(usualTask + 5_000);
  };
  await expectUsual();
  const band = page.getByText('Prometheus does not answer.', { exact: true });
  await expect(band).toBeVisible({ timeout: 30_000 });
  // From now on nothing waits for it, not even what has a number of its own beside what the cluster says.
  await page.goto('/services?namespace=demo-project');
  await expect(page.getByText('productpage').first()).toBeVisible({ timeout: 5_000 });
  await expectUsual();
  await expect(page.getByRole('table', { name: 'Pods of v2' })).toBeVisible({ timeout: 5_000 });
  await expect(page.locator('main')).not.toContainText(/NaN|undefined|\d rps/);
  await expect(page.getByText('There are no charts now.').or(page.getByText(/^Charts stand still since/))).toBeVisible({
    timeout: 60_000,
  });
  await expect(page.getByText("The console's server does not answer.")).toHaveCount(0);
  // The page that stays open asks for its charts again and again.
  const inFlight = watchRequests(page);
  await expect.poll(() => inFlight.ended('/metrics'), { timeout: 120_000 }).toBeGreaterThan(2);
  expect(inFlight.most()).toBeLessThanOrEqual(10);
  expect(inFlight.twice()).toEqual([]);
  await pause.click();
  await expectTask(running.url, reviewsTask, { state: 'Paused', operation: null });
  await page.getByRole('button', { name: 'Resume' }).click();
  await expectTask(running.url, reviewsTask, { state: 'Mirroring', operation: null });
  await page.goto('/tasks?namespace=demo-project');
  await expect(row).toBeVisible();
  // A row shows what was measured last until its next point is due.
  await expect(measured).toHaveCount(0, { timeout: 90_000 });

  await control.mend();
  await expect(measured).toHaveCount(1, { timeout: 120_000 });
  await expect(band).toHaveCount(0);
});

/** Counts the page's requests to the API that wait for an answer; the event stream, which never ends, is not counted. */
function watchRequests(page: Page) {
  const open = new Set<Request>();
  const twice = new Set<string>();
  const ended: string[] = [];
  let most = 0;
  const isCounted = (request: Request) => /\/api\/(?!events)/.test(request.url());
  page.on('request', (request) => {
    if (!isCounted(request)) return;
    const same = [...open].some((other) => other.url() === request.url() && other.method() === request.method());
    if (same) twice.add(`${request.method()} ${request.url()}`);
    open.add(request);
    most = Math.max(most, open.size);
  });
  const end = (request: Request) => {
    if (open.delete(request)) ended.push(request.url());
  };
  page.on('requestfinished', end);
  page.on('requestfailed', end);
  return {
    /** How many with this in their address have ended. */
    ended: (part: string) => ended.filter((url) => url.includes(part)).length,
    /** The most that were open at once. */
    most: () => most,
    /** What was asked for again while it was still being waited for. */
    twice: () => [...twice],
  };
}

test('an edit that no watch could tell of, since the API server has forgotten it, is on the list, every time', async ({
  page,
  running,
  kube,
  control,
}) => {
  test.setTimeout(240_000);
  await createTask(running.url);
  await page.goto('/tasks?namespace=demo-project');
  const row = page.getByRole('row').filter({ has: page.getByRole('link', { name: 'reviews-v2' }) });
  await expect(row.getByText('Mirroring', { exact: true })).toBeVisible();
  for (const [percentage, state] of [
    [40, 'Drifted'],
    [100, 'Mirroring'],
    [30, 'Drifted'],
  ] as const) {
    await test.step(`${percentage} %`, async () => {
      // The list of routes cannot be watched again after this, and what happened meanwhile is forgotten.
      await control.fault('faults', { method: 'GET', path: 'virtualservices$', kind: 'error500', times: 100_000 });
      await control.api(false);
      await control.api(true);
      await editRoute(kube, { mirrorPercentage: { value: percentage } });
      await control.compact();
      await control.mend();
      await expect(row.getByText(state, { exact: true })).toBeVisible({ timeout: 60_000 });
    });
  }
  // And what comes next is told by the new watch.
  await control.compact();
  await editRoute(kube, { mirrorPercentage: { value: 100 } });
  await expect(row.getByText('Mirroring', { exact: true })).toBeVisible();
});
