import type { Page } from '@playwright/test';
import { expect, expectAccessible, expectNoSidewaysScroll, test } from './fixtures.ts';
import { createTask, expectTask, reviewsTask } from './task-api.ts';

const address = '/tasks/demo-project/reviews-v2';
const virtualService = '/apis/networking.istio.io/v1/namespaces/demo-project/virtualservices/reviews';
const deployments = '/apis/apps/v1/namespaces/demo-project/deployments';

test.use({ language: 'en' });

async function finish(url: string, name: string, keepWorkload: boolean): Promise<void> {
  const response = await fetch(`${url}/api/tasks/demo-project/${name}/finish`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ keepWorkload }),
  });
  expect(response.status, await response.text()).toBe(202);
  await expectTask(url, { namespace: 'demo-project', name }, { state: 'Finished', operation: null });
}

/** Deletes the task of the page and waits until it leads back to the list. */
async function deleteFromPage(page: Page, name: string): Promise<void> {
  await page.getByRole('button', { name: 'Delete', exact: true }).click();
  const dialog = page.getByRole('dialog', { name: `Delete ${name}?` });
  await dialog.getByRole('textbox').fill(name);
  const confirm = dialog.getByRole('button', { name: 'Delete task' });
  await expect(confirm).not.toHaveAttribute('aria-disabled');
  await confirm.click();
  await expect(page).toHaveURL(/\/tasks\?namespace=demo-project/, { timeout: 90_000 });
}

test('a task is finished from its row: copies stop, what it made goes, the report stays until it is deleted', async ({
  page,
  running,
  kube,
}) => {
  test.setTimeout(240_000);
  const original = await kube.get(virtualService);
  await createTask(running.url);
  await page.goto('/tasks?namespace=demo-project');
  await page.getByRole('button', { name: 'Actions for reviews-v2' }).click();
  await page.getByRole('menuitem', { name: 'Finish…' }).click();
  const drawer = page.getByRole('dialog', { name: 'Finish reviews-v2' });
  await expect(drawer.getByRole('radio', { name: 'Remove Deployment reviews-v2' })).toBeChecked();
  await expect(drawer.getByRole('region', { name: 'VirtualService reviews', exact: true })).toContainText(
    'mirrorPercentage',
  );
  await expect(drawer.getByRole('region', { name: 'Deployment reviews-v2', exact: true })).toBeVisible();
  await expectAccessible(page);
  await drawer.getByRole('button', { name: 'Finish and remove reviews-v2' }).click();
  await expect(drawer).toBeHidden();

  const report = page.getByRole('region', { name: 'Report', exact: true });
  await expect(report).toBeVisible({ timeout: 90_000 });
  await expect(report.getByText('removed')).toBeVisible();
  await expect(page.getByText('since').first()).toBeVisible();
  await expect(page.getByRole('button', { name: /^(Pause|Resume|Finish|Edit)$/ })).toHaveCount(0);
  await page.getByRole('link', { name: 'Resources' }).click();
  await expect(page.getByRole('rowheader', { name: /ConfigMap/ })).toBeVisible();
  await expect(page.getByRole('rowheader')).toHaveCount(1);
  await expect(page.getByText('Stop the copies without the console')).toHaveCount(0);
  expect((await kube.get(virtualService)).spec).toEqual(original.spec);
  const names = async () =>
    (await kube.get(deployments)).items.map(({ metadata }: { metadata: { name: string } }) => metadata.name);
  expect(await names()).not.toContain('reviews-v2');
  await expectAccessible(page);

  await deleteFromPage(page, 'reviews-v2');
  await expectTask(running.url, reviewsTask, null);
});

