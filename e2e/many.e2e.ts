import type { Locator, Page } from '@playwright/test';
import type { KubeObject } from '../lib/domain/kubernetes.ts';
import { planCreate } from '../lib/domain/plan-create.ts';
import { inputHash, toConfigMap } from '../lib/domain/record.ts';
import type { TaskRecord } from '../lib/domain/task.ts';
import { deploymentOf, serviceOf, snapshotOf } from '../lib/domain/testing/snapshot.ts';
import { expect, expectAccessible, expectNoSidewaysScroll, test } from './fixtures.ts';
import type { Kube } from './kube.ts';
import { createTask, expectTask, refusedPause, reviewsTask } from './task-api.ts';
import { throughWizard } from './wizard-steps.ts';

const namespace = 'demo-project';
const services = 200;
const tasksEach = 5;
const writers = 8;

test.use({ language: 'en' });

/** What a webhook says that has much to say. */
const longWords = `${'denied: policy.example.org/no-mirroring-before-noon '.repeat(40)}${'x'.repeat(1_900)} end of it`;

const serviceName = (index: number) => `shop-${String(index).padStart(3, '0')}`;

/** What the owners of many services have, and finished tasks on each. */
function objectsOf(index: number): { path: string; object: KubeObject }[] {
  const name = serviceName(index);
  const service = serviceOf(name, namespace, [{ name: 'http', port: 80, targetPort: 8080 }]);
  const live = deploymentOf(`${name}-v1`, namespace, { app: name, version: 'v1' }, 'nginx:1.29');
  live.spec.replicas = 0;
  const at = '2026-03-01T10:00:00.000Z';
  const maps = Array.from({ length: tasksEach }, (_, nth) => {
    const version = `v${nth + 2}`;
    const input = {
      namespace,
      name: `${name}-${version}`,
      service: name,
      target: { kind: 'version' as const, version, replicas: 1, containers: [{ name, image: 'nginx:1.29' }] },
      percentage: 100,
    };
    const { spec } = planCreate(input, snapshotOf({ services: [service], deployments: [live] }));
    if (!spec) throw new Error(`${input.name} cannot be planned`);
    const record: TaskRecord = {
      schemaVersion: 2,
      spec,
      createdAt: at,
      createdBy: 'project-regular',
      inputHash: inputHash(input),
      percentageSince: at,
      desired: 'finished',
      desiredSince: at,
      report: { begin: at, end: at, percentage: 100, figures: null, reason: null },
      operation: null,
      activity: [],
    };
    return toConfigMap(record);
  });
  return [
    { path: `/api/v1/namespaces/${namespace}/services`, object: service },
    { path: `/apis/apps/v1/namespaces/${namespace}/deployments`, object: live },
    ...maps.map((object) => ({ path: `/api/v1/namespaces/${namespace}/configmaps`, object })),
  ];
}

async function createAll(kube: Kube): Promise<void> {
  const queue = Array.from({ length: services }, (_, index) => objectsOf(index)).flat();
  const write = async () => {
    for (let next = queue.shift(); next; next = queue.shift()) {
      const { uid: _uid, resourceVersion: _version, ...metadata } = next.object.metadata;
      // oxlint-disable-next-line no-await-in-loop -- a writer writes one at a time
      await kube.send('POST', next.path, { ...next.object, metadata });
    }
  };
  await Promise.all(Array.from({ length: writers }, write));
}

test('a project of 1,000 tasks and 200 services is searched, paged and filled into a form', async ({
  page,
  kube,
  running,
}) => {
  test.setTimeout(300_000);
  await createAll(kube);
  await createTask(running.url);
  await page.goto('/tasks?namespace=demo-project');
  const rows = page
    .getByRole('main')
    .getByRole('table')
    .getByRole('link', { name: /^(shop|reviews)-/ });
  // What runs comes first, before what is over.
  await expect(rows.first()).toHaveText('reviews-v2');
  await expect(rows).toHaveCount(50);
  await page.getByRole('button', { name: 'Load more' }).click();
  await expect(rows).toHaveCount(100);
  await expect(page.getByText('100 tasks', { exact: true })).toBeVisible();
  for (const width of [768, 1440]) {
    await page.setViewportSize({ width, height: 900 });
    await expectNoSidewaysScroll(page);
  }
  const search = page.getByRole('searchbox', { name: 'Search task, service or owner' });
  await search.fill('shop-199-v4');
  await expect(rows).toHaveText(['shop-199-v4']);
  // An event about one task of so many reaches the row.
  await search.fill('');
  await expect(rows.first()).toHaveText('reviews-v2');
  await fetch(`${running.url}/api/tasks/demo-project/reviews-v2/pause`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
  });
  await expect(page.getByRole('row').filter({ hasText: 'reviews-v2' }).getByText('Paused')).toBeVisible();
  await expectTask(running.url, reviewsTask, { state: 'Paused', operation: null });

  await page.goto('/services?namespace=demo-project');
  const { items: all } = await kube.get('/api/v1/namespaces/demo-project/services');
  expect(all.length).toBeGreaterThan(services);
  await expect(page.getByText(`${all.length} entries`, { exact: true })).toBeVisible();
  await page.getByRole('main').getByRole('searchbox').fill('shop-150');
  await expect(page.getByRole('main').getByText('shop-150', { exact: true })).toBeVisible();
  await expect(page.getByRole('main').getByText('shop-151', { exact: true })).toHaveCount(0);

  await page.goto('/tasks/new?namespace=demo-project');
  await page.getByRole('textbox', { name: /name/i }).first().fill('shop-150-try');
  await page.getByRole('button', { name: /^Next/ }).click();
  await page.getByRole('searchbox').fill('shop-150');
  await expect(page.getByText('shop-150', { exact: true }).first()).toBeVisible();
  await expectNoSidewaysScroll(page);
});

