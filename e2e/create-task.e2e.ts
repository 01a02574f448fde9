import type { Page } from '@playwright/test';
import { expect, expectAccessible, expectNoSidewaysScroll, test } from './fixtures.ts';
import { createTask, expectTask, reviewsTask } from './task-api.ts';
import { askToDelete, deleteHere } from './task-page.ts';
import { goOn, toTarget } from './wizard-steps.ts';

const task = { namespace: 'demo-project', name: 'reviews-v2' };
const image = 'kubesphere/examples-bookinfo-reviews-v2:1.16.2';
const virtualServices = '/apis/networking.istio.io/v1/namespaces/demo-project/virtualservices';
const reviewsService = `${virtualServices}/reviews`;

/** Opens the wizard and fills it in as far as the review, as the KubeSphere document does. */
async function fillIn(page: Page, name = task.name): Promise<void> {
  await page.goto('/tasks/new?namespace=demo-project');
  await page.getByRole('textbox', { name: '任务名称' }).fill(name);
  await goOn(page, '服务设置');
  await page.getByRole('combobox', { name: '应用' }).selectOption('bookinfo');
  await page.getByRole('radio', { name: 'reviews' }).check();
  await goOn(page, '新版本');
  await page.getByRole('textbox', { name: '镜像' }).fill(image);
  await goOn(page, '策略');
  await goOn(page, '检查并创建');
}

const create = (page: Page) => page.getByRole('button', { name: '创建', exact: true });
const summary = (page: Page) => page.getByRole('complementary', { name: '任务摘要' });

