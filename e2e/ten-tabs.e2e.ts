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