test('an error of 4,000 characters is cut in the list, whole on the page, and breaks neither', async ({
  page,
  kube,
  running,
}) => {
  await createTask(running.url);
  const path = '/api/v1/namespaces/demo-project/configmaps/mirror-console.reviews-v2';
  const map = await kube.get(path);
  const record: TaskRecord = JSON.parse(map.data.record);
  record.desired = 'paused';
  record.operation = refusedPause(longWords);
  await kube.send('PUT', path, { ...map, data: { record: JSON.stringify(record) } });
  for (const address of ['/tasks', '/tasks/demo-project/reviews-v2', '/tasks/demo-project/reviews-v2?tab=activity']) {
    await page.goto(`${address}${address.includes('?') ? '&' : '?'}namespace=demo-project`);
    await expect(page.locator('main')).toContainText('no-mirroring-before-noon');
    for (const width of [768, 1440]) {
      await page.setViewportSize({ width, height: 900 });
      await expectNoSidewaysScroll(page);
    }
    if (address === '/tasks') {
      const strip = page.getByRole('row').filter({ hasText: 'no-mirroring-before-noon' });
      expect((await strip.boundingBox())!.height).toBeLessThan(160);
    } else await expect(page.locator('main')).toContainText('end of it');
  }
  await page.getByRole('button', { name: 'Continue' }).first().click();
  await expectTask(running.url, reviewsTask, { state: 'Paused', operation: null });
});

/** At both widths the button lies inside the window, and the page does not scroll sideways. */
async function expectInReach(page: Page, button: Locator): Promise<void> {
  for (const width of [768, 1440]) {
    await page.setViewportSize({ width, height: 900 });
    await expectNoSidewaysScroll(page);
    await expect(button).toBeInViewport({ ratio: 1 });
  }
}

test('a refusal of 4,000 characters is whole in a notice and in a drawer, and neither hides its buttons', async ({
  page,
  running,
}) => {
  await createTask(running.url);
  const refusal = { status: 403, json: { error: { code: 'forbidden', message: '', params: { reason: longWords } } } };
  await page.route(
    ({ pathname, search }) => search === '' && /reviews-v2(\/pause)?$/.test(pathname),
    (route) => (route.request().method() === 'GET' ? route.continue() : route.fulfill(refusal)),
  );
  await page.goto('/tasks/demo-project/reviews-v2');
  await page.getByRole('button', { name: 'Pause', exact: true }).click();
  // Notices are reached with F6; before, this one is only read out.
  await expect(page.locator('[role=alertdialog]')).toContainText('Pausing reviews-v2 was refused');
  await page.keyboard.press('F6');
  const notice = page.getByRole('alertdialog');
  await notice.focus();
  await expect(notice).toContainText('end of it');
  const close = notice.getByRole('button', { name: 'Close' });
  await expectInReach(page, close);
  // Its end can be read, and then still be closed.
  await page.keyboard.press('End');
  await expect.poll(() => notice.evaluate((it) => it.scrollTop + it.clientHeight >= it.scrollHeight - 2)).toBe(true);
  await expect(close).toBeInViewport({ ratio: 1 });
  await close.click();
  await expect(notice).toHaveCount(0);

  await page.getByRole('button', { name: 'Edit', exact: true }).click();
  const drawer = page.getByRole('dialog', { name: 'Edit task' });
  await drawer.getByRole('textbox', { name: 'Share of requests that is copied' }).fill('25');
  const apply = drawer.getByRole('button', { name: 'Apply 25 %' });
  await expect(apply).not.toHaveAttribute('aria-disabled');
  await apply.click();
  await expect(drawer.getByRole('alert')).toContainText('end of it');
  await expectInReach(page, apply);
  await expectAccessible(page);
  await expectTask(running.url, reviewsTask, { state: 'Mirroring', operation: null, targets: [{ percentage: 100 }] });
});

test('a check of 4,000 characters is whole on the page that would create, and breaks nothing there', async ({
  page,
}) => {
  await page.route('**/api/tasks/plan', async (route) => {
    const response = await route.fetch();
    const plan = await response.json();
    const params = { reason: 'refused', kind: 'VirtualService', name: 'reviews', message: longWords };
    plan.checks.push({ code: 'server_dry_run', severity: 'fail', params, message: '', object: null, action: '' });
    await route.fulfill({ response, json: { ...plan, feasible: false } });
  });
  await throughWizard(page);
  await expect(page.locator('main')).toContainText('The API server refuses VirtualService reviews: denied');
  await expect(page.locator('main')).toContainText('end of it');
  for (const width of [768, 1440]) {
    await page.setViewportSize({ width, height: 900 });
    await expectNoSidewaysScroll(page);
    await expectAccessible(page);
  }
  await expect(page.getByRole('button', { name: 'Create', exact: true })).toHaveAttribute('aria-disabled', 'true');
});
