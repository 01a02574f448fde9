import { readFile } from 'node:fs/promises';
import type { Locator, Page } from '@playwright/test';
import { parseAllDocuments } from 'yaml';
import { expect, expectAccessible, expectNoSidewaysScroll, test } from './fixtures.ts';
import { createTask, expectTask, reviewsTask } from './task-api.ts';

const address = '/tasks/demo-project/reviews-v2';
const virtualService = '/apis/networking.istio.io/v1/namespaces/demo-project/virtualservices/reviews';

test.use({ language: 'en' });

const chart = (page: Page, title: string): Locator => page.getByRole('figure', { name: title, exact: true });
const line = (figure: Locator): Locator => figure.locator('.chart-line path').first();

/** How many minutes the charts span, as the page says it. */
async function minutesShown(page: Page): Promise<number> {
  const text = (await page.getByText(/\d to .*, one point per/).textContent()) ?? '';
  const [from = 0, to = 0] = [...text.matchAll(/(\d\d):(\d\d)/g)].map(
    ([, hours, minutes]) => Number(hours) * 60 + Number(minutes),
  );
  return (to - from + 24 * 60) % (24 * 60);
}

test.describe('charts', () => {
  test('follow the traffic in place, without drawing the chart anew', async ({ page, running }) => {
    await createTask(running.url);
    await page.goto(address);
    const rate = chart(page, 'Request rate');
    await expect(line(rate)).toBeVisible();
    const drawn = await line(rate).getAttribute('d');
    await rate.locator('svg[role=application]').evaluate((svg) => svg.setAttribute('data-seen', 'before'));

    await expect(line(rate)).not.toHaveAttribute('d', drawn ?? '', { timeout: 60_000 });
    await expect(rate.locator('svg[role=application]')).toHaveAttribute('data-seen', 'before');
    await expect(rate.getByRole('button', { name: /Mirror v2/ })).toHaveText(/\d/, { timeout: 60_000 });
  });

  test('show what the legend, the keyboard, the table and PromQL ask for', async ({ page, running }) => {
    await createTask(running.url);
    await page.goto(address);
    const rate = chart(page, 'Request rate');
    await expect(rate.getByRole('button', { name: /Mirror v2/ })).toHaveText(/\d/, { timeout: 60_000 });

    await expect(rate.locator('.chart-line')).toHaveCount(2);
    await rate.getByRole('button', { name: /Mirror v2/ }).click();
    await expect(rate.locator('.chart-line')).toHaveCount(1);
    await rate.getByRole('button', { name: /Mirror v2/ }).click();
    await expect(rate.locator('.chart-line')).toHaveCount(2);

    await rate.locator('svg[role=application]').focus();
    await page.keyboard.press('ArrowRight');
    await expect(rate.getByRole('status')).toContainText(/Live v1 [\d.,]+ rps/);
    const plot = (await rate.locator('.chart-grid').boundingBox())!;
    const cursor = rate.locator('.chart-cursor path');
    await page.keyboard.press('End');
    await expect.poll(async () => (await cursor.boundingBox())!.x).toBeGreaterThan(plot.x + plot.width - 4);
    await page.keyboard.press('ArrowLeft');
    await expect.poll(async () => (await cursor.boundingBox())!.x).toBeLessThan(plot.x + plot.width - 4);
    await page.keyboard.press('Escape');
    await expect(rate.getByRole('status')).toBeHidden();

    await page.mouse.move(plot.x + plot.width / 2, plot.y + plot.height / 2);
    await expect(rate.getByRole('status')).toContainText(/Live v1 [\d.,]+ rps/);
    await expect.poll(async () => (await cursor.boundingBox())!.x).toBeCloseTo(plot.x + plot.width / 2, -1);
    await page.mouse.move(0, 0);
    await expect(rate.getByRole('status')).toBeHidden();

    await rate.getByRole('button', { name: 'PromQL' }).click();
    await expect(rate.getByText(/istio_requests_total\{.*destination_workload="reviews-v2"/)).toBeVisible();

    await rate.getByRole('button', { name: 'Request rate as a table' }).click();
    const rows = rate.getByRole('table').getByRole('row');
    await expect(rows.nth(1)).toContainText(/\d\d:\d\d:\d\d/);
    await expect(rate.getByRole('row', { name: /start 100 %/ })).toBeVisible();

    const latency = chart(page, 'Latency');
    const p95 = await line(latency).getAttribute('d');
    await latency.getByRole('button', { name: 'p50' }).click();
    await expect(line(latency)).not.toHaveAttribute('d', p95 ?? '');

    await page.getByRole('button', { name: '1h', exact: true }).click();
    await expect(page).toHaveURL(/range=1h/);
    await expect.poll(() => minutesShown(page)).toBe(60);
  });

  test.describe('of a mesh that is five minutes old', () => {
    test.use({ sandboxArgs: ['--history', '5m'] });

    test('show a gap as a gap: shaded, named, and never bridged or zero', async ({ page, running }) => {
      await createTask(running.url);
      await page.goto(address);
      const rate = chart(page, 'Request rate');
      await expect(rate.getByText(/^no data \d\d:\d\d–\d\d:\d\d$/)).toBeVisible();

      const [plot, drawn] = await Promise.all([rate.locator('.chart-grid').boundingBox(), line(rate).boundingBox()]);
      expect(drawn!.x - plot!.x).toBeGreaterThan(plot!.width / 3);

      await rate.getByRole('button', { name: 'Request rate as a table' }).click();
      const oldest = rate.getByRole('table').getByRole('row').last();
      await expect(oldest).toContainText(/no data \d\d:\d\d:\d\d–\d\d:\d\d:\d\d/);
    });
  });

  test('stay with what they have while Prometheus is away, and say since when', async ({ page, running, control }) => {
    await createTask(running.url);
    await page.goto(address);
    const rate = chart(page, 'Request rate');
    await expect(line(rate)).toBeVisible();

    await control.prometheus(false);
    await expect(page.getByText(/Charts stand still since \d\d:\d\d/)).toBeVisible({ timeout: 60_000 });
    await expect(line(rate)).toBeVisible();

    await control.prometheus(true);
    await expect(page.getByText(/Charts stand still/)).toBeHidden({ timeout: 60_000 });
  });
});

test('logs of both versions show the copies of httpbin, and only the lines asked for', async ({ page, running }) => {
  const httpbin = { namespace: 'httpbin', name: 'httpbin-v2' };
  await createTask(running.url, {
    ...httpbin,
    service: 'httpbin',
    percentage: 100,
    target: { kind: 'version', existing: 'httpbin-v2' },
  });
  await page.goto('/tasks/httpbin/httpbin-v2?tab=logs');
  const live = page.getByRole('region', { name: 'Log of live v1, lines' });
  const mirror = page.getByRole('region', { name: 'Log of mirror v2, lines' });
  for (const log of [live, mirror]) await expect(log.getByText('GET /headers').first()).toBeVisible();

  // The log goes on by itself.
  const counted = page.getByRole('status').filter({ hasText: /lines/ }).last();
  const before = await counted.textContent();
  await expect(counted).not.toHaveText(before ?? '');

  await page.getByRole('searchbox', { name: 'Only lines with this text' }).fill('/no-such-path');
  await expect(mirror.getByText('No line contains “/no-such-path”.')).toBeVisible();
  await page.getByRole('searchbox', { name: 'Only lines with this text' }).fill('/HEADERS');
  await expect(mirror.locator('mark').first()).toHaveText('/headers');

  // The same requests, joined from the sidecars' logs.
  const requests = page.getByRole('table', { name: 'The same requests on both sides' });
  await expect(requests.getByText('GET /headers').first()).toBeVisible();
  await expect(requests.getByRole('row').nth(1)).toContainText(/200 · [\d,]+ ms/);
  for (const width of [768, 1440]) {
    await page.setViewportSize({ width, height: 900 });
    await expectNoSidewaysScroll(page);
  }
  await expectAccessible(page);
  await page.getByRole('searchbox', { name: 'Only lines with this text' }).fill('/no-such-path');
  await expect(page.getByText('No request contains “/no-such-path”.')).toBeVisible();
});

test('resources show what the task changed and how to look by hand', async ({ page, running, kube }) => {
  await createTask(running.url);
  await page.goto(`${address}?tab=resources`);
  const diff = page.getByRole('region', { name: 'Changes of VirtualService demo-project/reviews' });
  await expect(diff).toContainText('mirrorPercentage');
  await expect(page.getByText('kubectl -n demo-project get virtualservice reviews -o yaml')).toBeVisible();

  await page.getByRole('button', { name: /Show.*Deployment reviews-v2/ }).click();
  await expect(page).toHaveURL(/object=Deployment/);
  await expect(page.getByRole('region', { name: 'YAML of Deployment demo-project/reviews-v2' })).toContainText(
    'image: kubesphere/examples-bookinfo-reviews-v2:1.16.2',
  );
  const shared = await kube.get(virtualService);
  expect(shared.spec.http[0].mirror.host).toBe('reviews.demo-project.svc.cluster.local');

  const downloading = page.waitForEvent('download');
  await page.getByRole('link', { name: 'Download YAML' }).click();
  const download = await downloading;
  expect(download.suggestedFilename()).toBe('demo-project-reviews-v2.yaml');
  const objects = parseAllDocuments(await readFile(await download.path(), 'utf8')).map((one) => one.toJS());
  expect(objects.filter(Boolean).map(({ kind, metadata }) => `${kind} ${metadata.name}`)).toEqual([
    'AuthorizationPolicy reviews-mirror-reviews-v2-deny-writes',
    'DestinationRule reviews',
    'Deployment reviews-v2',
    'VirtualService reviews',
  ]);
  expect(objects.at(-1).spec).toEqual(shared.spec);
});

test('checks tell on the page of a mirroring task what came since', async ({ page, running, kube }) => {
  await createTask(running.url);
  await kube.send('POST', '/apis/security.istio.io/v1/namespaces/demo-project/authorizationpolicies', {
    apiVersion: 'security.istio.io/v1',
    kind: 'AuthorizationPolicy',
    metadata: { name: 'keep-out', namespace: 'demo-project' },
    spec: { selector: { matchLabels: { version: 'v2' } }, action: 'DENY', rules: [{}] },
  });
  await page.goto(`${address}?tab=resources`);
  const checks = page.getByRole('region', { name: 'Checks today' });
  await expect(checks.getByRole('listitem').first()).toContainText(
    'AuthorizationPolicy keep-out refuses every request to reviews-v2',
  );
  await checks.getByRole('button', { name: /Show \d+ passed checks/ }).click();
  await expect(checks).toContainText('VirtualService reviews alone decides');
  await expectAccessible(page);
});

test('commands to verify by hand are there to copy, and their queries give what the page shows', async ({
  page,
  context,
  running,
}) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await createTask(running.url);
  await page.goto(address);
  await page.getByRole('link', { name: 'Verify yourself' }).click();
  await expect(page).toHaveURL(/tab=verify/);
  const route = page.getByRole('region', { name: 'Route to port 9080 in a sidecar' });
  await expect(route).toContainText('istioctl proxy-config routes deployment/reviews-v1 -n demo-project --name 9080');

  const copies = page.getByRole('region', { name: 'Copies per second to reviews-v2' });
  await copies.getByRole('button').click();
  await expect(copies.getByText('Copied', { exact: true })).toBeAttached();
  const query = await page.evaluate(() => navigator.clipboard.readText());
  const ask = async () => {
    const response = await fetch(`${running.prometheus}/api/v1/query?${new URLSearchParams({ query })}`);
    const { data } = (await response.json()) as { data: { result: { value: [number, string] }[] } };
    return Number(data.result[0]?.value[1] ?? 0);
  };
  await expect.poll(ask, { timeout: 90_000 }).toBeGreaterThan(0);
});

