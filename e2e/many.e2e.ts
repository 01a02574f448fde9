import type { KubeObject } from '../lib/domain/kubernetes.ts';
import { planCreate } from '../lib/domain/plan-create.ts';
import { inputHash, toConfigMap } from '../lib/domain/record.ts';
import type { TaskRecord } from '../lib/domain/task.ts';
import { deploymentOf, serviceOf, snapshotOf } from '../lib/domain/testing/snapshot.ts';
import { expect, expectNoSidewaysScroll, test } from './fixtures.ts';
import type { Kube } from './kube.ts';
import { createTask, expectTask, refusedPause, reviewsTask } from './task-api.ts';

const namespace = 'demo-project';
const services = 200;
const tasksEach = 5;
const writers = 8;

test.use({ language: 'en' });

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
  await expect(page.getByText(/^20\d services?|^20\d$|20\d/).first()).toBeVisible();
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
  // What a webhook that has much to say leaves behind.
  const message = `${'denied: policy.example.org/no-mirroring-before-noon '.repeat(40)}${'x'.repeat(1_900)} end of it`;
  record.desired = 'paused';
  record.operation = refusedPause(message);
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
