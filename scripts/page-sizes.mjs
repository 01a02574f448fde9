import path from 'node:path';
import { gzipBytes, isFile } from './build.mjs';
import { root } from './tools.mjs';
import { startTogether } from './together.mjs';

const pages = {
  '/tasks': 'task list',
  '/tasks/new': 'wizard',
  '/tasks/demo-project/none': 'task detail (charts load after it)',
  '/deployments': 'deployments',
  '/services': 'services',
  '/activity': 'activity',
};

/** Prints, for each page, the JavaScript that its HTML makes a browser load, after gzip. */
export async function reportPageSizes() {
  const running = await startTogether({ quiet: true });
  try {
    console.log('First-load JavaScript, gzip:');
    for (const [page, title] of Object.entries(pages)) {
      const html = await (await fetch(`${running.url}${page}?namespace=demo-project`)).text();
      const scripts = [...html.matchAll(/<script[^>]+src="(\/_next\/[^"?]+)[^"]*"/g)].map((match) => match[1]);
      let total = 0;
      for (const script of new Set(scripts)) {
        const file = path.join(root, script.replace('/_next/', '.next/'));
        if (!isFile(file)) throw new Error(`${page} names ${script}, which the build does not hold`);
        total += await gzipBytes(file);
      }
      if (total === 0) throw new Error(`${page} names no script: the measurement is broken`);
      console.log(`  ${(total / 1000).toFixed(0).padStart(4)} kB  ${page.padEnd(26)} ${title}`);
    }
    return 0;
  } catch (error) {
    console.error(error.message);
    return 1;
  } finally {
    await running.stop();
  }
}
