import { expect, expectAccessible, test } from './fixtures.ts';
import { createTask, expectTask, reviewsTask } from './task-api.ts';

test.use({ language: 'en' });

test('a ramp is seen step by step, held, continued and stopped from the task’s page', async ({ page, running }) => {
  await createTask(running.url);
  const path = `${running.url}/api/tasks/${reviewsTask.namespace}/${reviewsTask.name}`;
  const ramp = [
    { percentage: 5, holdSeconds: 5 },
    { percentage: 25, holdSeconds: 600 },
    { percentage: 50, holdSeconds: 600 },
  ];
  const body = JSON.stringify({ ramp });
  const answer = await fetch(path, { method: 'PATCH', headers: { 'content-type': 'application/json' }, body });
  expect(answer.status, await answer.text()).toBe(202);
  await page.goto('/tasks/demo-project/reviews-v2');
  await expect(page.getByText('Ramp, step 1 of 3: 5 % of the requests')).toBeVisible();

  await expect(page.getByText('Ramp, step 2 of 3: 25 % of the requests')).toBeVisible({ timeout: 60_000 });
  await expect(page.getByText(/left of this step, then 50 %/)).toBeVisible();
  await expectTask(running.url, reviewsTask, { targets: [{ percentage: 25 }], operation: null });
  await expectAccessible(page);

  await page.getByRole('button', { name: 'Hold', exact: true }).click();
  await expect(page.getByText('Ramp held at step 2 of 3: 25 % of the requests')).toBeVisible();
  await expect(page.getByText('Somebody holds it.').first()).toBeVisible();
  await page.getByRole('button', { name: 'Continue', exact: true }).press('Enter');
  await expect(page.getByText('Ramp, step 2 of 3: 25 % of the requests')).toBeVisible();
  await page.getByRole('button', { name: 'Stop at 25 %' }).click();
  await expect(page.getByText(/^Ramp/)).toHaveCount(0);
  await expectTask(running.url, reviewsTask, { ramp: null, targets: [{ percentage: 25 }], operation: null });
});