test.describe('the KubeSphere document, as its operator', () => {
  test.use({ user: 'project-regular', settleMs: null });

  test('nine steps from the list to the VirtualService, and delete', async ({ page, running, kube }) => {
    test.setTimeout(240_000);
    const before = await kube.get(reviewsService);

    await test.step('1. open the page of the tasks and press create', async () => {
      await page.goto('/tasks?namespace=demo-project');
      await page.getByRole('link', { name: '创建任务' }).first().click();
      await expect(page.getByRole('heading', { level: 1, name: '创建流量镜像任务' })).toBeVisible();
    });

    await test.step('2. name the task', async () => {
      await page.getByRole('textbox', { name: '任务名称' }).fill('Reviews_V2');
      await expect(page.getByText('名称含大写字母。请用小写字母。')).toBeVisible();
      await page.getByRole('button', { name: '改为 reviews-v2' }).click();
      await expect(page.getByText('名称可用')).toBeVisible();
      await expectAccessible(page);
      await goOn(page, '服务设置');
    });

    await test.step('3. choose the app Bookinfo and its service reviews', async () => {
      await expect(page.getByRole('radio', { name: 'mongodb' })).toBeDisabled();
      await page.getByRole('combobox', { name: '应用' }).selectOption('bookinfo');
      await expect(page.getByRole('radio', { name: 'mongodb' })).toHaveCount(0);
      await page.getByRole('radio', { name: 'reviews' }).check();
      await expect(summary(page)).toContainText('bookinfo / reviews');
      await expectAccessible(page);
      await goOn(page, '新版本');
    });

    await test.step('4. add the version v2 with its image', async () => {
      await expect(page.getByRole('textbox', { name: '新版本号' })).toHaveValue('v2');
      await expect(page.getByText('将创建 Deployment reviews-v2')).toBeVisible();
      await expect(page.getByText('所有镜像都与线上相同。')).toBeVisible();
      await page.getByRole('textbox', { name: '镜像' }).fill(image);
      await expect(page.getByText('所有镜像都与线上相同。')).toHaveCount(0);
      await page.getByRole('button', { name: 'DISABLE_WRITE=true' }).click();
      await expectAccessible(page);
      await goOn(page, '策略');
    });

    await test.step('5. copy every request, look at what will happen, create', async () => {
      await page.getByRole('radio', { name: /性能测试/ }).check();
      await expect(page.getByRole('textbox', { name: '比例' })).toHaveValue('100');
      await expect(page.getByRole('radio', { name: '子集部署' })).toBeChecked();
      await expectAccessible(page);
      await goOn(page, '检查并创建');
      await expect(page.getByRole('region', { name: 'Deployment reviews-v2', exact: true })).toContainText(image);
      await expect(page.getByRole('region', { name: 'VirtualService reviews', exact: true })).toContainText('mirror:');
      await expect(page.getByRole('listitem').filter({ hasText: '从这一步开始镜像' })).toContainText('VirtualService');
      await expectAccessible(page);
      // Nothing has been written so far.
      expect(await kube.get(reviewsService)).toEqual(before);
      await create(page).click();
      await page.waitForURL('**/tasks/demo-project/reviews-v2*');
    });

    await test.step('6. the task is in the list', async () => {
      await page.goto('/tasks?namespace=demo-project');
      await page.getByRole('link', { name: 'reviews-v2', exact: true }).click();
      await page.waitForURL('**/tasks/demo-project/reviews-v2*');
    });

    await test.step('7. its page shows the traffic mirrored to v2, live', async () => {
      await expectTask(running.url, task, { state: 'Mirroring', operation: null });
      await expect(page.getByRole('heading', { level: 1, name: 'reviews-v2' })).toBeVisible();
      await expect(page.getByText('镜像中').first()).toBeVisible();
      await expect(page.getByRole('img', { name: /100 % 的镜像请求发往 reviews v2（[1-9][\d.]* rps）/ })).toBeVisible({
        timeout: 60_000,
      });
    });

    await test.step('8. the new Deployment stands under Workloads, Deployments', async () => {
      await page.getByRole('link', { name: '部署', exact: true }).click();
      await expect(page.getByRole('row', { name: /reviews-v2/ })).toContainText('v2');
    });

    await test.step('9. the VirtualService reads as the document prints it', async () => {
      const { spec } = await kube.get(reviewsService);
      expect(spec.hosts).toEqual(['reviews']);
      expect(spec.http).toHaveLength(1);
      expect(spec.http[0].route).toEqual([
        { destination: { host: 'reviews', port: { number: 9080 }, subset: 'v1' }, weight: 100 },
      ]);
      expect(spec.http[0].mirror).toEqual({
        host: 'reviews.demo-project.svc.cluster.local',
        port: { number: 9080 },
        subset: 'v2',
      });
      const { spec: deployment } = await kube.get('/apis/apps/v1/namespaces/demo-project/deployments/reviews-v2');
      expect(deployment.template.spec.containers[0]).toMatchObject({
        image,
        env: [{ name: 'DISABLE_WRITE', value: 'true' }],
      });
    });

    await test.step('delete: the VirtualService is as it was, the new Deployment is gone', async () => {
      await page.goto('/tasks/demo-project/reviews-v2');
      await deleteHere(page, task);
      expect((await kube.get(reviewsService)).spec).toEqual(before.spec);
      const { items } = await kube.get('/apis/apps/v1/namespaces/demo-project/deployments');
      expect(items.map((item: { metadata: { name: string } }) => item.metadata.name)).not.toContain('reviews-v2');
    });
  });
});

