import { expect, expectAccessible, test } from './fixtures.ts';
import type { Kube } from './kube.ts';
import { createTask, expectTask, reviewsTask } from './task-api.ts';

test.use({ language: 'en' });

const address = '/tasks/demo-project/reviews-v2';
const v3 = 'kubesphere/examples-bookinfo-reviews-v3:1.16.2';
const deployment = '/apis/apps/v1/namespaces/demo-project/deployments/reviews-v2';
const virtualService = '/apis/networking.istio.io/v1/namespaces/demo-project/virtualservices/reviews';
/** What the task's policies are named after, and what they do. */
const mirror = 'reviews-mirror-reviews-v2';
const safety = { denyWrites: true, marker: true };

/** Names of the policies for the task's mirrors. */
async function policies(kube: Kube): Promise<string[]> {
  const lists = [
    'security.istio.io/v1/namespaces/demo-project/authorizationpolicies',
    'networking.istio.io/v1alpha3/namespaces/demo-project/envoyfilters',
  ];
  const found = await Promise.all(lists.map((list) => kube.get(`/apis/${list}`)));
  const names = found.flatMap(({ items }) =>
    items.map(({ metadata }: { metadata: { name: string } }) => metadata.name),
  );
  return names.filter((name) => name.startsWith(mirror)).toSorted();
}

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
  await createTask(running.url, { ...reviewsTask, safety: { marker: true } });
  await page.goto(`${address}?action=change`);
  const drawer = page.getByRole('dialog', { name: 'Edit task' });
  const add = drawer.getByRole('button', { name: 'Add a target' });
  const added = drawer.getByRole('region', { name: 'One more target' });
  const kind = (name: string) => added.getByRole('radio', { name, exact: true });
  await add.press('Enter');
  await expect(kind('New version')).toBeFocused();
  await drawer.getByRole('button', { name: 'Add none' }).press('Enter');
  await expect(add).toBeFocused();
  await add.press('Enter');
  await expect(added.getByRole('textbox', { name: 'New version' })).toHaveValue('v3');
  await expectAccessible(page);

  await test.step('with the fields of the wizard, and its words at them', async () => {
    await kind('Another service').check();
    await added.getByRole('combobox', { name: 'Project of the target' }).selectOption('httpbin');
    await added.getByRole('combobox', { name: 'Service that gets the copies' }).selectOption('httpbin');
    await expect(added.getByRole('combobox', { name: 'Port' })).toHaveValue('8000');
    await expectAccessible(page);
    await kind('External host').check();
    const host = added.getByRole('textbox', { name: 'Host', exact: true });
    await host.fill('Replay.example.com');
    await expect(host).toHaveAccessibleDescription(/Enter a DNS name with a dot/);
    await host.fill('replay.example.com');
    // The task copies every method: nothing would keep writes from that host.
    await expect(drawer.getByText(/is carried out there, POST, PUT/)).toBeVisible();
    await drawer.getByRole('button', { name: 'Apply the changes' }).press('Enter');
    const question = page.getByRole('dialog', { name: 'Copy writes as well?' });
    await expectAccessible(page);
    await question.getByRole('button', { name: 'Go back' }).click();
    await expect(question).toBeHidden();
  });

  await test.step('as a new version of two pods in a test environment, marked as the first one', async () => {
    await kind('New version').check();
    const image = added.getByRole('textbox', { name: 'Image', exact: true });
    await image.fill('typo');
    await added.getByRole('button', { name: 'Reset the image of reviews' }).press('Enter');
    await expect(image).toBeFocused();
    await image.fill(v3);
    const addVariable = added.getByRole('button', { name: 'Add variable' });
    await addVariable.press('Enter');
    await added.getByRole('button', { name: 'Remove new variable 1' }).press('Enter');
    await expect(addVariable).toBeFocused();
    await added.getByRole('button', { name: 'One more replica' }).press('Enter');
    await added.getByRole('button', { name: 'Test environment' }).press('Enter');
    await added.getByRole('textbox', { name: 'Share' }).fill('20');
    await expect(added.getByText('is marked X-Mirror-Request: true')).toBeVisible();
    await expect(drawer.getByText('Deployment reviews-v3').last()).toBeVisible();
    await expect(drawer.getByText(`EnvoyFilter ${mirror}-version-2-marker`)).toBeVisible();
    await expectAccessible(page);
    await drawer.getByRole('button', { name: 'Apply the changes' }).click();
    await expect(drawer).toBeHidden();
    await expectTask(running.url, reviewsTask, {
      state: 'Mirroring',
      operation: null,
      targets: [
        { id: 'version', percentage: 100, safety },
        { id: 'version-2', version: 'v3', percentage: 20, image: v3, replicas: { ready: 2, desired: 2 }, safety },
      ],
    });
    const { spec } = await kube.get('/apis/apps/v1/namespaces/demo-project/deployments/reviews-v3');
    expect(spec.template.spec.containers[0].env).toEqual(
      expect.arrayContaining([
        { name: 'ENVIRONMENT', value: 'test' },
        { name: 'DISABLE_WRITE', value: 'true' },
      ]),
    );
    expect(await policies(kube)).toEqual(
      ['', '-version-2'].flatMap((of) => [`${mirror}${of}-deny-writes`, `${mirror}${of}-marker`]),
    );
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
  expect(await policies(kube)).toEqual([`${mirror}-version-2-deny-writes`, `${mirror}-version-2-marker`]);
});
