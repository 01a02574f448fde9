import type { Page } from '@playwright/test';
import { expect, expectAccessible, test } from './fixtures.ts';
import { expectTask } from './task-api.ts';
import { deleteHere } from './task-page.ts';
import { createHere, toTarget } from './wizard-steps.ts';

const namespace = 'demo-project';
const virtualService = `/apis/networking.istio.io/v1/namespaces/${namespace}/virtualservices/reviews`;

const summary = (page: Page) => page.getByRole('complementary', { name: '任务摘要' });

test('copies to another service: its own clients are told apart from them, and it is left as it was', async ({
  page,
  running,
  kube,
}) => {
  test.setTimeout(240_000);
  const name = 'reviews-to-httpbin';
  const before = await kube.get(virtualService);

  await test.step('choose the service, in another project', async () => {
    await toTarget(page, { namespace, name, service: 'reviews' });
    await page.getByRole('radio', { name: '另一个服务' }).check();
    await page.getByRole('button', { name: '下一步：策略' }).click();
    await expect(page.getByText('请选择接收镜像请求的服务。')).toBeVisible();
    await page.getByRole('combobox', { name: '目标所在项目' }).selectOption('httpbin');
    await page.getByRole('combobox', { name: '接收镜像请求的服务' }).selectOption('httpbin');
    await expect(page.getByRole('combobox', { name: '端口' })).toHaveValue('8000');
    await expect(page.getByText('它可以接收镜像请求。')).toBeVisible();
    await expect(summary(page)).toContainText('httpbin 另一个服务');
    await expectAccessible(page);
  });

  await test.step('nothing is placed; the checks say what its own traffic means', async () => {
    await page.getByRole('button', { name: '下一步：策略' }).click();
    await expect(page.getByText('无需部署：httpbin 已经存在，不会被改动。')).toBeVisible();
    await page.getByRole('radio', { name: /性能测试/ }).check();
    await page.getByRole('button', { name: '下一步：检查并创建' }).click();
    await expect(page.getByText('镜像请求与 httpbin 自己客户端的请求在同一批 Pod 中运行')).toBeVisible();
    await expect(page.getByRole('region', { name: 'VirtualService reviews', exact: true })).toContainText(
      'host: httpbin.httpbin.svc.cluster.local',
    );
    await createHere(page, { namespace, name });
    await expectTask(running.url, { namespace, name }, { state: 'Mirroring', operation: null });
  });

  await test.step('the page shows all its requests, and no coverage', async () => {
    await expect(page.getByRole('heading', { name: 'Service httpbin:8000' })).toBeVisible();
    await expect(page.getByText('全部请求').first()).toBeVisible();
    await expect(page.getByText('httpbin.httpbin 有自己的客户端，指标无法区分镜像请求与它们的请求')).toBeVisible();
    await expect(page.getByText('镜像一侧显示 httpbin.httpbin 的全部请求')).toBeVisible();
    await expectAccessible(page);
  });

  await test.step('its log shows the copies beside its own clients’ requests', async () => {
    await page.getByRole('link', { name: '日志' }).click();
    const log = page.getByRole('region', { name: '镜像 httpbin.httpbin 的日志，内容' });
    await expect(log.getByText('/reviews/').first()).toBeVisible();
    await expect(log.getByText('/headers').first()).toBeVisible();
  });

  await test.step('deleted, the routes are the owner’s again', async () => {
    await deleteHere(page, { namespace, name });
    await expectTask(running.url, { namespace, name }, null);
    expect((await kube.get(virtualService)).spec).toEqual(before.spec);
  });
});

test('a project with nothing to choose from says so, and that takes the focus of who wants to go on', async ({
  page,
}) => {
  await toTarget(page, { namespace: 'my-app', name: 'nowhere', service: 'my-app' });
  await page.getByRole('radio', { name: '另一个服务' }).check();
  await expect(page.getByRole('heading', { name: 'my-app 没有其他可以接收镜像请求的服务' })).toBeVisible();
  await page.getByRole('button', { name: '下一步：策略' }).click();
  await expect(page.locator(':focus')).toContainText('my-app 没有其他可以接收镜像请求的服务');
  await expectAccessible(page);
});

