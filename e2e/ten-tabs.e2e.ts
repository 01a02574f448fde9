import type { Page } from '@playwright/test';
import { expect, test } from './fixtures.ts';
import { createTask, expectTask, reviewsTask } from './task-api.ts';

const api = '/api/tasks/demo-project/reviews-v2';

test.use({ language: 'en' });

test('ten tabs share one event stream; when the tab that holds it is closed another takes over', async ({
  page,
  context,
  running,
}) => {
  test.setTimeout(240_000);
  await createTask(running.url);
  const streams: Page[] = [];
  context.on('request', (request) => {
    if (new URL(request.url()).pathname === '/api/events') streams.push(request.frame().page());
  });
  const others = await Promise.all(Array.from({ length: 9 }, () => context.newPage()));
  const tabs = [page, ...others];
  for (const [index, tab] of tabs.entries())
    await tab.goto(index % 2 === 0 ? '/tasks?namespace=demo-project' : '/tasks/demo-project/reviews-v2');
  const expectState = async (open: readonly Page[], state: string) => {
    for (const tab of open) await expect(tab.locator('main').getByText(state, { exact: true }).first()).toBeVisible();
  };
  await expectState(tabs, 'Mirroring');
  expect(streams).toHaveLength(1);

  await fetch(`${running.url}${api}/pause`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{}',
  });
  await expectTask(running.url, reviewsTask, { state: 'Paused', operation: null });
  // Well before anything polls.
  await expectState(tabs, 'Paused');
  expect(streams).toHaveLength(1);

  const [holder] = streams;
  await holder?.close();
  await expect.poll(() => streams.length).toBe(2);
  const left = tabs.filter((tab) => tab !== holder);
  await fetch(`${running.url}${api}/resume`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{}',
  });
  await expectTask(running.url, reviewsTask, { state: 'Mirroring', operation: null });
  await expectState(left, 'Mirroring');
  expect(streams).toHaveLength(2);
});

test('tabs that show logs leave connections to the others: the one that was looked at last follows', async ({
  page,
  context,
  running,
}) => {
  await createTask(running.url);
  const others = await Promise.all(Array.from({ length: 4 }, () => context.newPage()));
  const following = (tab: Page) => tab.getByText('Follows new lines.');
  const taken = (tab: Page) => tab.getByText(/^Another page of this browser follows its logs\./);
  for (const tab of [page, ...others]) {
    await tab.goto('/tasks/demo-project/reviews-v2?tab=logs');
    await expect(following(tab)).toHaveCount(2);
    for (const log of ['Log of live v1', 'Log of mirror v2'])
      await expect(tab.getByRole('region', { name: log, exact: true }).getByRole('listitem').first()).toBeVisible();
  }
  for (const tab of [page, ...others.slice(0, -1)]) await expect(taken(tab)).toHaveCount(2);

  // Somebody comes back to the first.
  await page.evaluate(() => window.dispatchEvent(new Event('focus')));
  await expect(following(page)).toHaveCount(2);
  await expect(taken(others.at(-1)!)).toHaveCount(2);
  const last = page.getByRole('region', { name: 'Log of live v1', exact: true }).getByRole('listitem').last();
  const read = await last.textContent();
  await expect(last).not.toHaveText(read!);
});
