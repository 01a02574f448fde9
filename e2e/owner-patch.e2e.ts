import type { Page } from '@playwright/test';
import { parse } from 'yaml';
import { expect, expectAccessible, expectNoSidewaysScroll, test } from './fixtures.ts';
import type { Kube } from './kube.ts';
import { beginTask, expectTask, reviewsTask } from './task-api.ts';
import { askToDelete, deleteHere } from './task-page.ts';
import { createHere, goOn } from './wizard-steps.ts';

const { namespace, name } = reviewsTask;
const virtualService = `/apis/networking.istio.io/v1/namespaces/${namespace}/virtualservices/reviews`;
const deployment = `/apis/apps/v1/namespaces/${namespace}/deployments/reviews-v2`;
const image = 'kubesphere/examples-bookinfo-reviews-v2:1.16.2';
const putIn = `Put the copies into VirtualService ${namespace}/reviews`;
const takeOut = `Take the copies out of VirtualService ${namespace}/reviews`;

test.use({ language: 'en' });

interface Marks {
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
}

/** By what each tool is known on an object that it owns. */
const marksOf = {
  'Argo CD': {
    annotations: { 'argocd.argoproj.io/tracking-id': `shop:networking.istio.io/VirtualService:${namespace}/reviews` },
  },
  Flux: { labels: { 'kustomize.toolkit.fluxcd.io/name': 'shop' } },
  Helm: {
    labels: { 'app.kubernetes.io/managed-by': 'Helm' },
    annotations: { 'meta.helm.sh/release-name': 'shop', 'meta.helm.sh/release-namespace': namespace },
  },
  'Argo Rollouts': { annotations: { 'argo-rollouts.argoproj.io/managed-by-rollouts': 'reviews' } },
  Flagger: { annotations: { 'flagger.kubernetes.io/original-configuration': '{}' } },
} satisfies Record<string, Marks>;

type Tool = keyof typeof marksOf;

/** Gives the routes to a tool, and to no other one. */
async function giveTo(tool: Tool, kube: Kube): Promise<void> {
  const { labels, annotations }: Marks = marksOf[tool];
  const { metadata } = await kube.get(virtualService);
  const others = Object.values<Marks>(marksOf).flatMap((marks) =>
    Object.keys({ ...marks.labels, ...marks.annotations }),
  );
  const kept = (map: Record<string, string> = {}) =>
    Object.fromEntries(Object.entries(map).filter(([key]) => !others.includes(key)));
  const operations = [
    { op: 'add', path: '/metadata/labels', value: { ...kept(metadata.labels), ...labels } },
    { op: 'add', path: '/metadata/annotations', value: { ...kept(metadata.annotations), ...annotations } },
  ];
  await kube.send('PATCH', virtualService, operations, 'application/json-patch+json');
}

/** Runs the kubectl command that the page shows, as its operator would. */
async function runShown(page: Page, kube: Kube, title: string): Promise<void> {
  const command = await page.getByRole('region', { name: title, exact: true }).locator('code').innerText();
  const quoted = /^kubectl -n demo-project patch virtualservice reviews --type=json -p '(.*)'$/s.exec(command)?.[1];
  const operations: unknown = JSON.parse((quoted ?? '').replaceAll(`'\\''`, `'`));
  await kube.send('PATCH', virtualService, operations, 'application/json-patch+json');
}

/** Puts the object that the page shows into the release's next version: Helm sends what differs as a merge patch. */
async function upgradeToShown(page: Page, kube: Kube, title: string): Promise<void> {
  const card = page.getByRole('region', { name: title, exact: true });
  await card.getByRole('button', { name: 'Whole object' }).click();
  const lines = await card.locator('td:last-child').allTextContents();
  const { spec } = parse(lines.join('\n'));
  await kube.send('PATCH', `${virtualService}?fieldManager=helm`, { spec }, 'application/merge-patch+json');
}

/** Deletes the task on its page, and makes the inverse change that it then asks for. */
async function deleteWith(land: typeof runShown, page: Page, kube: Kube): Promise<void> {
  await askToDelete(page, reviewsTask);
  await expect(page.getByRole('region', { name: takeOut, exact: true })).toBeVisible();
  // Nothing is removed before the copies have stopped.
  await kube.get(deployment);
  await land(page, kube, takeOut);
  await page.waitForURL(`**/tasks?namespace=${namespace}`, { timeout: 90_000 });
}

/** The routes are their owner's again, and nothing says that the console ever wrote them. */
async function expectLeft(kube: Kube, before: { spec: object }): Promise<void> {
  const after = await kube.get(virtualService);
  expect(after.spec).toEqual(before.spec);
  const managers = (after.metadata.managedFields ?? []).map(({ manager }: { manager: string }) => manager);
  expect(managers).not.toContain('mirror-console');
}

/** Fills in the wizard for the new version of reviews as far as the strategy. */
async function toStrategy(page: Page): Promise<void> {
  await page.goto(`/tasks/new?namespace=${namespace}`);
  await page.getByRole('textbox', { name: 'Task name' }).fill(name);
  await goOn(page, 'Service');
  await page.getByRole('radio', { name: 'reviews' }).check();
  await goOn(page, 'New version');
  await page.getByRole('textbox', { name: 'Image' }).fill(image);
  await goOn(page, 'Strategy');
}

