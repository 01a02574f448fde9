import { expect, expectAccessible, expectNoSidewaysScroll, test } from './fixtures.ts';
import { beginTask, createTask, expectTask, reviewsTask } from './task-api.ts';

const ratingsTask = {
  namespace: 'demo-project',
  name: 'try-ratings',
  service: 'ratings',
  target: { kind: 'version', version: 'v2' },
};
const httpbinTask = {
  namespace: 'httpbin',
  name: 'httpbin-v2',
  service: 'httpbin',
  target: { kind: 'version', existing: 'httpbin-v2' },
};
/** Never gets ready: its image does not exist. */
const detailsTask = {
  namespace: 'demo-project',
  name: 'try-details',
  service: 'details',
  target: { kind: 'version', version: 'v9', containers: [{ name: 'details', image: 'registry.local/never-made:1' }] },
};
const paused = { state: 'Paused', operation: null };

test.use({ language: 'en' });

test('one confirmed click pauses every task of the project, one that is being created too; what failed is tried again', async ({
  page,
  running,
  control,
}) => {
  test.setTimeout(240_000);
  await createTask(running.url);
  await createTask(running.url, ratingsTask);
  await createTask(running.url, httpbinTask);
  await beginTask(running.url, detailsTask);
  const sent: string[] = [];
  page.on('request', (request) => {
    const { pathname, search } = new URL(request.url());
    if (request.method() === 'POST' && search === '') sent.push(pathname);
  });

  await page.goto('/tasks?namespace=demo-project');
  await page.getByRole('button', { name: 'Stop all mirroring…' }).dblclick();
  const dialog = page.getByRole('dialog', { name: 'Stop all mirroring?' });
  const row = (name: string) => dialog.getByRole('listitem').filter({ hasText: name });
  await expect(dialog.getByText('3 tasks in 1 project would be paused.')).toBeVisible();
  await expect(row('httpbin-v2')).toHaveCount(0);
  await expectAccessible(page);
  await expectNoSidewaysScroll(page);

  // One of the two cannot be written.
  await control.fault('faults', {
    method: 'PUT',
    path: 'mirror-console.reviews-v2',
    kind: 'error500',
    times: 1_000,
  });
  const confirm = dialog.getByRole('button', { name: 'Pause 3 tasks' });
  await expect(confirm).toHaveAttribute('aria-disabled', 'true');
  await dialog.getByRole('textbox').fill('demo-project');
  await confirm.dblclick();
  await expect(row('try-ratings').getByText('Paused', { exact: true })).toBeVisible();
  // It never gets ready: nobody waits for that any more.
  await expect(row('try-details').getByText('Paused', { exact: true })).toBeVisible();
  await expect(row('reviews-v2').getByText('Not paused', { exact: true })).toBeVisible();
  await expect(row('reviews-v2').getByRole('button', { name: 'Copy the command that stops it' })).toBeVisible();
  expect(sent).toEqual(['/api/tasks/stop']);
  await expectTask(running.url, ratingsTask, paused);
  await expectTask(running.url, reviewsTask, { state: 'Mirroring', operation: null });

  await control.mend();
  await dialog.getByRole('button', { name: 'Pause 1 task' }).click();
  await expect(row('reviews-v2').getByText('Paused', { exact: true })).toBeVisible();
  await expectTask(running.url, reviewsTask, paused);
  await expectTask(running.url, httpbinTask, { state: 'Mirroring', operation: null });
});

test('everywhere is confirmed by its own word, and goes on when the page is left', async ({ page, running }) => {
  test.setTimeout(240_000);
  await createTask(running.url);
  await createTask(running.url, httpbinTask);
  await page.goto('/tasks?namespace=httpbin');
  await page.getByRole('button', { name: 'Stop all mirroring…' }).click();
  const dialog = page.getByRole('dialog', { name: 'Stop all mirroring?' });
  await expect(dialog.getByText('1 task in 1 project would be paused.')).toBeVisible();
  await dialog.getByRole('textbox').fill('httpbin');
  await dialog.getByRole('radio', { name: 'Every project that you may see' }).check();
  await expect(dialog.getByText('2 tasks in 2 projects would be paused.')).toBeVisible();
  const confirm = dialog.getByRole('button', { name: 'Pause 2 tasks' });
  await expect(confirm).toHaveAttribute('aria-disabled', 'true');
  await dialog.getByRole('textbox').fill('all');
  const requested = page.waitForRequest(
    (request) => new URL(request.url()).search === '' && request.method() === 'POST',
  );
  await confirm.dblclick();
  await requested;
  await page.goto('about:blank');
  await expectTask(running.url, reviewsTask, paused);
  await expectTask(running.url, httpbinTask, paused);
});
