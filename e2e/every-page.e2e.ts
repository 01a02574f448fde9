import { expect, expectAccessible, expectNoSidewaysScroll, test } from './fixtures.ts';
import { createTask } from './task-api.ts';

const pages = [
  '/tasks',
  '/tasks/new?step=basics',
  '/tasks/demo-project/reviews-v2',
  '/tasks/demo-project/reviews-v2?tab=logs',
  '/tasks/demo-project/reviews-v2?tab=resources',
  '/tasks/demo-project/reviews-v2?tab=verify',
  '/tasks/demo-project/reviews-v2?tab=activity',
  '/deployments',
  '/services',
  '/activity',
];

for (const theme of ['light', 'dark']) {
  test(`every page is accessible and never scrolls sideways, ${theme}`, async ({ page, context, running }) => {
    test.setTimeout(300_000);
    await createTask(running.url);
    await context.addCookies([{ name: 'theme', value: theme, url: running.url }]);
    for (const path of pages) {
      await test.step(path, async () => {
        await page.goto(`${path}${path.includes('?') ? '&' : '?'}namespace=demo-project`);
        await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
        await expect(page.locator('[aria-busy=true]')).toHaveCount(0);
        for (const width of [768, 1440, 1920]) {
          await page.setViewportSize({ width, height: 900 });
          await expectNoSidewaysScroll(page);
        }
        await expectAccessible(page);
      });
    }
  });
}
