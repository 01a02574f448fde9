import { chromium, type Browser, type Page } from '@playwright/test';
import { chromiumPath } from '../../scripts/lib/browser.mjs';

export function openBrowser(): Promise<Browser> {
  const executablePath = chromiumPath();
  if (executablePath === undefined) throw new Error('there is no Chromium');
  return chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
}

/** A page with an empty cache, in English. */
export async function newPage(browser: Browser, url: string): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  await context.addCookies([{ name: 'locale', value: 'en', url }]);
  return context.newPage();
}
