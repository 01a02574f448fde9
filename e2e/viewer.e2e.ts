import { toConfigMap } from '../lib/domain/record.ts';
import { mirroring } from '../lib/domain/testing/standing-task.ts';
import { expect, test } from './fixtures.ts';
import { refusedPause } from './task-api.ts';

test.describe('a viewer', () => {
  test.use({ user: 'viewer' });

  test('sees the project, may change nothing, and is told why', async ({ page, running, kube }) => {
    await page.goto('/tasks?namespace=demo-project');
    await expect(page.getByText('只读')).toBeVisible();
    await expect(page.getByRole('heading', { level: 1, name: '流量镜像任务' })).toBeVisible();

    await page.goto('/tasks/new?namespace=demo-project');
    await expect(page.getByText('你不能在 demo-project 创建任务。')).toBeVisible();

    const response = await page.request.post(`${running.url}/api/tasks`, {
      data: { namespace: 'demo-project', name: 'mine', service: 'reviews', target: { kind: 'version', version: 'v2' } },
    });
    expect([403, 422]).toContain(response.status());
    const { items } = await kube.get('/api/v1/namespaces/demo-project/configmaps');
    expect(
      items.filter((item: { metadata: { name: string } }) => item.metadata.name === 'mirror-console.mine'),
    ).toEqual([]);
  });

  test('is led from an interrupted task of the list to its page, which says why nothing can be done', async ({
    page,
    kube,
  }) => {
    const { record } = mirroring();
    record.operation = refusedPause('no changes before noon');
    const { metadata, ...map } = toConfigMap(record);
    const { name, namespace, labels } = metadata;
    await kube.send('POST', '/api/v1/namespaces/demo-project/configmaps', {
      ...map,
      metadata: { name, namespace, labels },
    });

    await page.goto('/tasks?namespace=demo-project');
    const strip = page.getByRole('row').filter({ hasText: 'no changes before noon' });
    await expect(strip).toBeVisible();
    await expect(strip.getByRole('button')).toHaveCount(0);
    await strip.getByRole('link', { name: '查看任务' }).click();
    await expect(page.getByRole('button', { name: '继续' })).toHaveAttribute('aria-disabled', 'true');
    await expect(page.getByText('你的用户无权在 demo-project 中执行 update configmaps。').first()).toBeVisible();
  });

  test('does not see a project that is not his', async ({ page }) => {
    await page.goto('/tasks?namespace=httpbin');
    await expect(page.getByText('没有查看 httpbin 中任务的权限')).toBeVisible();
  });
});
