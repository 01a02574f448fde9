import type { Page } from '@playwright/test';
import { expect, expectAccessible, test } from './fixtures.ts';
import { createTask, expectTask } from './task-api.ts';

const detailsTask = {
  namespace: 'demo-project',
  name: 'details-check',
  service: 'details',
  percentage: 5,
  target: { kind: 'version', version: 'v2' },
};

const rowOf = (page: Page, name: string) =>
  page.locator('tbody', { has: page.getByRole('link', { name, exact: true }) });
const menuOf = (page: Page, name: string) => page.getByRole('button', { name: `${name} 的操作` });
const stateChip = (page: Page, name: string) =>
  page.getByRole('group', { name: '按状态筛选' }).getByRole('button', { name });

test('search, state and sort live in the address; back, forward and refresh keep them', async ({ page, running }) => {
  await createTask(running.url);
  await createTask(running.url, detailsTask);
  await page.goto('/tasks?namespace=demo-project');
  await expect(rowOf(page, 'reviews-v2')).toBeVisible();
  await expect(stateChip(page, '全部')).toContainText('2');

  await stateChip(page, '已暂停').click();
  await expect(page).toHaveURL(/state=Paused/);
  await expect(page.getByText('没有匹配的任务')).toBeVisible();
  await page.goBack();
  await expect(rowOf(page, 'details-check')).toBeVisible();
  await page.goForward();
  await expect(page.getByText('没有匹配的任务')).toBeVisible();
  await page.getByRole('button', { name: '清除筛选' }).click();

  await page.getByRole('searchbox').fill('details');
  await expect(page).toHaveURL(/q=details/);
  await expect(rowOf(page, 'reviews-v2')).toHaveCount(0);
  await page.reload();
  await expect(page.getByRole('searchbox')).toHaveValue('details');
  await expect(rowOf(page, 'details-check')).toBeVisible();
  await expect(rowOf(page, 'reviews-v2')).toHaveCount(0);
  await page.getByRole('searchbox').fill('');
  await expect(rowOf(page, 'reviews-v2')).toBeVisible();

  await page.getByRole('combobox', { name: '排序' }).selectOption('name');
  await expect(page).toHaveURL(/sort=name/);
  await expect(page.locator('.task-name')).toHaveText(['details-check', 'reviews-v2']);
});

test('a choice takes effect even when the router does not hear of it', async ({ page, running }) => {
  await createTask(running.url);
  await page.goto('/tasks?namespace=demo-project');
  await expect(rowOf(page, 'reviews-v2')).toBeVisible();
  // Next follows pushState in a transition, which it drops on a busy machine: here it never gets to know.
  await page.evaluate(() => {
    Reflect.deleteProperty(window.history, 'pushState');
    Reflect.deleteProperty(window.history, 'replaceState');
  });
  await stateChip(page, '已暂停').click();
  await expect(page.getByText('没有匹配的任务')).toBeVisible();
  await page.goBack();
  await expect(rowOf(page, 'reviews-v2')).toBeVisible();
});

test('language and colours change at once and lose nothing that was typed', async ({ page, running }) => {
  await createTask(running.url);
  await page.goto('/tasks?namespace=demo-project');
  await page.getByRole('searchbox').fill('reviews');
  await expect(page).toHaveURL(/q=reviews/);

  await page.getByRole('button', { name: 'EN', exact: true }).click();
  await expect(page.getByRole('heading', { name: 'Traffic mirroring tasks' })).toBeVisible();
  await expect(page.locator('html')).toHaveAttribute('lang', 'en');
  await expect(page.getByRole('searchbox')).toHaveValue('reviews');

  const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  await page.getByRole('button', { name: 'Light' }).click();
  const light = await background();
  await page.getByRole('button', { name: 'Dark' }).click();
  await expect.poll(background).not.toBe(light);
  const dark = await background();
  await expect(page.getByRole('searchbox')).toHaveValue('reviews');

  await page.reload({ waitUntil: 'commit' });
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
  await expect.poll(background).toBe(dark);
  await expect(page.getByRole('heading', { name: 'Traffic mirroring tasks' })).toBeVisible();
});

test('the list shows measured traffic of both sides and follows what happens elsewhere', async ({ page, running }) => {
  // A rate needs several scrapes, and the line has a point per minute.
  test.setTimeout(300_000);
  await createTask(running.url);
  await page.goto('/tasks?namespace=demo-project');
  const row = rowOf(page, 'reviews-v2');
  await expect(row.getByRole('img', { name: /线上 [\d.]+ rps，镜像 [\d.]+ rps/ })).toBeVisible({
    timeout: 150_000,
  });
  await expect(row.getByText('100 %', { exact: true })).toBeVisible();

  const paused = await fetch(`${running.url}/api/tasks/demo-project/reviews-v2/pause`, { method: 'POST' });
  expect(paused.status).toBe(202);
  await expect(row.getByText('已暂停')).toBeVisible();
  await expect(stateChip(page, '已暂停')).toContainText('1');
});

