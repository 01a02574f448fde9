import type { Browser, Page } from '@playwright/test';
import type { Kube } from '../kube.ts';
import { newPage } from './open-browser.ts';

export interface WatchedTask {
  namespace: string;
  name: string;
  virtualService: string;
}

/** Where a page shows the task's state. */
interface View {
  path: string;
  /** The element whose text has the state. */
  selector: string;
}

/** Somebody takes the task's mirror out of the VirtualService, and puts it back: the task is Drifted, and is not. */
export interface Drift {
  make(isDrifted: boolean): Promise<void>;
}

export async function driftOf(kube: Kube, { namespace, virtualService }: WatchedTask): Promise<Drift> {
  const path = `/apis/networking.istio.io/v1/namespaces/${namespace}/virtualservices/${virtualService}`;
  const { spec } = await kube.get(path);
  const without = spec.http.map((route: object) => ({ ...route, mirror: null, mirrors: null, mirrorPercentage: null }));
  const withoutNulls = without.map((route: object) =>
    Object.fromEntries(Object.entries(route).filter(([, value]) => value !== null)),
  );
  return {
    make: async (isDrifted) => {
      const body = { spec: { http: isDrifted ? withoutNulls : spec.http } };
      await kube.send('PATCH', path, body, 'application/merge-patch+json');
    },
  };
}

export const listView = ({ namespace, name }: WatchedTask): View => ({
  path: `/tasks?namespace=${namespace}&sort=name`,
  selector: `tbody:has(a.task-name[href*="/${name}"])`,
});

export const detailView = ({ namespace, name }: WatchedTask): View => ({
  path: `/tasks/${namespace}/${name}?namespace=${namespace}`,
  selector: 'main',
});

/** Milliseconds from before a write is sent to the API server to the frame that shows it. */
export async function timesOnScreen({
  browser,
  running,
  kube,
  task,
  changes,
}: {
  browser: Browser;
  running: { url: string };
  kube: Kube;
  task: WatchedTask;
  changes: number;
}): Promise<{ list: number[]; detail: number[] }> {
  const drift = await driftOf(kube, task);
  const measure = async (view: View) => {
    const page = await newPage(browser, running.url);
    await page.goto(running.url + view.path);
    await page.locator(view.selector).filter({ hasText: 'Mirroring' }).waitFor();
    await page.waitForLoadState('load');
    await streamIsOpen(page);
    const samples: number[] = [];
    for (let index = 0; index < changes; index++) {
      const sample = await timeOnScreen(page, view, drift, index % 2 === 0);
      // The first one compiles what the others run.
      if (index > 0) samples.push(sample);
      await page.waitForTimeout(1000);
    }
    await drift.make(false);
    await page.context().close();
    return samples;
  };
  return { list: await measure(listView(task)), detail: await measure(detailView(task)) };
}

export async function timeOnScreen(page: Page, { selector }: View, drift: Drift, isDrifted: boolean): Promise<number> {
  const shown = page.evaluate(
    ([selector, isDrifted]) =>
      new Promise<number>((resolve) => {
        const look = () => {
          const text = document.querySelector(selector)?.textContent ?? '';
          if (text.includes('Drifted') === isDrifted) resolve(Date.now());
          else requestAnimationFrame(look);
        };
        look();
      }),
    [selector, isDrifted] as const,
  );
  const begin = Date.now();
  await drift.make(isDrifted);
  return (await shown) - begin;
}

/** The page hears of changes only from then on. */
async function streamIsOpen(page: Page): Promise<void> {
  await page.waitForFunction(() => performance.getEntriesByType('resource').some(({ name }) => name.includes('/api/')));
  await page.waitForTimeout(2000);
}
