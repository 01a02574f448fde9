import { expect, expectAccessible, test } from './fixtures.ts';
import { expectTask } from './task-api.ts';

const namespace = 'my-app';
const task = { namespace, name: 'my-app-v3' };
const policies = `/apis/security.istio.io/v1/namespaces/${namespace}/authorizationpolicies`;
const filters = `/apis/networking.istio.io/v1alpha3/namespaces/${namespace}/envoyfilters`;
const deployment = `/apis/apps/v1/namespaces/${namespace}/deployments/my-app-v3`;

test.use({ language: 'en' });

test('writes are denied to the mirror until somebody who was asked switches that off', async ({
  page,
  running,
  kube,
}) => {
  test.setTimeout(240_000);
  const goOn = (step: string) => page.getByRole('button', { name: `Next: ${step}` }).click();
  await page.goto(`/tasks/new?namespace=${namespace}&service=my-app`);
  await page.getByRole('textbox', { name: 'Task name' }).fill(task.name);
  await goOn('Service');
  await goOn('New version');

  await test.step('the test environment of the guide is set on every container, and can be taken back', async () => {
    await page.getByRole('textbox', { name: 'New version' }).fill('v3');
    const preset = page.getByRole('button', { name: 'Test environment' });
    await preset.click();
    await expect(preset).toHaveAttribute('aria-pressed', 'true');
    const variables = page.getByRole('region', { name: 'Environment variables' }).getByRole('listitem');
    await expect(variables.filter({ has: page.getByText('Added', { exact: true }) })).toHaveCount(2);
    await preset.click();
    await expect(variables.filter({ has: page.getByText('Added', { exact: true }) })).toHaveCount(0);
    await preset.click();
    await goOn('Strategy');
  });

  await test.step('denying writes is on; switching it off is asked about', async () => {
    const safety = page.getByRole('region', { name: 'Safety' });
    const denyWrites = safety.getByRole('checkbox', { name: 'Deny writes' });
    const summary = page.getByRole('complementary', { name: 'Summary' });
    await expect(denyWrites).toBeChecked();
    await expect(safety.getByRole('checkbox', { name: 'Mark copies' })).not.toBeChecked();
    await expect(summary).toContainText('Writes denied');

    const dialog = page.getByRole('dialog', { name: 'Let copied writes through?' });
    await denyWrites.click();
    await expectAccessible(page);
    await dialog.getByRole('button', { name: 'Keep denying' }).click();
    await expect(denyWrites).toBeChecked();
    await denyWrites.click();
    await dialog.getByRole('button', { name: 'Let writes through' }).click();
    await expect(denyWrites).not.toBeChecked();
    await expect(summary).toContainText('Writes let through');
    await denyWrites.check();
    await safety.getByRole('checkbox', { name: 'Mark copies' }).check();
    await expect(summary).toContainText('Copies marked');
    await expectAccessible(page);
    await goOn('Review and create');
  });

  await test.step('the review shows both policies, and they are made before the workload', async () => {
    const shown = (name: string) => page.getByRole('region', { name, exact: true });
    await expect(shown('AuthorizationPolicy my-app-mirror-my-app-v3-deny-writes')).toContainText('notMethods');
    await expect(shown('EnvoyFilter my-app-mirror-my-app-v3-marker')).toContainText('X-Mirror-Request');
    await expect(page.getByText('Protect the mirror: create')).toHaveCount(2);
    await page.getByRole('button', { name: 'Create', exact: true }).click();
    await page.waitForURL(`**/tasks/${namespace}/${task.name}*`);
    await expectTask(running.url, task, {
      state: 'Mirroring',
      operation: null,
      safety: { denyWrites: true, marker: true },
    });
    const { spec } = await kube.get(deployment);
    expect(spec.template.spec.containers[0].env).toEqual(
      expect.arrayContaining([
        { name: 'ENVIRONMENT', value: 'test' },
        { name: 'DISABLE_WRITE', value: 'true' },
      ]),
    );
  });

  await test.step('the task’s page says what protects the mirror, and misses a policy that is removed', async () => {
    const mirror = page.getByRole('region', { name: 'Mirror version' });
    await expect(mirror).toContainText('copied writes are answered with 403');
    await expect(mirror).toContainText('copies carry X-Mirror-Request');
    await kube.send('DELETE', `${policies}/my-app-mirror-my-app-v3-deny-writes`);
    await expect(page.getByText(/AuthorizationPolicy .* was removed/).first()).toBeVisible({ timeout: 30_000 });
    await page.getByRole('button', { name: 'Restore ours' }).click();
    const drawer = page.getByRole('dialog', { name: `Restore ${task.name}` });
    await drawer.getByRole('button', { name: 'Restore ours' }).click();
    await expectTask(running.url, task, { state: 'Mirroring', operation: null });
    expect((await kube.get(policies)).items).toHaveLength(1);
  });

  await test.step('with the task both policies go', async () => {
    const response = await fetch(`${running.url}/api/tasks/${namespace}/${task.name}`, { method: 'DELETE' });
    expect(response.status).toBe(202);
    await expectTask(running.url, task, null);
    expect((await kube.get(policies)).items).toEqual([]);
    expect((await kube.get(filters)).items).toEqual([]);
  });
});