test('what was typed survives reloading and going back, and is not left by accident', async ({ page }) => {
  let asked = 0;
  page.on('dialog', (dialog) => {
    asked++;
    void dialog.accept();
  });
  await fillIn(page);
  await page.reload();
  await expect(page.getByRole('heading', { name: '将要执行的步骤' })).toBeVisible();
  expect(asked).toBe(1);
  const fetched: string[] = [];
  page.on('request', (request) => {
    if (request.url().includes('/tasks/new')) fetched.push(request.url());
  });
  await page.goBack();
  await expect(page.getByRole('slider')).toBeVisible();
  await page.goBack();
  await expect(page.getByRole('textbox', { name: '镜像' })).toHaveValue(image);
  await page.goForward();
  await expect(page.getByRole('slider')).toBeVisible();
  // Steps are silent, after a reload, too: of two such requests one would load the document anew.
  expect(fetched).toEqual([]);

  const leave = page.getByRole('dialog', { name: '不创建任务就离开？' });
  await page.getByRole('link', { name: '部署' }).click();
  await leave.getByRole('button', { name: '继续填写' }).click();
  await expect(page.getByRole('slider')).toBeVisible();
  await page.getByRole('link', { name: '部署' }).click();
  await leave.getByRole('button', { name: '离开并保留草稿' }).click();
  await page.waitForURL('**/deployments*');
  // The browser's own question came with the reload alone: going back and forward loads no document.
  expect(asked).toBe(1);

  await page.goto('/tasks/new?namespace=demo-project');
  await expect(page.getByText('已恢复上次的草稿。')).toBeVisible();
  await expect(page.getByRole('textbox', { name: '任务名称' })).toHaveValue(task.name);
});

test('a later step needs the earlier ones, and Next leads to what is missing', async ({ page }) => {
  await page.goto('/tasks/new?namespace=demo-project&step=review');
  await expect(page).toHaveURL(/step=basics/);
  await page.getByRole('button', { name: '下一步：服务设置' }).click();
  await expect(page.getByText('请输入任务名称。')).toBeVisible();
  await expect(page.getByRole('textbox', { name: '任务名称' })).toBeFocused();
  await page.keyboard.type('by-keyboard');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/step=service/);
  await page.getByRole('button', { name: '下一步：新版本' }).click();
  await expect(page.getByText('请选择一个服务。')).toBeVisible();
  await page.keyboard.press('Space');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/step=version/);
});

test('Next waits for the services, says so, and goes on when they are read', async ({ page }) => {
  let answer: () => void = () => {};
  const held = new Promise<void>((resolve) => (answer = resolve));
  await page.route('**/api/namespaces/demo-project/services*', async (route) => {
    await held;
    await route.continue();
  });
  await page.goto('/tasks/new?namespace=demo-project&service=reviews');
  await page.getByRole('textbox', { name: '任务名称' }).fill(task.name);
  await goOn(page, '服务设置');
  const note = page.getByText('正在读取 demo-project 的服务，读到后自动进入下一步。');
  await expect(note).toHaveCount(0);
  await page.getByRole('button', { name: '下一步：新版本' }).click();
  await expect(note).toBeVisible();
  await expect(page).toHaveURL(/step=service/);
  answer();
  await expect(page).toHaveURL(/step=version/);
  await expect(page.getByRole('textbox', { name: '新版本号' })).toHaveValue('v2');
});

test('Next says that the services could not be read, and how to try again', async ({ page }) => {
  await page.route('**/api/namespaces/demo-project/services*', (route) => route.abort());
  await page.goto('/tasks/new?namespace=demo-project&service=reviews');
  await page.getByRole('textbox', { name: '任务名称' }).fill(task.name);
  await goOn(page, '服务设置');
  await page.getByRole('button', { name: '下一步：新版本' }).click();
  await expect(page.getByText('还没有读到服务，无法继续。请重试。')).toBeVisible();
  await page.unroute('**/api/namespaces/demo-project/services*');
  await page.getByRole('button', { name: '重试' }).click();
  await expect(page.getByRole('radio', { name: 'reviews' })).toBeChecked();
  await goOn(page, '新版本');
});

