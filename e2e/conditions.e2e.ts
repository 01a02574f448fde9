import { expect, expectAccessible, expectNoSidewaysScroll, test } from './fixtures.ts';
import { expectTask } from './task-api.ts';
import { goOn, toTarget } from './wizard-steps.ts';

const task = { namespace: 'my-app', name: 'test-users' };
const virtualService = '/apis/networking.istio.io/v1/namespaces/my-app/virtualservices/my-app';

test('the guide’s conditional mirror: its test users’ requests go to the canary, everybody else’s to nobody', async ({
  page,
  running,
  kube,
}) => {
  test.setTimeout(240_000);
  const before = await kube.get(virtualService);

  await test.step('choose the canary that stands, and the preset of the guide', async () => {
    await toTarget(page, { ...task, service: 'my-app' });
    await page.getByRole('radio', { name: '已有版本' }).check();
    await page.getByRole('combobox', { name: '接收镜像请求的部署' }).selectOption('my-app-canary');
    await goOn(page, '策略');
    await page.getByRole('radio', { name: '仅符合条件的请求' }).check();
    await page.getByRole('button', { name: '下一步：检查并创建' }).click();
    await expect(page.getByText('请选择方法、路径或请求头。')).toBeVisible();
    await expect(page.getByRole('combobox', { name: '方法' })).toBeFocused();
    await page.getByRole('button', { name: '测试用户（x-test-user: true）' }).click();
    await expect(page.getByRole('textbox', { name: '请求头 1 的名称' })).toHaveValue('x-test-user');
    await expect(page.getByRole('region', { name: '条件 1' })).toHaveCount(1);
    await page.getByRole('textbox', { name: '比例' }).fill('100');
    await expectAccessible(page);
    await expectNoSidewaysScroll(page);
    await page.getByRole('button', { name: '下一步：检查并创建' }).click();
  });

  await test.step('what was chosen outlives a reload, and is created', async () => {
    await page.reload();
    await expect(page.getByRole('complementary', { name: '任务摘要' })).toContainText('符合 1 个条件之一的请求');
    await page.getByRole('button', { name: '创建', exact: true }).click();
    await expectTask(running.url, task, {
      state: 'Mirroring',
      match: [{ headers: { 'x-test-user': { exact: 'true' } } }],
    });
  });

  await test.step('kubectl shows a route for them before the owner’s, which is as it was', async () => {
    const { spec } = await kube.get(virtualService);
    const [clone, original] = spec.http;
    expect(spec.http).toHaveLength(2);
    expect(original).toEqual(before.spec.http[0]);
    expect(clone.match).toMatchObject([{ headers: { 'x-test-user': { exact: 'true' } } }]);
    expect(clone.route).toEqual(original.route);
    expect(clone.mirror).toMatchObject({ host: 'my-app.my-app.svc.cluster.local', subset: 'canary' });
    expect(clone.mirrorPercentage).toEqual({ value: 100 });
  });

  await test.step('the page tells the condition, and of those requests how many copies arrive', async () => {
    await page.goto(`/tasks/${task.namespace}/${task.name}`);
    await expect(page.getByText('镜像的请求：')).toContainText('x-test-user: true');
    await expect(page.getByText('（所选请求）')).toBeVisible();
    await expect
      .poll(
        async () => {
          const { coverage } = await (await fetch(`${running.url}/api/tasks/my-app/${task.name}`)).json();
          return coverage?.value ?? coverage?.reason?.code;
        },
        { timeout: 120_000 },
      )
      .toBeGreaterThan(0.5);
  });

  await test.step('delete: the VirtualService is its owner’s again', async () => {
    await fetch(`${running.url}/api/tasks/my-app/${task.name}`, { method: 'DELETE' });
    await expectTask(running.url, task, null);
    expect((await kube.get(virtualService)).spec).toEqual(before.spec);
  });
});
