import { once } from 'node:events';
import type { Page } from '@playwright/test';
import { expect, test, type Fixtures } from './fixtures.ts';
import type { Kube } from './kube.ts';
import { timeBetween } from './told-times.ts';
import { beginTask, expectTask, reviewsTask } from './task-api.ts';

const project = 'namespaces/demo-project';
const istio = `/apis/networking.istio.io/v1/${project}`;
const deployments = `/apis/apps/v1/${project}/deployments`;
const mirrored = `${reviewsTask.namespace}/reviews-v2`;

// Time to look at the page before the first Pod of the mirror stands.
test.use({ language: 'en', settleMs: 6_000 });

type Running = Fixtures['running'];

interface OwnedObject {
  metadata: Record<string, unknown>;
  spec: unknown;
}

/** What the owner has in his project, without what counts its writes. */
async function ownersObjects(kube: Kube): Promise<unknown> {
  const lists = await Promise.all(
    [`${istio}/virtualservices`, `${istio}/destinationrules`, deployments].map((path) => kube.get(path)),
  );
  return lists.map(({ items }) =>
    items.map(({ metadata, spec }: OwnedObject) => {
      const { resourceVersion: _version, generation: _generation, managedFields: _fields, ...lasting } = metadata;
      return { metadata: lasting, spec };
    }),
  );
}

/**
 * Begins a task, and kills its console without warning when the mirror's Deployment stands and no copy is made yet.
 * Returns the times between which the open page had its last answer, as a regular expression's source.
 */
async function killWhileCreating(page: Page, running: Running, kube: Kube): Promise<string> {
  const from = Date.now();
  await beginTask(running.url, reviewsTask);
  await page.goto('/tasks/demo-project/reviews-v2');
  await expect(page.getByRole('heading', { level: 1, name: 'reviews-v2' })).toBeVisible();
  const isMade = () =>
    kube.get(`${deployments}/reviews-v2`).then(
      () => true,
      () => false,
    );
  await expect.poll(isMade, { intervals: [50], timeout: 60_000 }).toBe(true);
  const gone = once(running.consoleProcess, 'exit');
  const lastAnswered = timeBetween(from, Date.now(), 'minutes');
  running.consoleProcess.kill('SIGKILL');
  await gone;
  expect(running.consoleProcess.signalCode).toBe('SIGKILL');
  expect((await kube.get(`${istio}/virtualservices/reviews`)).spec.http[0].mirror).toBeUndefined();
  return lastAnswered;
}

/** The page that was open all the time tells of the outage and, after the start, of what was interrupted. */
async function seeItHeal(page: Page, running: Running, lastAnswered: string): Promise<void> {
  const down = page.getByRole('alert').filter({ hasText: "The console's server does not answer." });
  await expect(down).toContainText(new RegExp(`What you see is from ${lastAnswered}\\.`), { timeout: 30_000 });
  await expect(page.getByRole('heading', { level: 1, name: 'reviews-v2' })).toBeVisible();
  await running.restartConsole();
  await expect(down).toHaveCount(0, { timeout: 30_000 });
  // A lock whose holder says no more is stale after half a minute.
  await expect(page.getByText('reviews-v2 is not complete.')).toBeVisible({ timeout: 60_000 });
  await expect(page.getByRole('main').getByText('Incomplete', { exact: true }).first()).toBeVisible();
}

/** Clients lost nothing, and nothing of them was answered by the mirror. */
async function expectClientsUnharmed(control: Fixtures['control']): Promise<void> {
  const { answered, clientFailures } = await control.traffic();
  expect(clientFailures).toEqual([]);
  expect(answered[mirrored] ?? 0).toBe(0);
  expect(answered['demo-project/reviews-v1']).toBeGreaterThan(0);
}

test('a console killed in the middle of a creation leaves a task that the open page continues, and copies arrive', async ({
  page,
  running,
  kube,
  control,
}) => {
  test.setTimeout(300_000);
  const lastAnswered = await killWhileCreating(page, running, kube);
  await seeItHeal(page, running, lastAnswered);
  expect((await control.traffic()).copies[mirrored] ?? 0).toBe(0);

  await page.getByRole('button', { name: 'Continue', exact: true }).click();
  await expect(page.getByRole('main').getByText('Mirroring', { exact: true }).first()).toBeVisible({ timeout: 90_000 });
  await expectTask(running.url, reviewsTask, { state: 'Mirroring', operation: null });
  await expect.poll(async () => (await control.traffic()).copies[mirrored] ?? 0).toBeGreaterThan(0);
  await expect(page.getByRole('img', { name: /A copy of 100 % goes to reviews v2, [1-9][\d.]* rps/ })).toBeVisible({
    timeout: 90_000,
  });
  await expectClientsUnharmed(control);
});

test('a console killed in the middle of a creation leaves a task that the open page rolls back to what was there', async ({
  page,
  running,
  kube,
  control,
}) => {
  test.setTimeout(300_000);
  const before = await ownersObjects(kube);
  const lastAnswered = await killWhileCreating(page, running, kube);
  expect(await ownersObjects(kube)).not.toEqual(before);
  await seeItHeal(page, running, lastAnswered);

  await page.getByRole('button', { name: 'Cancel (roll back)', exact: true }).click();
  await expect(page).toHaveURL(/\/tasks\?namespace=demo-project/, { timeout: 90_000 });
  await expectTask(running.url, reviewsTask, null);
  expect(await ownersObjects(kube)).toEqual(before);
  expect((await control.traffic()).copies[mirrored] ?? 0).toBe(0);
  await expectClientsUnharmed(control);
});
