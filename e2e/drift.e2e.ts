import { expect, expectAccessible, expectNoSidewaysScroll, test } from './fixtures.ts';
import { createTask, editRoute, expectTask, reviewsTask } from './task-api.ts';

const virtualService = '/apis/networking.istio.io/v1/namespaces/demo-project/virtualservices/reviews';

test.use({ language: 'en' });

test('what somebody changed by hand is adopted, or put back, after one look at what that does', async ({
  page,
  running,
  kube,
}) => {
  await createTask(running.url);
  await page.goto('/tasks?namespace=demo-project');
  await editRoute(kube, { mirrorPercentage: { value: 40 } });
  await expect(page.getByText(/copies 40 % instead of 100 %/)).toBeVisible();
  await page.getByRole('link', { name: 'Adopt theirs…' }).click();

  const adopt = page.getByRole('dialog', { name: 'Adopt the changes to reviews-v2' });
  await expect(adopt.getByText('The task copies 40 % from now on, as its routes do already.')).toBeVisible();
  await expect(adopt.getByText('No object in the cluster is changed, only the task’s record.')).toBeVisible();
  await adopt.getByRole('button', { name: 'Adopt theirs' }).click();
  await expect(adopt).toHaveCount(0);
  await expectTask(running.url, reviewsTask, { state: 'Mirroring', operation: null });
  await expect(page.getByText('Mirroring', { exact: true }).first()).toBeVisible();
  await expect(page.getByText(/^Copies 40 % of the requests/)).toBeVisible();

  await editRoute(kube, { mirror: undefined, mirrorPercentage: undefined });
  await expect(page.getByText(/The mirror was taken out of route/).first()).toBeVisible();
  await page.getByRole('button', { name: 'Restore ours' }).click();
  const restore = page.getByRole('dialog', { name: 'Restore reviews-v2' });
  await expect(restore.getByText('VirtualService reviews', { exact: true })).toBeVisible();
  for (const width of [768, 1440]) {
    await page.setViewportSize({ width, height: 900 });
    await expectNoSidewaysScroll(page);
  }
  await expectAccessible(page);

  // Somebody changes the routes while the button is pressed: nothing is done before that has been looked at, too.
  await page.route(
    (url) => url.pathname.endsWith('/restore') && url.search === '',
    async (route) => {
      await editRoute(kube, { timeout: '7s' });
      await route.continue();
    },
    { times: 1 },
  );
  await restore.getByRole('button', { name: 'Restore ours' }).click();
  await expect(restore.getByText(/Changed: VirtualService demo-project\/reviews\./)).toBeVisible();
  await expect(restore.getByText('timeout: 7s').first()).toBeVisible();
  expect((await kube.get(virtualService)).spec.http[0].mirror).toBeUndefined();

  await restore.getByRole('button', { name: 'Restore ours' }).click();
  await expect(restore).toHaveCount(0);
  await expectTask(running.url, reviewsTask, { state: 'Mirroring', operation: null });
  expect((await kube.get(virtualService)).spec.http[0]).toMatchObject({
    mirror: { subset: 'v2' },
    mirrorPercentage: { value: 40 },
  });
  await expect(page.getByRole('button', { name: 'Restore ours' })).toHaveCount(0);
});
