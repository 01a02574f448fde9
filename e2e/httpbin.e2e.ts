import type { Page } from '@playwright/test';
import { expect, test } from './fixtures.ts';
import type { Kube } from './kube.ts';
import { expectTask } from './task-api.ts';
import { deleteHere } from './task-page.ts';
import { copyWritesAsWell, createHere, goOn, toTarget } from './wizard-steps.ts';

const task = { namespace: 'httpbin', name: 'httpbin-shadow' };
const virtualService = '/apis/networking.istio.io/v1/namespaces/httpbin/virtualservices/httpbin';
const destinationRule = '/apis/networking.istio.io/v1/namespaces/httpbin/destinationrules/httpbin';

/** `kubectl logs -l app=httpbin,version=VERSION -c httpbin`, without the lines that no request caused. */
async function accessLog(kube: Kube, version: string): Promise<string[]> {
  const pods = '/api/v1/namespaces/httpbin/pods';
  const { items } = await kube.get(`${pods}?labelSelector=app%3Dhttpbin%2Cversion%3D${version}`);
  expect(items).toHaveLength(1);
  const log: string = await kube.get(`${pods}/${items[0].metadata.name}/log?container=httpbin&timestamps=true`);
  return log.split('\n').filter((line) => line.includes('GET /headers'));
}

const logOf = (page: Page, name: string) => page.getByRole('region', { name });

test('the httpbin document: copies of every request for a version that stands already, and back', async ({
  page,
  running,
  kube,
}) => {
  test.setTimeout(240_000);
  const before = await kube.get(virtualService);
  const ruleBefore = await kube.get(destinationRule);

  await test.step('before: v1 answers, v2 hears nothing', async () => {
    await expect.poll(async () => (await accessLog(kube, 'v1')).length).toBeGreaterThan(0);
    expect(await accessLog(kube, 'v2')).toEqual([]);
  });

  await test.step('create the task in the wizard', async () => {
    await toTarget(page, { ...task, service: 'httpbin' });
    await page.getByRole('radio', { name: '已有版本' }).check();
    await page.getByRole('combobox', { name: '接收镜像请求的部署' }).selectOption('httpbin-v2');
    await expect(page.getByText('它可以接收镜像请求。')).toBeVisible();
    await goOn(page, '策略');
    await page.getByRole('radio', { name: /性能测试/ }).check();
    await expect(page.getByRole('textbox', { name: '比例' })).toHaveValue('100');
    // The document copies every request: of somebody's workload that is asked about.
    await copyWritesAsWell(page);
    await goOn(page, '检查并创建');
    await expect(page.getByRole('region', { name: 'VirtualService httpbin', exact: true })).toContainText('mirror:');
    await createHere(page, task);
    await expectTask(running.url, task, { state: 'Mirroring', operation: null });
  });

  await test.step('the VirtualService is the one of the document', async () => {
    const { spec } = await kube.get(virtualService);
    expect(spec.hosts).toEqual(['httpbin']);
    expect(spec.http).toHaveLength(1);
    expect(spec.http[0].route).toEqual(before.spec.http[0].route);
    expect(spec.http[0].mirror).toMatchObject({ subset: 'v2' });
    expect(spec.http[0].mirrorPercentage).toEqual({ value: 100 });
  });

  await test.step('v2 logs the copies, by kubectl and on the page', async () => {
    await expect.poll(async () => (await accessLog(kube, 'v2')).length).toBeGreaterThan(0);
    await page.getByRole('link', { name: '日志' }).click();
    for (const name of ['线上 v1 的日志，内容', '镜像 v2 的日志，内容'])
      await expect(logOf(page, name).getByText('GET /headers').first()).toBeVisible();
  });

  await test.step('delete: the live path is as it was, v2 stays and hears nothing more', async () => {
    await deleteHere(page, task);
    await expectTask(running.url, task, null);
    expect((await kube.get(virtualService)).spec).toEqual(before.spec);
    expect((await kube.get(destinationRule)).spec).toEqual(ruleBefore.spec);
    // While v1 goes on logging, the log of v2 stands still.
    await expect(async () => {
      const [live, mirror] = [await accessLog(kube, 'v1'), await accessLog(kube, 'v2')];
      await expect.poll(async () => (await accessLog(kube, 'v1')).at(-1)).not.toBe(live.at(-1));
      expect(await accessLog(kube, 'v2')).toEqual(mirror);
    }).toPass();
  });
});