test('routes that Argo CD owns get their copies by a patch, which the task waits for, coming and going', async ({
  page,
  running,
  kube,
}) => {
  test.setTimeout(240_000);
  await giveTo('Argo CD', kube);
  const before = await kube.get(virtualService);

  await test.step('the wizard names the owner and proposes a patch', async () => {
    await toStrategy(page);
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
    await goOn(page, 'Review and create');
    await expect(page.getByRole('region', { name: putIn, exact: true })).toBeVisible();
    await expect(page.getByRole('region', { name: 'VirtualService reviews', exact: true })).toHaveCount(0);
    await createHere(page, reviewsTask);
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
    await expect(page.getByRole('dialog').getByText('You take the copies out of', { exact: false })).toBeVisible();
    await page.keyboard.press('Escape');
    await deleteWith(runShown, page, kube);
    await expectTask(running.url, reviewsTask, null);
  });
  await expectLeft(kube, before);
});

for (const { tool, land } of [
  { tool: 'Helm', land: upgradeToShown },
  { tool: 'Argo Rollouts', land: runShown },
] as const) {
  test(`routes of ${tool} get their copies by a patch where that is chosen, and the task follows it`, async ({
    page,
    running,
    kube,
  }) => {
    test.setTimeout(240_000);
    await giveTo(tool, kube);
    const before = await kube.get(virtualService);
    await beginTask(running.url, { ...reviewsTask, delivery: 'patch' });
    await page.goto(`/tasks/${namespace}/${name}`);
    const card = page.getByRole('region', { name: putIn, exact: true });
    await expect(card.getByText(tool, { exact: true })).toBeVisible();
    await expect(card.getByText('Not seen yet')).toBeVisible();
    await expect(card.getByRole('button', { name: 'Argo CD settings' })).toHaveCount(0);
    await expectTask(running.url, reviewsTask, { state: 'Preparing', reason: { code: 'waiting_for_patch' } });
    // Until then nothing is written for the owner.
    expect((await kube.get(virtualService)).metadata.resourceVersion).toBe(before.metadata.resourceVersion);

    await land(page, kube, putIn);
    await expect(page.getByText(/^Copies 100 % of the requests to reviews/)).toBeVisible({ timeout: 60_000 });
    await expect(card).toHaveCount(0);
    await expectTask(running.url, reviewsTask, { state: 'Mirroring', operation: null });

    await deleteWith(land, page, kube);
    await expectTask(running.url, reviewsTask, null);
    await expectLeft(kube, before);
  });
}

test('who owns the routes decides what is proposed; where no manifest could take a patch the console writes, and says what its owner may do', async ({
  page,
  running,
  kube,
}) => {
  test.setTimeout(240_000);
  const write = page.getByRole('radio', { name: 'The console writes' });
  const patch = page.getByRole('radio', { name: 'As a patch' });
  const lookAgain = async (tool: Tool) => {
    await giveTo(tool, kube);
    await page.reload();
    await expect(page.getByText(`VirtualService reviews belongs to ${tool}.`)).toBeVisible();
  };
  await toStrategy(page);

  await test.step('Helm and Argo Rollouts leave a write alone until they act again: it is proposed, and so offered is a patch', async () => {
    for (const tool of ['Helm', 'Argo Rollouts'] as const) {
      await lookAgain(tool);
      await expect(write).toBeChecked();
      await expect(patch).toBeEnabled();
    }
  });

  await test.step('Flux takes writes back: the patch is proposed', async () => {
    await lookAgain('Flux');
    await expect(patch).toBeChecked();
  });

  await test.step('Flagger makes the routes itself: the console can only write them, whatever a kept draft says', async () => {
    await lookAgain('Flagger');
    await expect(write).toBeChecked();
    await expect(patch).toBeDisabled();
    await expect(page.getByText('Flagger makes the object itself: there is no manifest')).toBeVisible();
    await expectAccessible(page);
    await goOn(page, 'Review and create');
    await expect(page.getByText('VirtualService reviews belongs to Flagger: its next sync may take')).toBeVisible();
    await expect(page.getByRole('region', { name: putIn, exact: true })).toHaveCount(0);
  });

  const before = await kube.get(virtualService);
  await test.step('so it does, and tells when Flagger takes the copies out', async () => {
    await createHere(page, reviewsTask);
    await expectTask(running.url, reviewsTask, { state: 'Mirroring', operation: null });
    expect((await kube.get(virtualService)).spec.http[0].mirrorPercentage).toEqual({ value: 10 });
    const { spec } = before;
    await kube.send('PATCH', `${virtualService}?fieldManager=flagger`, { spec }, 'application/merge-patch+json');
    await expect(page.getByText(/The mirror was taken out of route/).first()).toBeVisible();
    await expect(page.getByText('Last written by flagger.')).toBeVisible();
    await expect(page.getByRole('button', { name: 'Restore ours' })).toBeVisible();
  });

  await test.step('deleted, the routes are as Flagger has them', async () => {
    await deleteHere(page, reviewsTask);
    await expectTask(running.url, reviewsTask, null);
    await expectLeft(kube, before);
  });
});