test('a task is finished with its workload kept, which deleting the task removes', async ({ page, running, kube }) => {
  test.setTimeout(240_000);
  await createTask(running.url);
  await page.goto(address);
  await page.getByRole('button', { name: 'Finish' }).click();
  const drawer = page.getByRole('dialog', { name: 'Finish reviews-v2' });
  await drawer.getByRole('radio', { name: 'Keep Deployment reviews-v2' }).check();
  await expect(drawer.getByText('So do the pins and subsets')).toBeVisible();
  await expect(drawer.getByRole('region', { name: 'VirtualService reviews', exact: true })).toBeVisible();
  // It stays, and belongs to the record no more.
  const kept = drawer.getByRole('region', { name: 'Deployment reviews-v2', exact: true });
  await expect(kept).toContainText('ownerReferences');
  await drawer.getByRole('button', { name: 'Finish and keep reviews-v2' }).click();

  const report = page.getByRole('region', { name: 'Report', exact: true });
  await expect(report).toBeVisible({ timeout: 90_000 });
  await expect(report.getByText('kept until the task is deleted')).toBeVisible();
  expect((await kube.get(virtualService)).spec.http[0].mirror).toBeUndefined();
  const standing = await kube.get(`${deployments}/reviews-v2`);
  expect(standing.status.readyReplicas).toBe(1);
  await expect(page.getByText(/^Copies have stopped\./)).toBeVisible({ timeout: 90_000 });
  await expect(page.getByText(/None has come since \d\d:\d\d:\d\d/)).toBeVisible();

  await deleteFromPage(page, 'reviews-v2');
  await expectTask(running.url, reviewsTask, null);
  await expect(kube.get(`${deployments}/reviews-v2`)).rejects.toThrow('404');
});

test('a report shows measured figures of both versions, in the page and in the list', async ({ page, running }) => {
  test.setTimeout(300_000);
  await createTask(running.url);
  // A share takes some scrapes to tell.
  await expect
    .poll(
      async () => {
        const task = await (await fetch(`${running.url}/api/tasks/demo-project/reviews-v2`)).json();
        return task.coverage?.value ?? null;
      },
      { timeout: 150_000 },
    )
    .not.toBeNull();
  await finish(running.url, 'reviews-v2', false);
  await page.goto(address);
  const report = page.getByRole('region', { name: 'Report', exact: true });
  await expect(report.getByRole('row', { name: /^Requests/ })).toContainText(/[1-9][\d,]*/);
  await expect(report.getByRole('row', { name: /^Success/ })).toContainText(/[\d.]+ %/);
  await expect(report.getByRole('row', { name: /^Latency p95/ })).toContainText(/[\d.]+ ms/);
  await expect(report.getByText(/95 % interval/).first()).toBeVisible();
  for (const width of [768, 1440]) {
    await page.setViewportSize({ width, height: 900 });
    await expectNoSidewaysScroll(page);
  }
  await page.goto('/tasks?namespace=demo-project');
  const row = page.locator('tbody', { has: page.getByRole('link', { name: 'reviews-v2', exact: true }) });
  await expect(row.getByText(/^ended \d\d:\d\d$/)).toBeVisible();
  // Coverage has a decimal, the percentage beside it none.
  await expect(row.getByText(/^\d+\.\d %$/)).toBeVisible();
  await expect(row.getByText(/ pp$/)).toBeVisible();
});