test('one tag is given to every container with Enter, which does not lead on to the next step', async ({
  page,
  kube,
}) => {
  await kube.send(
    'PATCH',
    '/apis/apps/v1/namespaces/demo-project/deployments/reviews-v1',
    [{ op: 'add', path: '/spec/template/spec/containers/-', value: { name: 'agent', image: 'agent:1.0' } }],
    'application/json-patch+json',
  );
  await toTarget(page, { ...task, service: 'reviews' });
  const imageOf = (container: string) =>
    page.getByRole('article', { name: container, exact: true }).getByRole('textbox', { name: '镜像地址' });
  const tag = page.getByRole('textbox', { name: '统一设置标签' });
  await tag.fill('2 0');
  await tag.press('Enter');
  await expect(page.getByText('标签只能包含字母、数字、点、下划线和连字符。')).toBeVisible();
  await tag.fill('2.0');
  await tag.press('Enter');
  await expect(imageOf('agent')).toHaveValue('agent:2.0');
  await expect(imageOf('reviews')).toHaveValue('kubesphere/examples-bookinfo-reviews-v1:2.0');
});

test('the longest names are created, shown whole and deleted, and break no page', async ({ page, running, kube }) => {
  test.setTimeout(240_000);
  const name = 'n'.repeat(63);
  const version = 'v'.repeat(63);
  await fillIn(page, name);
  await page.getByRole('button', { name: '新版本 已设置' }).click();
  await page.getByRole('textbox', { name: '新版本号' }).fill(`${version}w`);
  await expect(page.getByText('版本号超过 63 个字符。')).toBeVisible();
  await page.getByRole('textbox', { name: '新版本号' }).fill(version);
  await goOn(page, '策略');
  await goOn(page, '检查并创建');
  await expectNoSidewaysScroll(page);
  await create(page).click();
  await page.waitForURL(`**/tasks/demo-project/${name}*`);
  await expectTask(running.url, { ...task, name }, { state: 'Mirroring', operation: null });
  expect((await kube.get(reviewsService)).spec.http[0].mirror.subset).toBe(version);

  const places = ['', '?tab=logs', '?tab=resources', '?tab=activity'].map((tab) => `/tasks/demo-project/${name}${tab}`);
  for (const place of ['/tasks', '/deployments', '/services', '/activity', ...places]) {
    await page.goto(`${place}${place.includes('?') ? '&' : '?'}namespace=demo-project`);
    await expect(page.locator('main')).toContainText(/deploy|serv/.test(place) ? version : name);
    // What comes last on the page: the pods to choose from, and the figures of the charts.
    if (place.includes('logs')) await expect(page.getByRole('combobox').last()).toContainText(version.slice(0, 9));
    if (place === places[0]) await expect(page.locator('.recharts-surface').last()).toBeVisible();
    for (const width of [768, 1060, 1170, 1440]) {
      await page.setViewportSize({ width, height: 900 });
      await expectNoSidewaysScroll(page);
    }
  }

  await askToDelete(page, { ...task, name });
  await expectTask(running.url, { ...task, name }, null);
});

test('a value that looks secret is not kept in the draft', async ({ page }) => {
  page.on('dialog', (dialog) => void dialog.accept());
  await page.goto('/tasks/new?namespace=demo-project&service=reviews');
  await page.getByRole('textbox', { name: '任务名称' }).fill(task.name);
  await goOn(page, '服务设置');
  await expect(page.getByRole('radio', { name: 'reviews' })).toBeChecked();
  await goOn(page, '新版本');
  await page.getByRole('button', { name: '自定义' }).click();
  await page.getByRole('textbox', { name: '第 1 个新变量的名称' }).fill('DB_PASSWORD');
  await page.getByRole('textbox', { name: 'DB_PASSWORD 的值' }).fill('hunter2');
  expect(await page.evaluate(() => JSON.stringify({ ...sessionStorage }))).not.toContain('hunter2');
  await page.reload();
  await expect(page.getByText(/请重新输入 DB_PASSWORD 的值/)).toBeVisible();
});

