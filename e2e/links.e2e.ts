import { openKube } from './kube.ts';
import { expect, expectAccessible, test as base } from './fixtures.ts';
import { startTogether } from '../scripts/lib/together.mjs';
import { createTask, reviewsTask } from './task-api.ts';

const test = base.extend<{ links: Record<string, string> }>({
  links: [{}, { option: true }],
  running: async ({ links }, use) => {
    const env = { MIRROR_CONSOLE_SETTLE_MS: '3000', ...links };
    const running = await startTogether({ user: 'admin', sandboxArgs: [], env, quiet: true });
    await use(running);
    await running.stop();
  },
  kube: async ({ running }, use) => use(openKube(running.kubeconfig)),
});

test.describe('with links in the settings', () => {
  test.use({
    links: {
      MIRROR_CONSOLE_LINK_KIALI: 'https://kiali.example.com/console/namespaces/{namespace}/services/{service}',
      MIRROR_CONSOLE_LINK_GRAFANA: 'https://grafana.example.com/d/istio?var-dst={mirror}&var-src={primary}',
    },
  });

  test('a task’s page opens it in Kiali and Grafana, in a tab that cannot reach back', async ({ page, running }) => {
    await createTask(running.url, reviewsTask);
    await page.goto(`/tasks/${reviewsTask.namespace}/${reviewsTask.name}`);
    const kiali = page.getByRole('link', { name: /在 Kiali 中打开/ });
    await expect(kiali).toHaveAttribute(
      'href',
      'https://kiali.example.com/console/namespaces/demo-project/services/reviews',
    );
    await expect(kiali).toHaveAttribute('rel', /noopener/);
    await expect(page.getByRole('link', { name: /在 Grafana 中打开/ })).toHaveAttribute(
      'href',
      'https://grafana.example.com/d/istio?var-dst=reviews-v2&var-src=reviews-v1',
    );
    await expect(page.getByRole('link', { name: /Argo CD/ })).toHaveCount(0);
    await expectAccessible(page);
  });
});

test('without a setting there is no link', async ({ page, running }) => {
  await createTask(running.url, reviewsTask);
  await page.goto(`/tasks/${reviewsTask.namespace}/${reviewsTask.name}`);
  await expect(page.getByRole('heading', { level: 1, name: reviewsTask.name })).toBeVisible();
  await expect(page.getByRole('navigation', { name: '在其他工具中查看' })).toHaveCount(0);
});
