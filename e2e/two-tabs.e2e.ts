import type { Page, Response } from '@playwright/test';
import { expect, test } from './fixtures.ts';
import { createTask, expectTask, reviewsTask } from './task-api.ts';

const address = '/tasks/demo-project/reviews-v2';
const path = '/api/tasks/demo-project/reviews-v2';

test.use({ language: 'en' });

/** Holds what both tabs send until both have sent it: the console gets the two requests at the same time. */
async function meeting(pages: readonly Page[], sent: (method: string, pathname: string) => boolean): Promise<void> {
  let arrived = 0;
  let open = () => {};
  const gate = new Promise<void>((resolve) => (open = resolve));
  for (const page of pages) {
    // oxlint-disable-next-line no-await-in-loop -- one tab after the other
    await page.route('**/api/tasks/**', async (route, request) => {
      if (!sent(request.method(), new URL(request.url()).pathname)) return route.fallback();
      if (++arrived === pages.length) open();
      await gate;
      return route.continue();
    });
  }
}

const answer = (page: Page, method: string): Promise<Response> =>
  page.waitForResponse((response) => response.request().method() === method && response.url().includes(path));

test('two tabs that pause at once pause once, and the one that came second is told', async ({
  page,
  context,
  running,
}) => {
  test.setTimeout(240_000);
  await createTask(running.url);
  const other = await context.newPage();
  const tabs = [page, other];
  await Promise.all(tabs.map((tab) => tab.goto(address)));
  await meeting(tabs, (method) => method === 'POST');
  const answers = tabs.map((tab) => answer(tab, 'POST'));
  await Promise.all(tabs.map((tab) => tab.getByRole('button', { name: 'Pause' }).click()));
  const statuses = (await Promise.all(answers)).map((response) => response.status());
  expect(statuses.toSorted()).toEqual([202, 409]);
  await expect(
    tabs[statuses.indexOf(409)]!.getByRole('region', { name: 'Notifications' }).getByText(
      'Pausing reviews-v2 was refused',
    ),
  ).toBeVisible();

  await expectTask(running.url, reviewsTask, { state: 'Paused', operation: null });
  for (const tab of tabs)
    await expect(tab.getByRole('button', { name: 'Resume' })).not.toHaveAttribute('aria-disabled');
  const { items } = await (await fetch(`${running.url}${path}/activity`)).json();
  const pauses = items.filter(
    ({ verb, outcome }: { verb: string; outcome: string }) => `${verb} ${outcome}` === 'pause started',
  );
  expect(pauses).toHaveLength(1);
});

test('a task that one tab deletes while another pauses it goes, and both tabs say so', async ({
  page,
  context,
  running,
  kube,
}) => {
  test.setTimeout(240_000);
  const virtualService = '/apis/networking.istio.io/v1/namespaces/demo-project/virtualservices/reviews';
  const original = await kube.get(virtualService);
  await createTask(running.url);
  const other = await context.newPage();
  await Promise.all([page, other].map((tab) => tab.goto(address)));
  await page.getByRole('button', { name: 'Delete', exact: true }).click();
  const dialog = page.getByRole('dialog', { name: 'Delete reviews-v2?' });
  await dialog.getByRole('textbox').fill('reviews-v2');
  const confirm = dialog.getByRole('button', { name: 'Delete task' });
  await expect(confirm).not.toHaveAttribute('aria-disabled');

  await meeting([page, other], (method, pathname) => method === 'DELETE' || pathname.endsWith('/pause'));
  const answers = [answer(page, 'DELETE'), answer(other, 'POST')] as const;
  await Promise.all([confirm.click(), other.getByRole('button', { name: 'Pause' }).click()]);
  const [deletion, pause] = await Promise.all(answers);
  // Whichever came first: a deletion may call a pause off, a pause never a deletion.
  expect([202, 409]).toContain(pause.status());
  if (pause.status() === 409)
    await expect(
      other.getByRole('region', { name: 'Notifications' }).getByText('Pausing reviews-v2 was refused'),
    ).toBeVisible();
  if (deletion.status() !== 202) {
    expect(deletion.status()).toBe(409);
    await expect(
      page.getByRole('region', { name: 'Notifications' }).getByText('Deleting reviews-v2 was refused'),
    ).toBeVisible();
    // What was refused because of the other can be asked for again.
    await expectTask(running.url, reviewsTask, { state: 'Paused', operation: null });
    await expect(confirm).not.toHaveAttribute('aria-disabled');
    await confirm.click();
  }
  await expectTask(running.url, reviewsTask, null);
  for (const tab of [page, other]) {
    await expect(tab.getByText('reviews-v2 was removed').first()).toBeVisible();
    await expect(tab.getByRole('button', { name: /^(Pause|Resume)$/ })).toHaveCount(0);
  }
  expect((await kube.get(virtualService)).spec).toEqual(original.spec);
});
