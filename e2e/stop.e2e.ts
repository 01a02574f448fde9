import { expect, expectAccessible, test } from './fixtures.ts';
import { createTask, expectTask } from './task-api.ts';

const task = { namespace: 'demo-project', name: 'reviews-v2' };
const virtualServices = '/apis/networking.istio.io/v1/namespaces/demo-project/virtualservices';

/** Somebody copies the requests to another service to the task's mirror. */
const tap = {
  apiVersion: 'networking.istio.io/v1',
  kind: 'VirtualService',
  metadata: { name: 'details-tap', namespace: task.namespace },
  spec: {
    hosts: ['details'],
    http: [
      {
        name: 'all',
        route: [{ destination: { host: 'details' } }],
        mirror: { host: 'reviews-mirror-reviews-v2', port: { number: 9080 } },
      },
    ],
  },
};

test('a pause shows the rate falling to zero; copies that come all the same are an alarm that names what sends them', async ({
  page,
  running,
  kube,
}) => {
  test.setTimeout(600_000);
  await createTask(running.url, {
    ...task,
    service: 'reviews',
    placement: 'dedicated',
    percentage: 100,
    target: { kind: 'version', version: 'v2', replicas: 1, containers: [] },
  });
  const counted = async () => {
    const response = await fetch(`${running.url}/api/tasks/${task.namespace}/${task.name}/metrics?range=15m`);
    const { totals } = (await response.json()) as { totals: { side: string; count: number | null }[] };
    return totals.some(({ side, count }) => side === 'mirror' && (count ?? 0) > 0);
  };
  // A mirror that nobody has counted a request of yet tells nothing about a stop.
  await expect.poll(counted, { timeout: 120_000 }).toBe(true);
  await fetch(`${running.url}/api/tasks/${task.namespace}/${task.name}/pause`, { method: 'POST' });
  await expectTask(running.url, task, { state: 'Paused', operation: null });

  const alert = page.getByRole('alert').filter({ hasText: '镜像请求仍在到达。' });
  await test.step('stopped: the last copy, since when none came, and the rate', async () => {
    await page.goto(`/tasks/${task.namespace}/${task.name}`);
    await expect(page.getByText('镜像已停止。')).toBeVisible({ timeout: 150_000 });
    await expect(page.getByText(/最近测得 0(\.0)? rps/)).toBeVisible({ timeout: 90_000 });
    await expect(alert).toHaveCount(0);
    await expectAccessible(page);
  });

  await test.step('still arriving: an alert with the cause, and the task needs attention', async () => {
    await kube.send('POST', virtualServices, tap);
    await expect(alert).toBeVisible({ timeout: 150_000 });
    await expect(alert).toContainText('VirtualService details-tap 的路由 all 在向 reviews-v2 镜像请求');
    await expectAccessible(page);
    await page.goto('/tasks?namespace=demo-project&state=attention');
    await expect(page.getByText('任务已暂停，但镜像请求仍在到达 reviews-v2。')).toBeVisible();
    await page.getByRole('link', { name: '查看原因' }).click();
    await expect(alert).toBeVisible();
  });
});