test('pause, resume with another percentage and delete from the page', async ({ page, running, kube }) => {
  const original = await kube.get(virtualService);
  await createTask(running.url);
  await page.goto(address);
  const route = async () => (await kube.get(virtualService)).spec.http[0];

  await page.getByRole('button', { name: 'Pause' }).click();
  await expect(page.getByRole('button', { name: 'Resume' })).toBeVisible();
  await expectTask(running.url, reviewsTask, { state: 'Paused', operation: null });
  expect((await route()).mirror).toBeUndefined();

  await page.getByRole('button', { name: 'Resume' }).click();
  await expectTask(running.url, reviewsTask, { state: 'Mirroring', operation: null });
  expect((await route()).mirrorPercentage.value).toBe(100);

  await page.getByRole('button', { name: 'Edit', exact: true }).click();
  const drawer = page.getByRole('dialog', { name: 'Edit task' });
  await drawer.getByRole('textbox', { name: 'Share of requests that is copied' }).fill('25');
  await expect(drawer.getByText('value: 25')).toBeVisible();
  await drawer.getByRole('button', { name: 'Apply 25 %' }).click();
  await expect(page.getByText('Copies 25 % of the requests to reviews to v2')).toBeVisible();
  await expect.poll(async () => (await route()).mirrorPercentage.value).toBe(25);
  await expectTask(running.url, reviewsTask, { operation: null });

  await page.getByRole('button', { name: 'Delete', exact: true }).click();
  const dialog = page.getByRole('dialog', { name: 'Delete reviews-v2?' });
  const confirm = dialog.getByRole('button', { name: 'Delete task' });
  await expect(confirm).toHaveAttribute('aria-disabled', 'true');
  await dialog.getByRole('textbox').fill('reviews-v2');
  await expect(confirm).not.toHaveAttribute('aria-disabled');
  await confirm.click();
  await expect(page.getByText('Deleting').first()).toBeVisible();
  await expect(page).toHaveURL(/\/tasks\?namespace=demo-project/, { timeout: 90_000 });
  await expect(page.getByText('reviews-v2 was removed.')).toBeVisible();
  const restored = await kube.get(virtualService);
  expect(restored.spec).toEqual(original.spec);
});

