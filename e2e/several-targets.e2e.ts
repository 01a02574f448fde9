import type { Locator, Page } from '@playwright/test';
import { expect, expectAccessible, test } from './fixtures.ts';
import { expectTask } from './task-api.ts';
import { goOn } from './wizard-steps.ts';

const virtualService = '/apis/networking.istio.io/v1/namespaces/demo-project/virtualservices/reviews';
const image = (version: string) => `kubesphere/examples-bookinfo-reviews-${version}:1.16.2`;

interface Mirror {
  destination: { host: string; subset?: string; port?: { number: number } };
  percentage: { value: number };
}

const targetOf = (page: Page, n: number) => page.getByRole('region', { name: new RegExp(`^目标 ${n}(：|$)`) });

test.describe('the mirroring guide, 4.2: two new versions, each with its share', () => {
  test('are made by one task, shown one beside the other, and changed apart', async ({ page, kube }) => {
    test.setTimeout(180_000);
    await page.goto('/tasks/new?namespace=demo-project&service=reviews');
    await test.step('name both versions and their shares', async () => {
      await page.getByRole('textbox', { name: '任务名称' }).fill('reviews-two');
      await goOn(page, '服务设置');
      await goOn(page, '新版本');
      await page.getByRole('textbox', { name: '镜像' }).fill(image('v2'));
      await page.getByRole('button', { name: '再加一个目标' }).click();
      const second = page.getByRole('region', { name: '目标 2：v3' });
      await second.getByRole('textbox', { name: '镜像' }).fill(image('v3'));
      await second.getByRole('textbox', { name: '比例' }).fill('20');
      await expectAccessible(page);
      await goOn(page, '策略');
      await page.getByRole('textbox', { name: '比例' }).fill('30');
      await goOn(page, '检查并创建');
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

test('a new version, another project’s service and a host outside get copies by one task, each its share', async ({
  page,
  running,
  kube,
}) => {
  test.setTimeout(240_000);
  const task = { namespace: 'demo-project', name: 'reviews-three' };
  const host = 'replay.example.com';
  const add = page.getByRole('button', { name: '再加一个目标' });
  const [second, third, fourth] = [2, 3, 4].map((n) => targetOf(page, n)) as [Locator, Locator, Locator];

  await test.step('each is named with what its kind asks for, by the same fields as the first', async () => {
    await page.goto('/tasks/new?namespace=demo-project&service=reviews');
    await page.getByRole('textbox', { name: '任务名称' }).fill(task.name);
    await goOn(page, '服务设置');
    await goOn(page, '新版本');
    await page.getByRole('textbox', { name: '镜像' }).fill(image('v2'));
    await add.click();
    await expect(second.getByRole('radio', { name: '新建版本' })).toBeFocused();
    await second.getByRole('radio', { name: '另一个服务' }).check();
    await second.getByRole('combobox', { name: '目标所在项目' }).selectOption('httpbin');
    await second.getByRole('combobox', { name: '接收镜像请求的服务' }).selectOption('httpbin');
    await second.getByRole('textbox', { name: '比例' }).fill('20');
    await expect(second.getByText('它可以接收镜像请求。')).toBeVisible();
    await add.click();
    await third.getByRole('radio', { name: '外部主机' }).check();
    await third.getByRole('textbox', { name: '主机', exact: true }).fill(host);
    await third.getByRole('textbox', { name: '比例' }).fill('0.5');
    await expect(third.getByText('它可以接收镜像请求。')).toBeVisible();
    await expectAccessible(page);
  });

  await test.step('one that is named twice is told at its field; where one is removed the focus stays near', async () => {
    await add.click();
    await fourth.getByRole('radio', { name: '外部主机' }).check();
    await fourth.getByRole('textbox', { name: '主机', exact: true }).fill(host);
    await page.getByRole('button', { name: '下一步：策略' }).click();
    const field = fourth.getByRole('textbox', { name: '主机', exact: true });
    await expect(field).toBeFocused();
    await expect(field).toHaveAccessibleDescription(/前面已有相同的目标/);
    await third.getByRole('button', { name: '移除目标 3' }).click();
    await expect(third).toBeFocused();
    await expect(third.getByRole('textbox', { name: '主机', exact: true })).toHaveValue(host);
    await expect(fourth).toHaveCount(0);
    await third.getByRole('textbox', { name: '比例' }).fill('0.5');
    await add.click();
    await fourth.getByRole('button', { name: '移除目标 4' }).click();
    await expect(add).toBeFocused();
  });

  await test.step('a refresh keeps them', async () => {
    await page.reload();
    await expect(second.getByRole('combobox', { name: '接收镜像请求的服务' })).toHaveValue('httpbin');
    await expect(third.getByRole('textbox', { name: '比例' })).toHaveValue('0.5');
  });

  await test.step('the plan is about all of them', async () => {
    await goOn(page, '策略');
    await expect(page.getByText('这是 v2 的比例；其他目标的比例在第 3 步设置。')).toBeVisible();
    await page.getByRole('textbox', { name: '比例' }).fill('30');
    const summary = page.getByRole('complementary', { name: '任务摘要' });
    await expect(summary).toContainText('httpbin 另一个服务20 %');
    await expect(summary).toContainText(`${host} 网格之外0.5 %`);
    await goOn(page, '检查并创建');
    await expect(page.getByText('镜像请求与 httpbin 自己客户端的请求在同一批 Pod 中运行')).toBeVisible();
    await expect(page.getByText(`发往 reviews 的完整请求会离开网格到达 ${host}`)).toBeVisible();
    const routes = page.getByRole('region', { name: 'VirtualService reviews', exact: true });
    await expect(routes).toContainText('host: httpbin.httpbin.svc.cluster.local');
    await expect(routes).toContainText(`host: ${host}`);
    await page.getByRole('button', { name: '创建', exact: true }).click();
    await page.waitForURL(`**/tasks/${task.namespace}/${task.name}*`);
    await expectTask(running.url, task, { state: 'Mirroring', operation: null });
  });

  await test.step('the route copies to each its share', async () => {
    const { spec } = await kube.get(virtualService);
    expect(
      spec.http[0].mirrors.map(({ destination, percentage }: Mirror) => [
        destination.host,
        destination.subset ?? destination.port?.number,
        percentage.value,
      ]),
    ).toEqual([
      ['reviews.demo-project.svc.cluster.local', 'v2', 30],
      ['httpbin.httpbin.svc.cluster.local', 8000, 20],
      [host, 80, 0.5],
    ]);
  });

  await test.step('another task like it begins with the same targets', async () => {
    await page.goto(`/tasks/new?namespace=${task.namespace}&from=${task.name}`);
    await expect(page.getByText(`已按任务 ${task.name} 填写。`)).toBeVisible();
    await goOn(page, '服务设置');
    await goOn(page, '新版本');
    await expect(second.getByRole('combobox', { name: '目标所在项目' })).toHaveValue('httpbin');
    await expect(second.getByRole('combobox', { name: '端口' })).toHaveValue('8000');
    await expect(second.getByRole('textbox', { name: '比例' })).toHaveValue('20');
    await expect(third.getByRole('textbox', { name: '主机', exact: true })).toHaveValue(host);
    await expect(third.getByRole('textbox', { name: '比例' })).toHaveValue('0.5');
  });
});
