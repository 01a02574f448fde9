import { expect, expectAccessible, test } from './fixtures.ts';
import { createTask, expectTask, reviewsTask } from './task-api.ts';

test.use({ language: 'en' });

const address = '/tasks/demo-project/reviews-v2';
const v3 = 'kubesphere/examples-bookinfo-reviews-v3:1.16.2';
const deployment = '/apis/apps/v1/namespaces/demo-project/deployments/reviews-v2';
const virtualService = '/apis/networking.istio.io/v1/namespaces/demo-project/virtualservices/reviews';

test('a running task is edited: share, requests, replicas and image, after a look at what changes', async ({
  page,
  running,
  kube,
}) => {
  await createTask(running.url);
  await page.goto(address);
  await page.getByRole('button', { name: 'Edit', exact: true }).click();
  const drawer = page.getByRole('dialog', { name: 'Edit task' });
  const apply = drawer.getByRole('button', { name: 'Apply' });
  await expect(apply).toHaveAttribute('aria-disabled', 'true');
  await expect(drawer.getByText('Nothing differs from how the task is')).toBeVisible();

  await drawer.getByRole('textbox', { name: 'Share of requests that is copied' }).fill('25');
  await drawer.getByRole('radio', { name: /Only those that match/ }).check();
  await drawer.getByRole('button', { name: /Test users/ }).click();
  await drawer.getByRole('textbox', { name: 'Image of reviews' }).fill(v3);
  await drawer.getByRole('button', { name: 'One replica more' }).press('Enter');
  await expect(drawer.getByText('Deployment reviews-v2').last()).toBeVisible();
  await expect(drawer.getByText(`image: ${v3}`)).toBeVisible();
  await expect(drawer.getByText('replicas: 2')).toBeVisible();
  await expect(drawer.getByText('x-test-user:').first()).toBeVisible();
  await expectAccessible(page);

  await drawer.getByRole('button', { name: 'Apply the changes' }).click();
  await expect(drawer).toBeHidden();
  await expectTask(running.url, reviewsTask, {
    state: 'Mirroring',
    operation: null,
    match: [{ headers: { 'x-test-user': { exact: 'true' } } }],
    targets: [{ percentage: 25, image: v3, replicas: { ready: 2, desired: 2 } }],
  });
  const [clone, original] = (await kube.get(virtualService)).spec.http;
  expect([clone.mirrorPercentage.value, original.mirror]).toEqual([25, undefined]);
});

test('an image that cannot be pulled is told with its reason, and Cancel puts the old one back', async ({
  page,
  running,
  kube,
}) => {
  await createTask(running.url);
  const imageNow = async () => (await kube.get(deployment)).spec.template.spec.containers[0].image;
  const image = await imageNow();
  await page.goto(`${address}?action=change`);
  const drawer = page.getByRole('dialog', { name: 'Edit task' });
  await drawer.getByRole('textbox', { name: 'Image of reviews' }).fill('example/no-such-image:1');
  await drawer.getByRole('button', { name: 'Apply the changes' }).click();
  await expect(page.getByText(/example\/no-such-image:1/).first()).toBeVisible();
  await expect(page.getByText('Degraded').first()).toBeVisible();
  expect(await imageNow()).toBe('example/no-such-image:1');

  await page.getByRole('button', { name: /^Cancel/ }).click();
  await expectTask(running.url, reviewsTask, { state: 'Mirroring', operation: null });
  expect(await imageNow()).toBe(image);
});