test('tab and range live in the address; back, forward and refresh keep them', async ({ page, running }) => {
  await createTask(running.url);
  await page.goto('/tasks?namespace=demo-project');
  await page.getByRole('link', { name: 'reviews-v2', exact: true }).click();
  const current = page.getByRole('navigation', { name: 'Task views' }).locator('[aria-current=page]');
  const pressed = page.getByRole('group', { name: 'Range', exact: true }).locator('[aria-pressed=true]');
  await expect(current).toHaveText('Overview');
  await page.getByRole('button', { name: '1h', exact: true }).click();
  await expect(pressed).toHaveText('1h');
  await page.getByRole('link', { name: 'Resources' }).click();
  await expect(current).toHaveText('Resources');
  await page.reload();
  await expect(current).toHaveText('Resources');
  await page.goBack();
  await expect(current).toHaveText('Overview');
  await expect(pressed).toHaveText('1h');
  await page.goBack();
  await expect(pressed).toHaveText('15m');
  await page.goForward();
  await expect(pressed).toHaveText('1h');
  await page.goBack();
  await page.goBack();
  await expect(page.getByRole('heading', { name: 'Traffic mirroring tasks' })).toBeVisible();
});

test('a task that is not there says so and leads to the list', async ({ page }) => {
  await page.goto('/tasks/demo-project/never-made');
  await expect(page.getByRole('heading', { name: 'There is no task named never-made' })).toBeVisible();
  await page.getByRole('link', { name: 'All tasks' }).click();
  await expect(page).toHaveURL(/\/tasks\?namespace=demo-project/);
});
