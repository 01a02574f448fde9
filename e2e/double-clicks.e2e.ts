import type { Locator, Page } from '@playwright/test';
import { expect, test } from './fixtures.ts';
import { beginTask, createTask, editRoute, expectTask, reviewsTask } from './task-api.ts';

const address = '/tasks/demo-project/reviews-v2';
const path = '/api/tasks/demo-project/reviews-v2';
const project = '/apis/networking.istio.io/v1/namespaces/demo-project';
const record = '/api/v1/namespaces/demo-project/configmaps/mirror-console.reviews-v2';
const mirroring = { state: 'Mirroring', operation: null };

test.use({ language: 'en' });

/** The writes that the page sends from now on, as `METHOD end of the path`; plans are not among them. */
function writesOf(page: Page): string[] {
  const sent: string[] = [];
  page.on('request', (request) => {
    const { pathname, search } = new URL(request.url());
    if (request.method() !== 'GET' && search === '') sent.push(`${request.method()} ${pathname.replace(path, '')}`);
  });
  return sent;
}

const button = (where: Page | Locator, name: string) => where.getByRole('button', { name, exact: true });

/** Presses a button twice, then reloads the page while what it began may still run; a drawer has closed by then. */
async function pressTwiceAndReload(page: Page, pressed: Locator): Promise<void> {
  await expect(pressed).not.toHaveAttribute('aria-disabled');
  const answered = page.waitForResponse(
    (response) => response.request().method() !== 'GET' && new URL(response.url()).search === '',
  );
  await pressed.dblclick();
  await answered;
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await page.reload();
}

test('a double click on any verb of the page sends it once, and a reload in the middle loses nothing', async ({
  page,
  running,
  kube,
}) => {
  test.setTimeout(300_000);
  const original = await kube.get(`${project}/virtualservices/reviews`);
  await createTask(running.url);
  await page.goto(address);
  const sent = writesOf(page);

  await pressTwiceAndReload(page, button(page, 'Pause'));
  await expectTask(running.url, reviewsTask, { state: 'Paused', operation: null });
  await pressTwiceAndReload(page, button(page, 'Resume'));
  await expectTask(running.url, reviewsTask, mirroring);

  await button(page, 'Edit').dblclick();
  const change = page.getByRole('dialog', { name: 'Edit task' });
  await change.getByRole('textbox', { name: 'Share of requests that is copied' }).fill('25');
  await pressTwiceAndReload(page, button(change, 'Apply 25 %'));
  await expectTask(running.url, reviewsTask, { ...mirroring, targets: [{ percentage: 25 }] });

  await button(page, 'Finish').dblclick();
  const finish = page.getByRole('dialog', { name: 'Finish reviews-v2' });
  await pressTwiceAndReload(page, button(finish, 'Finish and remove reviews-v2'));
  await expectTask(running.url, reviewsTask, { state: 'Finished', operation: null });

  await button(page, 'Delete').dblclick();
  const remove = page.getByRole('dialog', { name: 'Delete reviews-v2?' });
  await remove.getByRole('textbox').fill('reviews-v2');
  await pressTwiceAndReload(page, button(remove, 'Delete task'));
  await expectTask(running.url, reviewsTask, null);

  expect(sent).toEqual(['POST /pause', 'POST /resume', 'PATCH ', 'POST /finish', 'DELETE ']);
  expect((await kube.get(`${project}/virtualservices/reviews`)).spec).toEqual(original.spec);
});

test('the second click of a double click leaves open what the first has opened, wherever it falls', async ({
  page,
  running,
}) => {
  await createTask(running.url);
  await page.goto(address);
  await button(page, 'Delete').click();
  const dialog = page.getByRole('dialog');
  await expect(dialog).toHaveAttribute('data-open');
  await page.mouse.move(10, 400);
  await page.mouse.down({ clickCount: 2 });
  await page.mouse.up({ clickCount: 2 });
  await expect(dialog).toHaveAttribute('data-open');
  await page.mouse.click(10, 400);
  await expect(dialog).toBeHidden();
});

test('a double click on an answer to a drift sends it once', async ({ page, running, kube }) => {
  test.setTimeout(240_000);
  await createTask(running.url);
  await page.goto(address);
  const sent = writesOf(page);

  await editRoute(kube, { mirrorPercentage: { value: 40 } });
  await button(page, 'Adopt theirs').dblclick();
  await pressTwiceAndReload(page, button(page.getByRole('dialog'), 'Adopt theirs'));
  await expectTask(running.url, reviewsTask, { ...mirroring, targets: [{ percentage: 40 }] });

  await editRoute(kube, { mirror: undefined, mirrorPercentage: undefined });
  await button(page, 'Restore ours').dblclick();
  await pressTwiceAndReload(page, button(page.getByRole('dialog'), 'Restore ours'));
  await expectTask(running.url, reviewsTask, mirroring);

  expect(sent).toEqual(['POST /adopt', 'POST /restore']);
});

test('a double click on Cancel of a creation, and on Continue of what was interrupted, sends each once', async ({
  page,
  running,
  kube,
}) => {
  test.setTimeout(240_000);
  const original = await kube.get(`${project}/virtualservices/reviews`);
  const sent = writesOf(page);

  const target = { ...reviewsTask.target, containers: [{ name: 'reviews', image: 'registry.local/never-made:1' }] };
  await beginTask(running.url, { ...reviewsTask, target });
  await page.goto(address);
  await pressTwiceAndReload(page, button(page, 'Cancel (roll back)'));
  await expectTask(running.url, reviewsTask, null);
  expect(sent.splice(0)).toEqual(['POST /rollback']);

  await createTask(running.url);
  await page.goto(address);
  // A record that is deleted by hand comes back as an interrupted deletion.
  await kube.send('DELETE', record);
  await pressTwiceAndReload(page, button(page, 'Continue'));
  await expectTask(running.url, reviewsTask, null);
  expect(sent).toEqual(['POST /retry']);
  expect((await kube.get(`${project}/virtualservices/reviews`)).spec).toEqual(original.spec);
});
