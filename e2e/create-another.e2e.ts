import { expect, expectAccessible, test } from './fixtures.ts';
import { createTask, expectTask, reviewsTask } from './task-api.ts';

const first = {
  ...reviewsTask,
  description: 'Stars in colour',
  percentage: 30,
  target: {
    ...reviewsTask.target,
    replicas: 2,
    containers: [
      {
        ...reviewsTask.target.containers[0],
        env: [{ name: 'DISABLE_WRITE', value: 'true' }],
      },
    ],
  },
};
const address = `/tasks/${first.namespace}/${first.name}`;

test.use({ language: 'en' });

test('another task like a finished one is created from its row, with all that was chosen for that', async ({
  page,
  running,
  kube,
}) => {
  test.setTimeout(240_000);
  await createTask(running.url, first);
  const finished = await fetch(`${running.url}/api${address}/finish`, { method: 'POST' });
  expect(finished.status).toBe(202);
  await expectTask(running.url, first, { state: 'Finished', operation: null });

  await page.goto('/tasks?namespace=demo-project');
  await page.getByRole('button', { name: 'Actions for reviews-v2' }).click();
  await page.getByRole('menuitem', { name: 'Create another like it…' }).click();
  await expect(page.getByText('Filled in from reviews-v2.')).toBeVisible();
  await expect(page).not.toHaveURL(/from=/);
  await expect(page.getByRole('textbox', { name: 'Name' })).toHaveValue('reviews-v2-2');
  await expectAccessible(page);
  const next = page.getByRole('button', { name: /^Next/ });
  await next.click();
  await expect(page.getByRole('radio', { name: 'reviews', exact: true })).toBeChecked();
  await next.click();
  await expect(page.getByText('DISABLE_WRITE').or(page.locator('input[value=DISABLE_WRITE]')).first()).toBeVisible();
  // What was filled in is kept in the tab as if it had been typed.
  await page.reload();
  await expect(page.locator('input[value="kubesphere/examples-bookinfo-reviews-v2:1.16.2"]')).toBeVisible();
  await next.click();
  await next.click();
  await page.getByRole('button', { name: 'Create', exact: true }).click();

  const second = { namespace: 'demo-project', name: 'reviews-v2-2' };
  await expectTask(running.url, second, {
    state: 'Mirroring',
    operation: null,
    description: 'Stars in colour',
    placement: 'subset',
    targets: [{ version: 'v2', percentage: 30, replicas: { desired: 2 } }],
  });
  const { spec } = await kube.get('/apis/apps/v1/namespaces/demo-project/deployments/reviews-v2');
  expect(spec.template.spec.containers[0]).toMatchObject({
    image: 'kubesphere/examples-bookinfo-reviews-v2:1.16.2',
    env: [{ name: 'DISABLE_WRITE', value: 'true' }],
  });
});

test('a task that is not there fills in nothing and says so; what had been begun comes back', async ({
  page,
  running,
}) => {
  await page.goto('/tasks/new?namespace=demo-project&from=no-such');
  await expect(page.getByText('There is no task no-such to fill the form in from.')).toBeVisible();
  const name = page.getByRole('textbox', { name: 'Name' });
  await expect(name).toHaveValue('');
  await name.fill('begun-before');

  await createTask(running.url, first);
  await page.goto(address);
  await page.getByRole('link', { name: 'Create another' }).click();
  await expect(name).toHaveValue('reviews-v2-2');
  await page.getByRole('button', { name: 'Back to what I had begun' }).click();
  await expect(name).toHaveValue('begun-before');
  await expect(page.getByText('Filled in from reviews-v2.')).toHaveCount(0);
});