test('a task without a workload of its own is edited without one, and what is not yet anything is named', async ({
  page,
  running,
}) => {
  const target = { kind: 'service', namespace: 'httpbin', name: 'httpbin', port: 8000 };
  await createTask(running.url, { ...reviewsTask, name: 'elsewhere', target, percentage: 10 });
  await page.goto('/tasks/demo-project/elsewhere?action=change');
  const drawer = page.getByRole('dialog', { name: 'Edit task' });
  await expect(drawer.getByRole('heading', { name: 'Which requests are copied' })).toBeVisible();
  await expect(drawer.getByRole('textbox', { name: /^Image of/ })).toHaveCount(0);
  await drawer.getByRole('radio', { name: /Only those that match/ }).check();
  await expect(drawer.getByText('Choose a method, a path or a header.')).toBeVisible();
  await expect(drawer.getByRole('button', { name: 'Apply' })).toHaveAttribute('aria-disabled', 'true');
  await page.keyboard.press('Escape');
  await expect(drawer).toBeHidden();
});

test('a target is added to a running task and the first one removed, while copies go on', async ({
  page,
  running,
  kube,
}) => {
  await createTask(running.url);
  await page.goto(`${address}?action=change`);
  const drawer = page.getByRole('dialog', { name: 'Edit task' });
  const add = drawer.getByRole('button', { name: 'Add a target' });
  await add.press('Enter');
  await expect(drawer.getByRole('heading', { name: 'One more target' })).toBeVisible();
  await expect(drawer.getByRole('combobox', { name: 'Where to copy' })).toBeFocused();
  await drawer.getByRole('button', { name: 'Add none' }).press('Enter');
  await expect(add).toBeFocused();
  await add.press('Enter');
  await expectAccessible(page);
  const kind = drawer.getByRole('combobox', { name: 'Where to copy' });
  await kind.selectOption('A host outside the mesh');
  await drawer.getByRole('textbox', { name: 'Host' }).fill('Replay.example.com');
  await expect(drawer.getByText('Enter a DNS name with a dot')).toBeVisible();
  await drawer.getByRole('textbox', { name: 'Host' }).fill('replay.example.com');
  await drawer.getByRole('textbox', { name: 'Port' }).fill('80');
  // The task copies every method: nothing would keep writes from that host.
  await expect(drawer.getByText(/is carried out there, POST, PUT/)).toBeVisible();
  await drawer.getByRole('button', { name: 'Apply the changes' }).press('Enter');
  const question = page.getByRole('dialog', { name: 'Copy writes as well?' });
  await expectAccessible(page);
  await question.getByRole('button', { name: 'Go back' }).click();
  await expect(question).toBeHidden();
  await kind.selectOption('A new version of the service');
  await drawer.getByRole('textbox', { name: 'Version', exact: true }).fill('v3');
  await drawer.getByRole('textbox', { name: 'Image of reviews in the new version' }).fill(v3);
  await drawer.getByRole('textbox', { name: 'Share that is copied to it' }).fill('20');
  await expect(drawer.getByText('Deployment reviews-v3').last()).toBeVisible();
  await drawer.getByRole('button', { name: 'Apply the changes' }).click();
  await expect(drawer).toBeHidden();
  await expectTask(running.url, reviewsTask, {
    state: 'Mirroring',
    operation: null,
    targets: [
      { id: 'version', percentage: 100 },
      { id: 'version-2', version: 'v3', percentage: 20, image: v3 },
    ],
  });

  await page.goto(`${address}?action=change`);
  await drawer.getByRole('button', { name: 'Remove v2' }).click();
  await expect(drawer.getByText('Then Deployment reviews-v2 goes')).toBeVisible();
  await drawer.getByRole('button', { name: /^v3 · 20/ }).click();
  await expect(drawer.getByRole('button', { name: 'Remove v3' })).toHaveAttribute('aria-disabled', 'true');
  await expectAccessible(page);
  await drawer.getByRole('button', { name: 'Remove v2', exact: true }).click();
  await expect(drawer).toBeHidden();
  await expectTask(running.url, reviewsTask, {
    state: 'Mirroring',
    operation: null,
    targets: [{ id: 'version-2', percentage: 20 }],
  });
  const [route] = (await kube.get(virtualService)).spec.http;
  expect([route.mirror.subset, route.mirrorPercentage.value]).toEqual(['v3', 20]);
});
