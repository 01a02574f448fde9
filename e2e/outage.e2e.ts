import { expect, test } from './fixtures.ts';
import { timeBetween } from './told-times.ts';
import { createTask } from './task-api.ts';

test('an outage of the API server is said with its time, hides nothing, and heals by itself', async ({
  page,
  running,
  control,
}) => {
  await createTask(running.url);
  await page.goto('/tasks?namespace=demo-project');
  const row = page.getByRole('link', { name: 'reviews-v2' });
  await expect(row).toBeVisible();

  const before = Date.now();
  await control.api(false);
  const band = page.getByRole('alert').filter({ hasText: 'Kubernetes API server 没有响应。' });
  await expect(band).toBeVisible();
  await expect(band).toContainText(new RegExp(`对象与状态停留在 ${timeBetween(before, Date.now(), 'minutes')}，`));
  await expect(row).toBeVisible();

  await control.api(true);
  await expect(page.getByText('Kubernetes API server 没有响应。')).toBeHidden();
  await expect(row).toBeVisible();
});

test('a page opened during an outage says so, and fills in when the API server is back, Prometheus or not', async ({
  page,
  running,
  control,
}) => {
  await createTask(running.url);
  await control.prometheus(false);
  await control.api(false);
  // What the console knew a moment ago it still answers for a while.
  await expect(async () => {
    await page.goto('/tasks/demo-project/reviews-v2');
    const unreadable = page.getByRole('heading', { name: '暂时无法读取 reviews-v2' });
    await expect(unreadable).toBeVisible({ timeout: 5000 });
  }).toPass();
  await control.api(true);
  await expect(page.getByRole('heading', { name: 'reviews-v2', exact: true })).toBeVisible();
});

test('an outage leaves the log lines that were read, says that they stand still, and follows again by itself', async ({
  page,
  running,
  control,
}) => {
  await createTask(running.url);
  await page.goto('/tasks/demo-project/reviews-v2?tab=logs');
  const live = page.getByRole('region', { name: '线上 v1 的日志', exact: true });
  const lines = live.getByRole('listitem');
  // The tab's own code comes first.
  await expect(lines.first()).toBeVisible({ timeout: 60_000 });
  await expect(live.getByText('正在跟随新日志。')).toBeVisible();

  const before = Date.now();
  await control.api(false);
  const notice = live.getByText(/^这部分内容自 /);
  await expect(notice).toBeVisible();
  await expect(notice).toHaveText(
    new RegExp(`^这部分内容自 ${timeBetween(before, Date.now(), 'seconds')} 起未更新。$`),
  );
  await expect(live.getByText('已停止跟随。')).toBeVisible();
  await expect(lines.first()).toBeVisible();

  await control.api(true);
  await expect(live.getByText('正在跟随新日志。')).toBeVisible();
  await expect(notice).toHaveCount(0);
  const read = await lines.last().textContent();
  await expect(lines.last()).not.toHaveText(read!);
});

test('an outage of Prometheus takes the numbers away with its time, never the task, and heals by itself', async ({
  page,
  running,
  control,
}) => {
  await createTask(running.url);
  await page.goto('/tasks/demo-project/reviews-v2');
  await expect(page.getByRole('heading', { name: 'reviews-v2', exact: true })).toBeVisible();

  const before = Date.now();
  await control.prometheus(false);
  const band = page.getByRole('status').filter({ hasText: 'Prometheus 没有响应。' }).filter({ hasText: '没有速率' });
  await expect(band).toBeVisible();
  await expect(band).toContainText(new RegExp(`自 ${timeBetween(before, Date.now(), 'minutes')} 起没有速率`));
  await expect(page.getByRole('button', { name: '暂停' })).toBeEnabled();

  await control.prometheus(true);
  await expect(page.getByText('Prometheus 没有响应。')).toHaveCount(0);
});
