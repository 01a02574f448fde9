import { expect, expectAccessible, test } from './fixtures.ts';
import { goOn, toTarget } from './wizard-steps.ts';

test('a use case of the guide sets percentage and requests, says what it set, and each can be changed afterwards', async ({
  page,
}) => {
  await toTarget(page, { namespace: 'demo-project', name: 'reviews-v2', service: 'reviews' });
  await goOn(page, '策略');

  const percentage = page.getByRole('textbox', { name: '比例' });
  const readsOnly = page.getByRole('checkbox', { name: /只镜像不改变数据的请求/ });
  const marker = page.getByRole('checkbox', { name: '标记' });
  await expect(page.getByText('下方为自定义设置。')).toBeVisible();

  const benchmark = page.getByRole('radio', { name: '性能基准测试' });
  await expect(benchmark).toHaveAccessibleDescription(/不改变数据的请求的 100 %/);
  await benchmark.check();
  await expect(percentage).toHaveValue('100');
  await expect(readsOnly).toBeChecked();
  await expect(page.getByText('下方已按此场景设置。')).toBeVisible();

  await page.getByRole('radio', { name: '影子测试' }).check();
  await expect(percentage).toHaveValue('30');
  await expect(readsOnly).not.toBeChecked();
  await expect(marker).toBeChecked();
  await expect(page.getByRole('radio', { name: /功能测试/ })).toBeChecked();
  await expectAccessible(page);

  await percentage.fill('25');
  await expect(page.getByRole('radio', { name: '影子测试' })).not.toBeChecked();
  await expect(page.getByText('下方为自定义设置。')).toBeVisible();
  await expect(marker).toBeChecked();

  await page.getByRole('radio', { name: '仅测试用户' }).check();
  await expect(page.getByRole('textbox', { name: '请求头 1 的名称' })).toHaveValue('x-test-user');
  await expect(percentage).toHaveValue('100');
});
