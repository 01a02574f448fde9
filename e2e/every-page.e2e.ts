import type { Page } from '@playwright/test';
import { expect, expectAccessible, expectNoSidewaysScroll, test } from './fixtures.ts';
import { createTask } from './task-api.ts';
import { throughWizard } from './wizard-steps.ts';

const task = '/tasks/demo-project/reviews-v2';
const pages = [
  '/tasks',
  task,
  `${task}?tab=logs`,
  `${task}?tab=resources`,
  `${task}?tab=verify`,
  `${task}?tab=activity`,
  '/deployments',
  '/services',
  '/activity',
];
const drawers = ['change', 'finish', 'delete'];

/**
 * Boxes that hide what is too wide for them: it could not even be scrolled to. Names that are shortened with an ellipsis
 * mean to, and so does what is there for screen readers only.
 */
function cutOff(): string[] {
  return [...document.querySelectorAll<HTMLElement>('main *, [role=dialog] *')]
    .filter((box) => {
      const { overflowX, textOverflow } = getComputedStyle(box);
      const hides = (overflowX === 'hidden' || overflowX === 'clip') && textOverflow !== 'ellipsis';
      return hides && box.clientWidth > 1 && box.scrollWidth > box.clientWidth + 1;
    })
    .map((box) => `${box.tagName} ${box.className}: ${box.scrollWidth} > ${box.clientWidth}`);
}

/** What is on the page now neither scrolls sideways nor is out of reach of anybody, in a narrow window and a wide one. */
async function expectFits(page: Page): Promise<void> {
  await expect(page.locator('[aria-busy=true]')).toHaveCount(0);
  for (const width of [768, 1440]) {
    await page.setViewportSize({ width, height: 900 });
    await expectNoSidewaysScroll(page);
    await expect.poll(() => page.evaluate(cutOff)).toEqual([]);
    await expectAccessible(page);
  }
}

// Colours do not depend on the language, nor what has room on the theme.
for (const [language, theme] of [
  ['zh', 'light'],
  ['en', 'dark'],
] as const) {
  test.describe(`in ${language}, ${theme}`, () => {
    test.use({ language });
    test.beforeEach(async ({ context, running }) => {
      await context.addCookies([{ name: 'theme', value: theme, url: running.url }]);
    });

    test('every page is accessible and never scrolls sideways', async ({ page, running }) => {
      test.setTimeout(300_000);
      await createTask(running.url);
      for (const path of pages) {
        await test.step(path, async () => {
          await page.goto(`${path}${path.includes('?') ? '&' : '?'}namespace=demo-project`);
          await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
          await expectFits(page);
          await page.setViewportSize({ width: 1920, height: 900 });
          await expectNoSidewaysScroll(page);
        });
      }
    });

    test('every drawer is accessible and never scrolls sideways', async ({ page, running }) => {
      test.setTimeout(300_000);
      await createTask(running.url);
      for (const drawer of drawers) {
        await test.step(drawer, async () => {
          await page.goto(`${task}?action=${drawer}`);
          await expect(page.getByRole('dialog')).toBeVisible();
          await expectFits(page);
        });
      }
    });

    test('every step of the wizard is accessible and never scrolls sideways', async ({ page }) => {
      test.setTimeout(300_000);
      await throughWizard(page, (step) => test.step(step, () => expectFits(page)));
    });
  });
}
