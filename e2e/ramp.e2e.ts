import { expect, expectAccessible, test } from './fixtures.ts';
import { createTask, expectTask, reviewsTask } from './task-api.ts';

test.use({ language: 'en' });

const address = '/tasks/demo-project/reviews-v2';

test('a ramp is started from the task’s page, seen step by step, held, continued and stopped there', async ({
  page,
  running,
}) => {
  await createTask(running.url);
  await page.goto(`${address}?action=change`);
  const drawer = page.getByRole('dialog', { name: 'Edit task' });
  await drawer.getByRole('radio', { name: 'Raise in steps' }).check();
  const start = drawer.getByRole('button', { name: 'Start the ramp at 5 %' });
  const share = (step: number) => drawer.getByRole('textbox', { name: `Share of step ${step}` });
  const minutes = (step: number) => drawer.getByRole('textbox', { name: `Minutes of step ${step}` });
  await expect(share(4)).toHaveValue('100');
  await expect(minutes(4)).toHaveCount(0);
  // What the first step changes is looked at before.
  await expect(drawer.getByText('value: 5', { exact: true })).toBeVisible();

  await share(2).fill('5');
  await minutes(1).fill('');
  await expect(drawer.getByText('Must be above the step before')).toBeVisible();
  await expect(share(2)).toHaveAttribute('aria-invalid', 'true');
  await expect(drawer.getByText('Enter minutes')).toBeVisible();
  await expect(start).toHaveAttribute('aria-disabled', 'true');
  await expectAccessible(page);

  await share(2).fill('25');
  await minutes(1).fill('0.1');
  const add = drawer.getByRole('button', { name: 'Add a step' });
  await add.focus();
  for (let steps = 4; steps < 20; steps++) await page.keyboard.press('Enter');
  await expect(drawer.getByText(/20 steps/)).toBeVisible();
  // Whoever works by keyboard is not thrown out of the drawer where the button says no.
  await expect(add).toBeFocused();
  for (let step = 20; step > 4; step--)
    await drawer.getByRole('button', { name: `Remove step ${step}` }).press('Enter');
  await drawer.getByRole('button', { name: 'Remove step 4' }).press('Enter');
  await expect(drawer.getByRole('button', { name: 'Add a step' })).toBeFocused();
  await expect(minutes(3)).toHaveCount(0);
  await drawer.getByRole('radio', { name: 'At once' }).check();
  await drawer.getByRole('radio', { name: 'Raise in steps' }).check();
  await expect(share(2)).toHaveValue('25');
  await expect(minutes(1)).toHaveValue('0.1');
  await start.click();
  await expect(drawer).toBeHidden();
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

test('a ramp of a paused task is said to be set and held, not to start', async ({ page, running }) => {
  await createTask(running.url);
  await page.request.post(`${running.url}/api/tasks/demo-project/reviews-v2/pause`, { data: {} });
  await expectTask(running.url, reviewsTask, { state: 'Paused', operation: null });
  await page.goto(`${address}?action=change`);
  const drawer = page.getByRole('dialog', { name: 'Edit task' });
  await drawer.getByRole('radio', { name: 'Raise in steps' }).check();
  await expect(drawer.getByText(/so the ramp is held/)).toBeVisible();
  await expect(drawer.getByText(/begins as soon as you apply/)).toHaveCount(0);
  await drawer.getByRole('button', { name: 'Set the ramp, starting at 5 %' }).click();
  await expect(drawer).toBeHidden();
  await expect(page.getByText('Ramp held at step 1 of 4: 5 % of the requests')).toBeVisible();
});

test('a ramp of a task with several targets says the share of each, and leaves one that is empty as it is', async ({
  page,
  running,
}) => {
  const { target, percentage: _percentage, ...rest } = reviewsTask;
  const targets = [
    { ...target, percentage: 30 },
    { ...target, version: 'v3', percentage: 20 },
  ];
  await createTask(running.url, { ...rest, targets });
  await page.goto(`${address}?action=change`);
  const drawer = page.getByRole('dialog', { name: 'Edit task' });
  await drawer.getByRole('radio', { name: 'Raise in steps' }).check();
  const share = (version: string, step: number) =>
    drawer.getByRole('textbox', { name: `Share of ${version} at step ${step}` });
  await share('v3', 1).fill('');
  await expect(share('v3', 2)).toHaveValue('25');
  await share('v3', 2).fill('10');
  await expect(drawer.getByText('Must be above the step before')).toBeVisible();
  await share('v3', 2).fill('40');
  await share('v3', 3).fill('');
  await expectAccessible(page);
  await drawer.getByRole('button', { name: 'Start the ramp at 5 %' }).click();
  await expect(drawer).toBeHidden();
  await expect(page.getByText('Ramp, step 1 of 4: 5 % / 20 % of the requests')).toBeVisible();
  await expect(page.getByText(/left of this step, then 25 % \/ 40 %/)).toBeVisible({ timeout: 60_000 });
  await expectTask(running.url, reviewsTask, { targets: [{ percentage: 5 }, { percentage: 20 }], operation: null });
});