test('a task is paused, resumed and deleted from its row, by keyboard', async ({ page, running, kube }) => {
  await createTask(running.url, detailsTask);
  await page.goto('/tasks?namespace=demo-project');
  const row = rowOf(page, 'details-check');
  const choose = async (item: string) => {
    await menuOf(page, 'details-check').focus();
    await page.keyboard.press('Enter');
    await expect(page.getByRole('menu')).toBeVisible();
    const wanted = page.getByRole('menuitem', { name: item });
    await expect(async () => {
      await page.keyboard.press('ArrowDown');
      await expect(wanted).toBeFocused({ timeout: 200 });
    }).toPass();
    await page.keyboard.press('Enter');
  };

  await choose('暂停');
  await expectTask(running.url, detailsTask, { state: 'Paused', operation: null });
  await expect(row.getByText('已暂停')).toBeVisible();
  await choose('恢复镜像');
  await expectTask(running.url, detailsTask, { state: 'Mirroring', operation: null });
  await expect(row.getByText('镜像中')).toBeVisible();

  await choose('删除…');
  const dialog = page.getByRole('dialog', { name: '删除 details-check？' });
  await expect(dialog.getByText('details-v2', { exact: true })).toBeVisible();
  await expectAccessible(page);
  const confirm = dialog.getByRole('button', { name: '删除任务' });
  await expect(confirm).toHaveAttribute('aria-disabled', 'true');
  await dialog.getByRole('textbox').fill('details-chec');
  await page.keyboard.press('Enter');
  await expect(dialog).toBeVisible();
  await dialog.getByRole('textbox').fill('details-check');
  await expect(confirm).not.toHaveAttribute('aria-disabled');
  await page.keyboard.press('Enter');
  await expect(dialog).toBeHidden();
  await expectTask(running.url, detailsTask, null);
  await expect(page.getByText('demo-project 还没有流量镜像任务')).toBeVisible();
  const { items } = await kube.get('/apis/apps/v1/namespaces/demo-project/deployments');
  expect(items.map((item: { metadata: { name: string } }) => item.metadata.name)).not.toContain('details-v2');
});

test('the project is chosen by typing, kept across pages and remembered', async ({ page }) => {
  await page.goto('/');
  await expect(page).toHaveURL(/\/tasks/);
  await page.getByRole('button', { name: /^项目/ }).click();
  await expect(page.getByRole('combobox', { name: '查找或输入命名空间' })).toBeFocused();
  await page.keyboard.type('httpb');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/namespace=httpbin/);
  await page.getByRole('link', { name: '部署', exact: true }).click();
  await expect(page).toHaveURL(/\/deployments\?namespace=httpbin/);
  await expect(page.getByRole('rowheader', { name: /sleep/ })).toBeVisible();
  await page.goto('/services');
  await expect(page.getByRole('rowheader', { name: /httpbin/ }).first()).toBeVisible();
});

test('workload pages tell which services can be mirrored, and lead on', async ({ page }) => {
  await page.goto('/services?namespace=demo-project');
  const mongodb = page.getByRole('row', { name: /^mongodb/ });
  await expect(mongodb.getByText('不可以')).toBeVisible();
  await expect(mongodb.getByRole('link', { name: /创建任务/ })).toHaveCount(0);
  await page.getByRole('link', { name: 'reviews-v1' }).click();
  await expect(page).toHaveURL(/\/deployments\?namespace=demo-project&q=reviews-v1/);
  await expect(page.getByRole('rowheader')).toHaveText(['reviews-v1']);
  await page.getByRole('link', { name: 'reviews', exact: true }).click();
  await page.getByRole('link', { name: '为 reviews 创建任务' }).click();
  await expect(page).toHaveURL(/\/tasks\/new\?namespace=demo-project&service=reviews/);
});

test('rows fill the list at every width', async ({ page, running }) => {
  await createTask(running.url);
  await page.goto('/tasks?namespace=demo-project');
  const row = rowOf(page, 'reviews-v2');
  await expect(row).toBeVisible();
  for (const width of [480, 768, 1000, 1180, 1440]) {
    await page.setViewportSize({ width, height: 900 });
    const card = page.getByRole('main').locator('section', { has: row });
    const [inner, outer] = [await row.boundingBox(), await card.boundingBox()];
    expect(inner?.width, `at ${width} px`).toBeCloseTo(outer?.width ?? 0, -1);
  }
});