test('several finished tasks are deleted at once, each once however often one clicks; one that is refused is named and can be tried again', async ({
  page,
  running,
}) => {
  test.setTimeout(300_000);
  const details = {
    ...reviewsTask,
    name: 'details-check',
    service: 'details',
    target: { kind: 'version', version: 'v2' },
  };
  const ratings = {
    ...reviewsTask,
    name: 'ratings-live',
    service: 'ratings',
    target: { kind: 'version', version: 'v2' },
  };
  await createTask(running.url);
  await createTask(running.url, details);
  await createTask(running.url, ratings);
  await finish(running.url, 'reviews-v2', true);
  await finish(running.url, 'details-check', false);

  await page.goto('/tasks?namespace=demo-project');
  await expect(page.getByRole('checkbox', { name: 'Select ratings-live' })).toHaveCount(0);
  await page.getByRole('checkbox', { name: 'Select details-check' }).focus();
  await page.keyboard.press('Space');
  await expect(page.getByRole('button', { name: 'Delete 1 task…' })).toBeVisible();
  await page.getByRole('checkbox', { name: 'Select all 2 finished tasks' }).check();
  for (const width of [768, 1440]) {
    await page.setViewportSize({ width, height: 900 });
    await expectNoSidewaysScroll(page);
    await expectAccessible(page);
  }
  await page.getByRole('button', { name: 'Delete 2 tasks…' }).dblclick();
  const dialog = page.getByRole('dialog', { name: 'Delete 2 finished tasks?' });
  await expect(dialog.getByText('details-check', { exact: true })).toBeVisible();
  await expect(dialog.getByText(/with its kept Deployment reviews-v2/)).toBeVisible();
  await expectAccessible(page);

  const fault = (method: string, body?: object) =>
    fetch(`${running.control}/faults`, {
      method,
      ...(body ? { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) } : {}),
    });
  const planted = await fault('POST', {
    method: 'PUT',
    path: 'configmaps/mirror-console.details-check$',
    kind: 'error500',
    times: 1000,
  });
  expect(planted.ok, await planted.text()).toBe(true);
  const sent: string[] = [];
  page.on('request', (request) => {
    if (request.method() === 'DELETE') sent.push(new URL(request.url()).pathname.replace('/api/tasks/', ''));
  });
  await dialog.getByRole('textbox').fill('2');
  await dialog.getByRole('button', { name: 'Delete 2 tasks' }).dblclick();
  const second = page.getByRole('dialog', { name: 'Delete 1 finished task?' });
  await expect(second.getByText('details-check was not deleted.')).toBeVisible();
  await expect(second.getByText('reviews-v2', { exact: true })).toHaveCount(0);
  expect(sent.toSorted()).toEqual(['demo-project/details-check', 'demo-project/reviews-v2']);
  await expectTask(running.url, reviewsTask, null);
  await fault('DELETE');
  await second.getByRole('textbox').fill('1');
  await second.getByRole('button', { name: 'Delete 1 task' }).dblclick();
  await expect(second).toBeHidden();
  expect(sent).toHaveLength(3);
  await expectTask(running.url, details, null);
  await expect(page.getByRole('link', { name: 'details-check', exact: true })).toHaveCount(0);
  await expectTask(running.url, ratings, { state: 'Mirroring' });
});

test('a paused task shows that copies have stopped, or that this cannot be told', async ({
  page,
  running,
  control,
}) => {
  test.setTimeout(300_000);
  await createTask(running.url);
  // A count is known to grow once it was seen twice.
  const copies = async () => {
    const answer = await fetch(`${running.url}/api/tasks/metrics?task=demo-project/reviews-v2`);
    return (await answer.json()).items[0].last.mirror ?? 0;
  };
  await expect.poll(copies, { timeout: 120_000 }).toBeGreaterThan(0);
  await page.goto(address);
  await page.getByRole('button', { name: 'Pause' }).click();
  await expect(page.getByText('Waiting for the evidence that copies have stopped.')).toBeVisible({ timeout: 60_000 });
  await expect(page.getByText(/^Copies have stopped\./)).toBeVisible({ timeout: 120_000 });
  await expect(page.getByText(/The last copy was counted at \d\d:\d\d:\d\d\./)).toBeVisible();
  await expect(page.getByText(/None has come since \d\d:\d\d:\d\d\./)).toBeVisible();
  await expectAccessible(page);

  await control.prometheus(false);
  await expect(async () => {
    await page.reload();
    await expect(page.getByText('It cannot be told whether copies have stopped.')).toBeVisible({ timeout: 5000 });
  }).toPass();
  await expect(page.getByText(/^Copies have stopped\./)).toHaveCount(0);
});

test('the button of a drawer stays inside it, however long the name is that it tells', async ({ page, running }) => {
  const long = {
    ...reviewsTask,
    name: 'n'.repeat(63),
    target: { ...reviewsTask.target, version: 'v'.repeat(63) },
  };
  await createTask(running.url, long);
  await page.goto(`/tasks/demo-project/${long.name}?action=finish`);
  const drawer = page.getByRole('dialog', { name: `Finish ${long.name}` });
  const confirm = drawer.getByRole('button', { name: /^Finish and remove reviews-v+/ });
  await expect(confirm).toBeVisible();
  for (const width of [768, 1440]) {
    await page.setViewportSize({ width, height: 900 });
    // The drawer slides in.
    await expect
      .poll(async () => {
        const [outer, button] = [await drawer.boundingBox(), await confirm.boundingBox()];
        return button!.x >= outer!.x && button!.x + button!.width <= width;
      })
      .toBe(true);
  }
});