test('copies to a host outside the mesh: it is made known for as long as the task stands, and nothing is counted there', async ({
  page,
  running,
  kube,
}) => {
  test.setTimeout(240_000);
  const name = 'reviews-outside';
  const host = 'replay.example.com';
  const serviceEntries = `/apis/networking.istio.io/v1/namespaces/${namespace}/serviceentries`;
  const before = await kube.get(virtualService);

  await test.step('name the host; what is no DNS name is refused', async () => {
    await toTarget(page, { namespace, name, service: 'reviews' });
    await page.getByRole('radio', { name: '外部主机' }).check();
    const field = page.getByRole('textbox', { name: '主机', exact: true });
    await field.fill('https://replay');
    await page.getByRole('button', { name: '下一步：策略' }).click();
    await expect(page.getByText('请输入带点的小写 DNS 名称')).toBeVisible();
    await field.fill(host);
    await expect(page.getByText('它可以接收镜像请求。')).toBeVisible();
    await page.getByRole('checkbox', { name: /以 TLS 访问/ }).check();
    await expect(page.getByRole('textbox', { name: '主机端口' })).toHaveValue('443');
    await page.getByRole('checkbox', { name: /以 TLS 访问/ }).uncheck();
    await expect(page.getByRole('textbox', { name: '主机端口' })).toHaveValue('80');
    await expect(summary(page)).toContainText(`${host} 网格之外`);
    await expectAccessible(page);
  });

  await test.step('nothing keeps writes from it but the choice of requests, which is asked about', async () => {
    await page.getByRole('button', { name: '下一步：策略' }).click();
    await expect(page.getByRole('checkbox', { name: '拒绝写请求' })).toHaveCount(0);
    const readsOnly = page.getByRole('checkbox', { name: /只镜像不改变数据的请求/ });
    await expect(readsOnly).toBeChecked();
    const dialog = page.getByRole('dialog', { name: '要连写请求一起镜像吗？' });
    await readsOnly.press('Space');
    await expectAccessible(page);
    await dialog.getByRole('button', { name: '只镜像读请求' }).click();
    await expect(readsOnly).toBeChecked();
    await expect(readsOnly).toBeFocused();
    await readsOnly.press('Space');
    await dialog.getByRole('button', { name: '连写请求一起镜像' }).click();
    await expect(readsOnly).not.toBeChecked();
    await expect(summary(page)).not.toContainText('只镜像不改变数据的请求');
    await readsOnly.check();
  });

  await test.step('the plan makes the host known before anything is copied there', async () => {
    await page.getByRole('button', { name: '下一步：检查并创建' }).click();
    await expect(page.getByText('发往 reviews 的完整请求会离开网格到达 replay.example.com')).toBeVisible();
    await expect(page.getByRole('region', { name: `ServiceEntry reviews-mirror-${name}`, exact: true })).toContainText(
      host,
    );
    await createHere(page, { namespace, name });
    await expectTask(running.url, { namespace, name }, { state: 'Mirroring', operation: null });
    expect((await kube.get(serviceEntries)).items).toHaveLength(1);
    expect((await kube.get(virtualService)).spec.http[0].mirror).toEqual({ host, port: { number: 80 } });
  });

  await test.step('the page says that nothing is counted there, and shows no log', async () => {
    await expect(page.getByRole('heading', { name: `${host}:80` })).toBeVisible();
    await expect(page.getByText(`${host} 在网格之外，这里没有统计到达它的请求`).first()).toBeVisible();
    await expectAccessible(page);
    await page.getByRole('link', { name: '日志' }).click();
    await expect(page.getByText(`${host} 在网格之外，这里没有它的日志。`)).toBeVisible();
    await expectAccessible(page);
    await page.getByRole('link', { name: '资源' }).click();
    await expect(page.getByText(`让调用方的代理知道 ${host}`)).toBeVisible();
  });

  await test.step('deleted, nothing of it is left', async () => {
    await deleteHere(page, { namespace, name });
    await expectTask(running.url, { namespace, name }, null);
    expect((await kube.get(virtualService)).spec).toEqual(before.spec);
    expect((await kube.get(serviceEntries)).items).toEqual([]);
  });
});