test('pressing Create twice makes one task', async ({ page, kube, running }) => {
  await fillIn(page);
  await expect(create(page)).not.toHaveAttribute('aria-disabled', 'true');
  await create(page).dblclick();
  await page.waitForURL('**/tasks/demo-project/reviews-v2*');
  const { items } = await kube.get('/api/v1/namespaces/demo-project/configmaps');
  const records = items.filter((item: { metadata: { name: string } }) =>
    item.metadata.name.startsWith('mirror-console.'),
  );
  expect(records).toHaveLength(1);
  await expectTask(running.url, task, { createdBy: 'admin' });
});

test('the same form sent from a second tab leads to the task that the first one made', async ({ page, context }) => {
  await fillIn(page);
  const second = await context.newPage();
  await fillIn(second);
  await expect(create(second)).not.toHaveAttribute('aria-disabled', 'true');
  await create(page).click();
  await page.waitForURL('**/tasks/demo-project/reviews-v2*');
  await create(second).click();
  await second.waitForURL('**/tasks/demo-project/reviews-v2*');
});

test('a name that is taken is told with the way to the task that has it', async ({ page, running }) => {
  await createTask(running.url);
  await page.goto('/tasks/new?namespace=demo-project');
  await page.getByRole('textbox', { name: '任务名称' }).fill(reviewsTask.name);
  await expect(page.getByText('已有名为 reviews-v2 的任务。换一个名称。')).toBeVisible();
  await expect(page.getByRole('link', { name: '打开该任务' })).toHaveAttribute(
    'href',
    /tasks\/demo-project\/reviews-v2/,
  );
  await page.getByRole('button', { name: '下一步：服务设置' }).click();
  await expect(page).toHaveURL(/tasks\/new\?namespace=demo-project$/);
});

test('what changes in the cluster while one looks at it is shown before anything is written', async ({
  page,
  kube,
}) => {
  await fillIn(page);
  await expect(create(page)).not.toHaveAttribute('aria-disabled', 'true');
  await kube.send(
    'PATCH',
    reviewsService,
    { metadata: { annotations: { 'example.com/touched': 'yes' } } },
    'application/merge-patch+json',
  );
  await create(page).click();
  await expect(page.getByText('你查看期间集群发生了变化。')).toBeVisible();
  await expect(page.getByText(/有变化的对象：.*VirtualService demo-project\/reviews/)).toBeVisible();
  const { items } = await kube.get('/api/v1/namespaces/demo-project/configmaps');
  expect(
    items.filter((item: { metadata: { name: string } }) => item.metadata.name === 'mirror-console.reviews-v2'),
  ).toEqual([]);
  await create(page).click();
  await page.waitForURL('**/tasks/demo-project/reviews-v2*');
});

test('a check that fails keeps Create off, says why and leads to the step that mends it', async ({ page, kube }) => {
  await fillIn(page);
  await expect(create(page)).not.toHaveAttribute('aria-disabled', 'true');
  // Somebody makes a Deployment of the name meanwhile.
  const live = await kube.get('/apis/apps/v1/namespaces/demo-project/deployments/reviews-v1');
  await kube.send('POST', '/apis/apps/v1/namespaces/demo-project/deployments', {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'reviews-v2', namespace: 'demo-project' },
    spec: {
      replicas: 0,
      selector: { matchLabels: { app: 'somebody-else' } },
      template: { metadata: { labels: { app: 'somebody-else' } }, spec: live.spec.template.spec },
    },
  });
  await page.getByRole('button', { name: '重新检查' }).click();
  await expect(page.getByRole('heading', { name: /创建前检查.*未通过/ })).toBeVisible();
  await expect(create(page)).toHaveAttribute('aria-disabled', 'true');
  await expect(page.getByText(/^不能创建：/).first()).toBeVisible();
  await page.getByRole('button', { name: '第 3 步：新版本' }).first().click();
  await page.getByRole('textbox', { name: '新版本号' }).fill('v3');
  await goOn(page, '策略');
  await goOn(page, '检查并创建');
  await expect(create(page)).not.toHaveAttribute('aria-disabled', 'true');
});
