import type { Page } from '@playwright/test';
import { expect, expectAccessible, expectNoSidewaysScroll, test } from './fixtures.ts';
import type { Kube } from './kube.ts';
import { expectTask, reviewsTask } from './task-api.ts';

const { namespace, name } = reviewsTask;
const virtualService = `/apis/networking.istio.io/v1/namespaces/${namespace}/virtualservices/reviews`;
const deployment = `/apis/apps/v1/namespaces/${namespace}/deployments/reviews-v2`;
const image = 'kubesphere/examples-bookinfo-reviews-v2:1.16.2';

test.use({ language: 'en' });

/** Runs the kubectl command that the page shows, as its operator would. */
async function runShown(page: Page, kube: Kube, title: string): Promise<void> {
  const command = await page.getByRole('region', { name: title, exact: true }).locator('code').innerText();
  const quoted = /^kubectl -n demo-project patch virtualservice reviews --type=json -p '(.*)'$/s.exec(command)?.[1];
  const operations: unknown = JSON.parse((quoted ?? '').replaceAll(`'\\''`, `'`));
  await kube.send('PATCH', virtualService, operations, 'application/json-patch+json');
}

test('routes that Argo CD owns get their copies by a patch, which the task waits for, coming and going', async ({
  page,
  running,
  kube,
}) => {
  test.setTimeout(240_000);
  const tracking = { 'argocd.argoproj.io/tracking-id': `shop:networking.istio.io/VirtualService:${namespace}/reviews` };
  await kube.send('PATCH', virtualService, { metadata: { annotations: tracking } }, 'application/merge-patch+json');
  const before = await kube.get(virtualService);
  const next = (step: string) => page.getByRole('button', { name: `Next: ${step}` }).click();
  const putIn = `Put the copies into VirtualService ${namespace}/reviews`;
  const takeOut = `Take the copies out of VirtualService ${namespace}/reviews`;

  await test.step('the wizard names the owner and proposes a patch', async () => {
    await page.goto(`/tasks/new?namespace=${namespace}`);
    await page.getByRole('textbox', { name: 'Task name' }).fill(name);
    await next('Service');
    await page.getByRole('radio', { name: 'reviews' }).check();
    await next('New version');
    await page.getByRole('textbox', { name: 'Image' }).fill(image);
    await next('Strategy');
    await expect(page.getByText('VirtualService reviews belongs to Argo CD.')).toBeVisible();
    await expect(page.getByRole('radio', { name: 'As a patch' })).toBeChecked();
    await page.getByRole('radio', { name: 'The console writes' }).check();
    const settings = page.getByRole('region', { name: /^Settings with which Argo CD keeps/ }).first();
    await expect(settings).toContainText('RespectIgnoreDifferences=true');
    await page.getByRole('radio', { name: 'As a patch' }).check();
    await expect(page.getByRole('radio', { name: 'Dedicated' })).toBeChecked();
    await expectAccessible(page);
  });

  await test.step('the review shows what is left to the owner', async () => {
    await next('Review and create');
    await expect(page.getByRole('region', { name: putIn, exact: true })).toBeVisible();
    await expect(page.getByRole('region', { name: 'VirtualService reviews', exact: true })).toHaveCount(0);
    await page.getByRole('button', { name: 'Create', exact: true }).click();
    await page.waitForURL(`**/tasks/${namespace}/${name}*`);
  });

  await test.step('the task waits and shows the patch in every form', async () => {
    const card = page.getByRole('region', { name: putIn, exact: true });
    await expect(card.getByText('Not seen yet')).toBeVisible();
    await card.getByRole('button', { name: 'kustomize' }).click();
    await expect(card).toContainText('patches:');
    await card.getByRole('button', { name: 'Argo CD settings' }).click();
    await expect(card).toContainText('RespectIgnoreDifferences=true');
    await card.getByRole('button', { name: 'Whole object' }).click();
    await expect(card).toContainText('kind: VirtualService');
    await card.getByRole('button', { name: 'kubectl' }).click();
    await expectTask(running.url, reviewsTask, { state: 'Preparing', reason: { code: 'waiting_for_patch' } });
    await expectAccessible(page);
    await page.setViewportSize({ width: 768, height: 900 });
    await expectNoSidewaysScroll(page);
    await page.setViewportSize({ width: 1440, height: 900 });
  });

  await test.step('once it is applied the task mirrors', async () => {
    await runShown(page, kube, putIn);
    await expectTask(running.url, reviewsTask, { state: 'Mirroring', operation: null });
    await expect(page.getByRole('region', { name: putIn, exact: true })).toHaveCount(0);
  });

  await test.step('its deletion asks for the inverse before anything is removed', async () => {
    await page.getByRole('button', { name: 'Delete', exact: true }).click();
    const dialog = page.getByRole('dialog');
    await expect(dialog.getByText('You take the copies out of', { exact: false })).toBeVisible();
    await dialog.getByRole('textbox').fill(name);
    await dialog.getByRole('button', { name: 'Delete task' }).click();
    await expect(page.getByRole('region', { name: takeOut, exact: true })).toBeVisible();
    await kube.get(deployment);
    await runShown(page, kube, takeOut);
    await page.waitForURL(`**/tasks?namespace=${namespace}`);
    await expectTask(running.url, reviewsTask, null);
  });

  const after = await kube.get(virtualService);
  expect(after.spec).toEqual(before.spec);
  const managers = (after.metadata.managedFields ?? []).map(({ manager }: { manager: string }) => manager);
  expect(managers).not.toContain('mirror-console');
});
