import { expect, expectAccessible, expectNoSidewaysScroll, test } from './fixtures.ts';
import { expectTask } from './task-api.ts';

const task = { namespace: 'demo-project', name: 'reviews-v2' };
const virtualServices = '/apis/networking.istio.io/v1/namespaces/demo-project/virtualservices';
const virtualService = `${virtualServices}/reviews`;
const step = (name: string) => `下一步：${name}`;

test('a service with several routes: the wizard says what each takes, copies from the chosen ones, and why one cannot', async ({
  page,
  running,
  kube,
}) => {
  test.setTimeout(180_000);
  const owners = await kube.get(virtualService);
  const [{ route }] = owners.spec.http;
  const http = [
    { name: 'api', match: [{ uri: { prefix: '/reviews/' } }], route },
    { name: 'old', match: [{ uri: { exact: '/old' } }], redirect: { uri: '/new' } },
    { name: 'rest', route },
  ];
  await kube.send('PUT', virtualService, { ...owners, spec: { ...owners.spec, http } });

  const { apiVersion, kind } = owners;
  const spec = { hosts: ['legacy'], http: [{ name: 'alias', route }] };
  await kube.send('POST', virtualServices, { apiVersion, kind, metadata: { name: 'legacy' }, spec });

  await page.goto('/tasks/new?namespace=demo-project');
  await page.getByRole('textbox', { name: '任务名称' }).fill(task.name);
  await page.getByRole('button', { name: step('服务设置') }).click();
  await page.getByRole('radio', { name: 'reviews' }).check();
  await page.getByRole('button', { name: step('新版本') }).click();
  await page.getByRole('button', { name: step('策略') }).click();

  const api = page.getByRole('checkbox', { name: /的路由 api$/ });
  const rest = page.getByRole('checkbox', { name: /的路由 rest$/ });
  await expect(api).toBeChecked();
  await expect(api).toHaveAccessibleDescription('路径 以 /reviews/ 开头');
  await expect(rest).toHaveAccessibleDescription('匹配前面的路由未接走的全部请求。');
  await expect(page.getByRole('checkbox', { name: /的路由 old$/ })).toBeDisabled();
  await expect(page.getByText('它是重定向，没有可复制的请求。')).toBeVisible();
  await expect(page.getByRole('checkbox', { name: /的路由 alias$/ })).toBeDisabled();
  await expect(page.getByText('它属于其他主机（legacy），经由这些主机到达服务的请求不会镜像。')).toBeVisible();
  await expectAccessible(page);
  await expectNoSidewaysScroll(page);

  await api.uncheck();
  await rest.uncheck();
  await page.getByRole('button', { name: step('检查并创建') }).click();
  await expect(page.getByText('请至少选择一条要镜像的路由。')).toBeVisible();
  await api.check();
  await page.getByRole('button', { name: step('检查并创建') }).click();
  await expect(page.getByRole('complementary', { name: '任务摘要' })).toContainText('1 条');
  await expect(page.getByText('legacy 的路由 alias 把发往 legacy 的请求送到此服务，这些请求不复制。')).toBeVisible();
  await page.getByRole('button', { name: '创建', exact: true }).click();
  await expectTask(running.url, task, { state: 'Mirroring' });
  expect((await kube.get(`${virtualServices}/legacy`)).spec).toEqual(spec);
  const edited = await kube.get(virtualService);
  expect(
    edited.spec.http.map(({ name, mirror }: { name: string; mirror?: object }) => [name, mirror !== undefined]),
  ).toEqual([
    ['api', true],
    ['old', false],
    ['rest', false],
  ]);
});
