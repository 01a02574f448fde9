import { expect, test } from './fixtures.ts';
import { createTask, expectTask, reviewsTask } from './task-api.ts';

test.use({ language: 'en' });

test('a list that cannot be read anew says since when it stands still, and follows again by itself', async ({
  page,
  running,
}) => {
  test.setTimeout(240_000);
  await createTask(running.url);
  const places: [string, string, string][] = [
    ['/tasks', '**/api/tasks?**', 'reviews-v2'],
    ['/services', '**/api/namespaces/*/services', 'productpage'],
    ['/deployments', '**/api/namespaces/*/deployments', 'reviews-v1'],
    ['/activity', '**/api/activity?**', 'reviews-v2'],
  ];
  for (const [address, request, row] of places) {
    await test.step(address, async () => {
      await page.goto(`${address}?namespace=demo-project`);
      const shown = page.locator('main').getByText(row).first();
      await expect(shown).toBeVisible();
      await page.route(request, (route) =>
        route.fulfill({
          status: 500,
          json: { error: { code: 'internal', message: 'planted', params: { request: 'r-1' } } },
        }),
      );
      // Coming back to the tab asks for what is old.
      await page.evaluate(() => window.dispatchEvent(new Event('visibilitychange')));
      const notice = page.getByText(/This page stands still since \d/);
      await expect(notice).toBeVisible({ timeout: 45_000 });
      await expect(shown).toBeVisible();
      await page.unroute(request);
      await page.getByRole('button', { name: 'Try again' }).click();
      await expect(notice).toHaveCount(0);
      await expect(shown).toBeVisible();
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
