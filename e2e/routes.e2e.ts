import { expect, expectAccessible, expectNoSidewaysScroll, test } from './fixtures.ts';
import { expectTask } from './task-api.ts';

const task = { namespace: 'demo-project', name: 'reviews-v2' };
const virtualService = '/apis/networking.istio.io/v1/namespaces/demo-project/virtualservices/reviews';
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
  await expectAccessible(page);
  await expectNoSidewaysScroll(page);

  await api.uncheck();
  await rest.uncheck();
  await page.getByRole('button', { name: step('检查并创建') }).click();
  await expect(page.getByText('请至少选择一条要镜像的路由。')).toBeVisible();
  await api.check();
  await page.getByRole('button', { name: step('检查并创建') }).click();
  await expect(page.getByRole('complementary', { name: '任务摘要' })).toContainText('1 条');
  await page.getByRole('button', { name: '创建', exact: true }).click();
  await expectTask(running.url, task, { state: 'Mirroring' });
  const { spec } = await kube.get(virtualService);
  expect(spec.http.map(({ name, mirror }: { name: string; mirror?: object }) => [name, mirror !== undefined])).toEqual([
    ['api', true],
    ['old', false],
    ['rest', false],
  ]);
});
