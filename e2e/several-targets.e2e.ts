import { expect, expectAccessible, test } from './fixtures.ts';

const virtualService = '/apis/networking.istio.io/v1/namespaces/demo-project/virtualservices/reviews';
const image = (version: string) => `kubesphere/examples-bookinfo-reviews-${version}:1.16.2`;

test.describe('the mirroring guide, 4.2: two new versions, each with its share', () => {
  test('are made by one task, shown one beside the other, and changed apart', async ({ page, kube }) => {
    test.setTimeout(180_000);
    await page.goto('/tasks/new?namespace=demo-project&service=reviews');
    const goOn = async (step: string) => {
      await page.getByRole('button', { name: `下一步：${step}` }).click();
      await expect(page.getByRole('listitem').filter({ hasText: step }).filter({ hasText: '当前' })).toBeVisible();
    };

    await test.step('name both versions and their shares', async () => {
      await page.getByRole('textbox', { name: '任务名称' }).fill('reviews-two');
      await goOn('服务设置');
      await goOn('新版本');
      await page.getByRole('textbox', { name: '镜像' }).fill(image('v2'));
      await page.getByRole('button', { name: '再加一个版本' }).click();
      const row = page.getByRole('group', { name: '版本 v3' });
      await row.getByRole('textbox', { name: 'reviews 的镜像地址' }).fill(image('v3'));
      await row.getByRole('textbox', { name: '比例' }).fill('20');
      await expectAccessible(page);
      await goOn('策略');
      await page.getByRole('textbox', { name: '比例' }).fill('30');
      await goOn('检查并创建');
      await page.getByRole('button', { name: '创建', exact: true }).click();
    });

    await test.step('both are shown on the task’s page, one at a time', async () => {
      const targets = page.getByRole('group', { name: '镜像目标' });
      await expect(targets.getByRole('button')).toHaveCount(2, { timeout: 60_000 });
      await expect(targets.getByRole('button', { pressed: true })).toContainText('v2 · 30');
      await targets.getByRole('button', { name: /v3/ }).click();
      await expect(page.getByRole('img', { name: /v3/ }).first()).toBeVisible();
      await expectAccessible(page);
    });

    await test.step('the route has the guide’s two mirrors', async () => {
      await expect
        .poll(async () => JSON.stringify((await kube.get(virtualService)) as object), { timeout: 90_000 })
        .toContain('"mirrors"');
      const { spec } = (await kube.get(virtualService)) as {
        spec: { http: { mirrors?: { destination: { subset: string }; percentage: { value: number } }[] }[] };
      };
      expect(
        spec.http[0]?.mirrors?.map(({ destination, percentage }) => [destination.subset, percentage.value]),
      ).toEqual([
        ['v2', 30],
        ['v3', 20],
      ]);
    });
  });
});
